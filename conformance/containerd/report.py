"""Results of a tier: one line per check, and a closing line that counts them."""

import re
import sys
import time
import traceback

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
        self.passed, self.failed, self.not_yet, self.skipped = 0, 0, 0, 0

    def wanted(self, name):
        return self.only is None or re.search(self.only, name)

    def check(self, name, function, *arguments):
        if not self.wanted(name):
            return
        started = time.monotonic()
        try:
            function(*arguments)
        except Failed as error:
            self.failed += 1
            self.line("FAIL", name, str(error))
        except NotYet as error:
            self.not_yet += 1
            self.line("not yet", name, str(error))
        except Skipped as error:
            self.skipped += 1
            self.line("skip", name, str(error))
        except Exception as error:  # a fault of the suite counts as a failure and must not stop the others
            self.failed += 1
            self.line("FAIL", name, f"{type(error).__name__}: {error}")
            traceback.print_exc(file=sys.stderr)
        else:
            self.passed += 1
            self.line("ok", name, f"{time.monotonic() - started:.2f} s")

    @staticmethod
    def line(word, name, detail):
        lines = detail.strip().splitlines() or [""]
        print(f"{word} {name} # {lines[0]}", flush=True)
        for more in lines[1:]:
            print(f"#   {more}", flush=True)

    def close(self):
        extra = f", {self.not_yet} not yet" if self.not_yet else ""
        extra += f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{extra}", flush=True)
        return 1 if self.failed or not self.passed else 0
