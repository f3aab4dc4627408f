"""What is timed: for each verb the command, and the state of the container before and after it."""

import os
import shlex
import signal
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ID = "bench"

# verb: (state before every run, state before the first run, bundle's process stays)
VERBS = {
    "run": (None, None, False),
    "create": ("absent", None, False),
    "start": ("created", None, False),
    "state": (None, "running", True),
    "exec": (None, "running", True),
    "delete": ("stopped", None, False),
}


class Failure(str):
    """Why there is no number: the first line of the runtime's error."""


class Runtime:
    """A runtime to measure: its name in the tables, its program, and its state directory."""

    def __init__(self, name, path, state):
        self.name, self.path, self.root = name, path, f"{state}/{name}"

    def command(self, verb, bundle):
        arguments = {"run": ["--bundle", bundle, ID], "create": ["--bundle", bundle, ID],
                     "exec": [ID, "/bin/true"]}.get(verb, [ID])
        return [self.path, "--root", self.root, verb, *arguments]

    def container(self, state, bundle):
        """The command that brings the container to a state."""
        return [f"{HERE}/container", state, self.path, self.root, ID, bundle]


class Floor:
    """The kernel calls alone, where there is such a thing: for `run`, and for `exec` into a container of its own."""

    name = "floor"

    def __init__(self, path, work, cgroup):
        self.path, self.work, self.cgroup = path, work, cgroup
        self.held = None

    def command(self, verb, kind):
        if verb == "run":
            return [self.path, "run", kind, f"{self.work}/rootfs", f"{self.cgroup}/floor", "/bin/true"]
        return [self.path, "exec", str(self.held_pid(kind)), "/bin/true"]

    def held_pid(self, kind):
        """Init of a container of the floor's own that stays; it is made when first asked for."""
        self.release()
        self.held = subprocess.Popen([self.path, "run", kind, f"{self.work}/rootfs", f"{self.cgroup}/held", "/bin/sh",
                                      "-c", "echo; exec sleep 1000000"], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE)
        self.held.stdout.readline()  # the shell's line says that the container is complete
        with open(f"/proc/{self.held.pid}/task/{self.held.pid}/children", encoding="utf-8") as file:
            return int(file.read().split()[0])

    def release(self):
        if not self.held:
            return
        with open(f"/proc/{self.held.pid}/task/{self.held.pid}/children", encoding="utf-8") as file:
            for pid in file.read().split():
                os.kill(int(pid), 9)
        self.held.wait()
        self.held.stdout.close()
        self.held = None


class Case:
    """One verb of one runtime on one bundle."""

    def __init__(self, runtime, verb, kind, work):
        self.runtime, self.verb, self.kind = runtime, verb, kind
        before, first, stays = VERBS[verb]
        self.bundle = f"{work}/{kind}-hold" if stays else f"{work}/{kind}"
        self.is_floor = isinstance(runtime, Floor)
        self.command = runtime.command(verb, kind if self.is_floor else self.bundle)
        self.prepare = None if self.is_floor or not before else runtime.container(before, self.bundle)
        self.setup = None if self.is_floor or not first else runtime.container(first, self.bundle)
        self.cleanup = None if self.is_floor else runtime.container("absent", self.bundle)

    def arrange(self):
        """Brings the container to the state that the verb needs, outside of any measurement."""
        for command in (self.setup, self.prepare):
            if command:
                error = first_error(command)
                if error:
                    return error
        return None

    def trial(self):
        """Runs the command once; gives None, or the first line of what went wrong."""
        error = self.arrange() or first_error(self.command)
        self.clean()
        return error

    def clean(self):
        if self.cleanup:
            first_error(self.cleanup)

    def hyperfine_options(self):
        options = []
        for flag, command in (("--setup", self.setup), ("--prepare", self.prepare), ("--cleanup", self.cleanup)):
            if command:
                options += [flag, shlex.join(command)]
        return options


def run_group(command, errors, timeout=None):
    """Runs a command in a process group of its own, and ends all of that group if it takes too long or this program is
    interrupted: what hyperfine started must not make a container after the cleaning. Gives the exit code."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                          start_new_session=True) as process:
        try:
            return process.wait(timeout=timeout)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def first_error(command, timeout=60):
    """Runs a command; None when it succeeds, else the first line of its standard error. Its output goes to a file:
    a container that stays would keep a pipe open."""
    with tempfile.TemporaryFile() as output:
        try:
            code = run_group(command, output, timeout)
        except subprocess.TimeoutExpired:
            return f"no end after {timeout} s"
        except OSError as error:
            return str(error)
        if code == 0:
            return None
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
        return lines[0] if lines else f"exit code {code}"
