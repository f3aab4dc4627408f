"""Numbers that do not depend on how busy the machine is: memory, system calls, instructions, sizes."""

import os
import re
import subprocess
import time

from cases import ID, Failure, first_error


def peak(case, program, work):
    """Largest resident set in KiB of any one process of a verb (see peak.c)."""
    error = case.arrange()
    if not error:
        error = first_error([program, f"{work}/peak.out", *case.command])
    case.clean()
    if error:
        return Failure(error)
    with open(f"{work}/peak.out", encoding="utf-8") as file:
        return int(file.read())


def waiting_init(case, work):
    """Resident set in KiB of a created container's init while it waits for start: the runtime's lasting cost."""
    error = first_error(case.runtime.container("created", case.bundle))
    result = Failure(error or "no process id")
    if not error:
        with open(f"{case.runtime.root}.pid", encoding="utf-8") as file:
            pid = file.read().strip()
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            found = re.search(r"VmRSS:\s*(\d+)", file.read())
        result = int(found.group(1)) if found else result
    case.clean()
    return result


def system_calls(case, work):
    """System calls of a verb in all its processes, the container's included."""
    error = case.arrange()
    if error:
        case.clean()
        return Failure(error)
    command = ["strace", "-f", "-c", "-o", f"{work}/strace", *case.command]
    if case.verb == "create":
        error = trace_create(case, command)
    else:
        error = first_error(command)
    case.clean()
    if error:
        return Failure(error)
    with open(f"{work}/strace", encoding="utf-8") as file:
        total = re.search(r"^100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total", file.read(), re.MULTILINE)
    return int(total.group(1)) if total else Failure("strace printed no total")


def trace_create(case, command):
    """strace ends only when init does: the container is deleted once it is complete, which makes init call no more."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 20
        state = case.runtime.command("state", case.bundle)
        while time.monotonic() < end and process.poll() is None and first_error(state):
            time.sleep(0.05)
        time.sleep(0.5)
        first_error([case.runtime.path, "--root", case.runtime.root, "delete", "--force", ID])
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            return "strace does not end"
    return None


def instructions(command):
    """Instructions in user space as callgrind counts them, of one command that enters no container."""
    result = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            errors="replace", check=False)
    found = re.search(r"Collected : (\d+)", result.stderr)
    if result.returncode != 0 or not found:
        lines = [line for line in result.stderr.splitlines() if not line.startswith("==")] or ["no count"]
        return Failure(lines[0])
    return int(found.group(1))


def binary(path):
    """Size of the program in KiB, and of the shared libraries that it loads (0 when it is static)."""
    path = os.path.realpath(path)
    listing = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    libraries = {os.path.realpath(name) for name in re.findall(r"(/\S+)\s+\(0x", listing)}
    return os.path.getsize(path) // 1024, sum(map(os.path.getsize, libraries)) // 1024
