"""A container that counts in a volume, for checkpoint and restore: what counts on was not started anew."""

import os
import time

import processes
from report import Skipped, expect, expect_equal, wait_until

COUNT = ("trap 'exit 0' TERM; i=0; while true; do i=$((i+1)); echo $i; echo $i >/layer; echo $i >/data/new; "
         "mv /data/new /data/count; sleep 0.2; done")


def need_criu():
    """Skips the check where criu does not work."""
    if os.geteuid() != 0:
        raise Skipped("criu needs root")
    try:
        result = processes.run(["criu", "check"])
    except FileNotFoundError:
        raise Skipped("there is no criu on this machine") from None
    if result.code != 0:
        lines = [line.strip() for line in (result.out + result.err).splitlines() if "Error" in line]
        raise Skipped(f"criu does not work with this kernel: {(lines or ['it says no more'])[0]}")


class Counter:
    """`name` is the container's; `before` is a part of its script, before it counts."""

    def __init__(self, engine, name, before=""):
        need_criu()
        self.engine, self.name = engine, name
        self.volume = f"{engine.work}/count-{name}"
        self.command = ("sh", "-c", before + COUNT)
        os.makedirs(self.volume, exist_ok=True)

    def options(self):
        return ("--volume", f"{self.volume}:/data")

    def start(self, *options):
        self.engine.detach(self.name, *self.command, options=(*self.options(), *options))
        wait_until(lambda: self.count() > 2, f"{self.name} counts")

    def file(self, name):
        try:
            with open(f"{self.volume}/{name}", encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def count(self):
        return int(self.file("count") or 0)

    def stopped_at(self):
        """The number that it has come to, once its processes have ended."""
        last = self.count()
        time.sleep(1)
        expect_equal(self.count(), last, "the count after the checkpoint")
        return last

    def expect_going_on(self, last):
        """The next number that is seen is one more than `last`, or a few: a new start would show 1."""
        wait_until(lambda: self.count() != last, f"{self.name} counts on from {last}")
        now = self.count()
        expect(now > last, f"{self.name} counts anew: {now} after {last}")
        wait_until(lambda: self.count() > now + 2, f"{self.name} goes on after {now}")

    def expect_whole(self, name=None):
        """What else the container had is there: its files, its cgroup, its way to take signals and to end."""
        name = name or self.name
        layer = int(self.engine.succeed("exec", name, "cat", "/layer"))
        expect(0 < layer <= self.count() + 50, f"the file of the container's layer has {layer}")
        expect_equal(self.engine.exec(name, "cat", "/proc/self/cgroup").out,
                     self.engine.exec(name, "cat", "/proc/1/cgroup").out, "cgroups of init and of a new process")
        self.engine.succeed("stop", "--time", "60", name)
        expect_equal(self.engine.state(name)["ExitCode"], 0, "exit code after a stop")
        self.engine.remove(name)
