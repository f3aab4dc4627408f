"""The machine seen from outside of every container: cgroups, mounts, directories, a process's namespaces and limits."""

import os
import subprocess


def cgroup_hierarchies():
    """Mount points of every cgroup hierarchy of this machine."""
    points = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            fields, _, rest = line.partition(" - ")
            if rest.split()[0] in ("cgroup", "cgroup2"):
                points.append(fields.split()[4])
    return points


def cgroups(below):
    """The cgroups at and below /BELOW in every hierarchy, deepest first."""
    found = []
    for point in cgroup_hierarchies():
        for directory, _, _ in os.walk(f"{point}/{below}", topdown=False):
            found.append(directory)
    return sorted(found, key=lambda path: -path.count("/"))


def remove_cgroups(below):
    for path in cgroups(below):
        try:
            os.rmdir(path)
        except OSError:
            pass


def cgroup_file(pid, controller, v1_name, v2_name):
    """Content of a control file of the cgroup that process `pid` is in, on v1 or v2."""
    unified = None
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            if controller in controllers.split(","):
                return read_below(f"/{controllers}{path}/{v1_name}") or read_below(f"/{controller}{path}/{v1_name}")
            if not controllers:
                unified = path
    return read_below(f"{unified}/{v2_name}")


def read_below(name):
    for root in ["/sys/fs/cgroup", *cgroup_hierarchies()]:
        try:
            with open(root + name, encoding="utf-8") as file:
                return file.read().strip()
        except OSError:
            continue
    return None


def mounts(below, pid="self"):
    """Mount points at or below a directory as a process sees them, last mounted first."""
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
        points = [line.split()[4].replace("\\040", " ") for line in file]
    return [point for point in reversed(points) if point == below or point.startswith(below + "/")]


def unmount(below):
    for point in mounts(below):
        subprocess.run(["umount", "-l", point], check=False)


def names(directory):
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []


def namespace(pid, kind):
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def status_field(pid, field):
    """A field of /proc/PID/status, such as NoNewPrivs."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith(field + ":"):
                return line.partition(":")[2].strip()
    return None
