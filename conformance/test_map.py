"""What the checks of documents that map something to tests share: the names of the tests, and what a row says.

The names are `FILE.FUNCTION` for a test below Tests, and `SUITE/FUNCTION` for a check of conformance/engines.
"""

import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def tests():
    """The names of all tests, as FILE.FUNCTION, and as SUITE.FUNCTION where a file holds several suites."""
    found = set()
    for path in glob.glob(f"{ROOT}/Tests/*/**/*.swift", recursive=True):
        name = suite = os.path.basename(path)[:-len(".swift")]
        marked = False
        with open(path, encoding="utf-8") as file:
            for line in file:
                kind = re.match(r"(?:struct|extension|final class) (\w+)", line)
                suite = kind[1] if kind else suite
                marked = marked or "@Test" in line
                function = re.search(r"\bfunc (\w+)", line)
                if function and marked:
                    found |= {f"{suite}.{function[1]}", f"{name}.{function[1]}"}
                    marked = False
    return found


def engine_checks():
    """The names of the checks of the engines' suites, as SUITE/FUNCTION."""
    found = set()
    for path in glob.glob(f"{ROOT}/conformance/engines/*/checks_*.py"):
        suite = os.path.basename(os.path.dirname(path))
        with open(path, encoding="utf-8") as file:
            found |= {f"{suite}/{name}" for name in re.findall(r"^def (\w+)\(", file.read(), re.MULTILINE)}
    return found


def complaints(place, text, known):
    """What is wrong with a row's last column, which must have the names of tests, or a reason."""
    if re.match(r"reason: \S", text):
        return []
    names = re.findall(r"`([^`]+)`", text)
    if not names:
        return [f"{place}: neither a test nor a reason"]
    return [f"{place}: no such test: {name}" for name in names if name not in known]
