"""Results of a suite as TAP (one line per check, the plan at the end), and what checks raise."""

import json
import os
import re
import sys
import time
import traceback

# How many times longer than on an idle machine to wait for something, as in software emulation.
PATIENCE = float(os.environ.get("PATIENCE", "1"))

# What a runtime answers to a verb that it does not have (yet).
NOT_YET = re.compile(r"not yet|not implemented|not supported yet|no help topic|unknown command", re.IGNORECASE)


class Failed(Exception):
    """A check saw something else than it expects; the message says what."""


class NotYet(Exception):
    """The runtime itself says that it does not have this feature yet."""


class Skipped(Exception):
    """This machine cannot run the check; the message says why."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def expect_equal(got, wanted, what):
    expect(got == wanted, f"{what}: expected {wanted!r}, got {got!r}")


def expect_match(text, pattern, what):
    expect(re.search(pattern, text), f"{what}: expected /{pattern}/ in {text.strip()!r}")


def wait_until(condition, what, seconds=20.0):
    """Polls until `condition` gives something true, and returns that."""
    seconds *= PATIENCE
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        expect(time.monotonic() < end, f"timed out after {seconds:g} s: {what}")
        time.sleep(0.02)


class Report:
    def __init__(self, only=None):
        self.only = only
        self.results = []  # (name, "passed" | "failed" | "skipped" | "not yet", text)

    @property
    def failed(self):
        return self.count("failed")

    def count(self, outcome):
        return sum(result[1] == outcome for result in self.results)

    def wanted(self, name):
        return self.only is None or re.search(self.only, name)

    def check(self, name, function, *arguments):
        if not self.wanted(name):
            return
        started = time.monotonic()
        try:
            function(*arguments)
        except Failed as error:
            self.line(name, "failed", str(error))
        except NotYet as error:
            self.line(name, "not yet", str(error))
        except Skipped as error:
            self.line(name, "skipped", str(error))
        except Exception as error:  # a fault of the suite counts as a failure and must not stop the others
            self.line(name, "failed", f"{type(error).__name__}: {error}")
            traceback.print_exc(file=sys.stderr)
        else:
            self.line(name, "passed", f"{time.monotonic() - started:.2f} s")

    def line(self, name, outcome, detail):
        self.results.append((name, outcome, detail))
        lines = detail.strip().splitlines() or [""]
        word = "ok" if outcome in ("passed", "skipped") else "not ok"
        directive = {"skipped": "SKIP ", "not yet": "TODO "}.get(outcome, "")
        print(f"{word} {len(self.results)} - {name} # {directive}{lines[0]}", flush=True)
        for more in lines[1:]:
            print(f"#   {more}", flush=True)

    def write(self, path):
        """Writes the results for the table of conformance/run."""
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.results, file)

    def close(self):
        print(f"1..{len(self.results)}")
        counts = [f"{self.count(word)} {word}" for word in ("passed", "failed", "not yet", "skipped")
                  if self.count(word) or word in ("passed", "failed")]
        print("# " + ", ".join(counts), flush=True)
        return 1 if self.failed or not self.count("passed") else 0
