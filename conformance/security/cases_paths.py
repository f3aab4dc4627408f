"""Paths inside of the root file system that lead out of it, by links and by races (rules R2, R3, R5)."""

import os

from bundle import UP, harmless, last_line, refused
from canary import TEXT
from cases import case
from report import Failed, expect


@case("CVE-2015-3627", "CVE-2015-3629", "CVE-2015-3630", "CVE-2015-3631")
def mount_destination_through_a_link(a):
    """A mount's destination goes through links to the host's root; a volume lies over files of /proc."""
    source = a.directory_of("volume")
    for target in ("/", UP, a.canary_from_root):
        a.link("a", target)
        a.config["mounts"] = a.config["mounts"][:5]
        a.bind(source, "/a" + a.canary.path + "/directory")
        a.bind(f"{a.canary.path}/file", "/a/new/file", ("bind", "ro"))
        a.script("true")
        harmless(a.run(), "nothing")
        expect(not a.canary.changes(), f"link to {target}: " + "\n".join(a.canary.changes()))
        a.remove("new")
    a.config["mounts"] = a.config["mounts"][:5]
    a.bind(source, "/proc/self")
    return refused(a.run(), "a volume over /proc/self")


@case("CVE-2019-16884")
def volume_over_proc(a):
    """An image has a volume over /proc, with files to which labels would be written."""
    source = a.directory_of("volume")
    os.makedirs(f"{source}/self/attr")
    for name in ("exec", "current"):
        with open(f"{source}/self/attr/{name}", "w", encoding="utf-8"):
            pass
    mounts = list(a.config["mounts"])
    for extra in ({"type": "tmpfs", "source": "tmpfs"}, {"type": "bind", "source": source, "options": ["rbind"]}):
        a.config["mounts"] = [*mounts, {"destination": "/proc", **extra}]
        a.script("cat /proc/self/status")
        text = refused(a.run(), f"a {extra['type']} mount over /proc")
    return text


@case("CVE-2019-18837")
def proc_is_a_link_to_the_host(a):
    """/proc of the image is a link to a directory of the host."""
    for target in (a.canary_from_root + "/directory", UP + a.canary.path, f"{a.canary.path}/directory"):
        a.link("proc", target)
        result = a.run()
        text = refused(result, f"/proc -> {target}")
        expect(not a.canary.changes(), "\n".join(a.canary.changes()))
    return text


@case("CVE-2019-19921")
def proc_is_exchanged(a):
    """Another container that shares the volume exchanges /proc with a link while the container is made."""
    os.makedirs(f"{a.rootfs}/elsewhere")
    a.link("other", "elsewhere")
    # The mount may move with its directory later; but neither must it be where the link leads, nor without its masks.
    a.script("""[ ! -e /elsewhere/self/status ] || echo EVIL procfs is where the link leads
      for d in /proc /other /elsewhere; do
        [ -z "$(head -c 1 $d/timer_list 2>/dev/null)" ] || echo EVIL $d is not masked
        (echo 10 > $d/sys/kernel/printk_ratelimit_burst) 2>/dev/null && echo EVIL $d is writable; done; true""")
    before = [0, 0]

    def attempt(number):
        result = a.run(name=f"{a.id}-{number}")
        before[result.code == 0] += 1
        harmless(result, "EVIL")
    text = a.racing(f"{a.rootfs}/proc", f"{a.rootfs}/other", attempt)
    return f"{text}, {before[0]} refused"


@case("CVE-2023-27561")
def proc_is_a_link(a):
    """/proc is a link to another directory of the image: what the runtime writes to /proc would go there."""
    os.makedirs(f"{a.rootfs}/bad-proc/self/attr")
    for target in ("/bad-proc", "bad-proc", "./bad-proc/../bad-proc"):
        a.link("proc", target)
        text = refused(a.run(), f"/proc -> {target}")
    return text


@case("CVE-2023-28642")
def proc_is_a_link_that_is_mounted_too(a):
    """/proc and /sys are links, and what they lead to is a mount."""
    os.makedirs(f"{a.rootfs}/x")
    mounts = list(a.config["mounts"])
    for name, kind in (("proc", "proc"), ("sys", "sysfs")):
        a.link(name, "/x")
        a.config["mounts"] = [{"destination": "/x", "type": "tmpfs", "source": "tmpfs"}, *mounts]
        text = refused(a.run(), f"/{name} -> /x, a tmpfs")
        a.config["mounts"] = [{"destination": "/x", "type": kind, "source": kind}, *mounts]
        text = refused(a.run(), f"/{name} -> /x, a {kind}")
        a.remove(name)
        os.makedirs(f"{a.rootfs}/{name}")
    return text


@case("CVE-2025-54867")
def destinations_of_proc_and_sys_are_links(a):
    """The same in an image that has neither, with the link in the last or in an earlier part of the path."""
    for name in ("proc", "sys"):
        os.makedirs(f"{a.rootfs}/real-{name}")
        a.link(name, f"real-{name}")
        text = refused(a.run(), f"/{name} is a link")
        a.remove(name)
        os.makedirs(f"{a.rootfs}/{name}")
    return text


@case("CVE-2021-30465")
def volume_directory_is_exchanged(a):
    """A volume's directory, in which a mount's destination lies, is exchanged with a link to the host's root."""
    volume = a.directory_of("volume")
    os.makedirs(f"{volume}/d{a.canary.path}/directory")
    os.symlink("/", f"{volume}/link")
    os.makedirs(f"{a.rootfs}/vol")
    source = a.directory_of("source")
    a.bind(volume, "/vol")
    a.bind(source, "/vol/d" + a.canary.path + "/directory")
    a.bind(f"{a.canary.path}/file", "/vol/d/file", ("bind", "ro"))

    def attempt(number):
        harmless(a.run(name=f"{a.id}-{number}"), "never printed")
    return a.racing(f"{volume}/d", f"{volume}/link", attempt)


@case("CVE-2024-45310")
def directories_are_made_on_the_host(a):
    """The same with destinations that are missing: empty directories and files would be made on the host."""
    volume = a.directory_of("volume")
    os.makedirs(f"{volume}/d")
    os.symlink(a.canary_from_root, f"{volume}/link")
    os.makedirs(f"{a.rootfs}/vol")
    source = a.directory_of("source")
    a.bind(volume, "/vol")

    def attempt(number):
        a.config["mounts"] = a.config["mounts"][:6]
        a.bind(source, f"/vol/d/a{number}/b/c/d")
        a.bind(f"{a.canary.path}/file", f"/vol/d/f{number}/file", ("bind", "ro"))
        a.process["cwd"] = f"/vol/d/cwd{number}/x"
        harmless(a.run(name=f"{a.id}-{number}"), "never printed")
    return a.racing(f"{volume}/d", f"{volume}/link", attempt)


@case("CVE-2025-24965")
def file_of_a_handler_is_a_link(a):
    """A file that a runtime's handler writes into the root file system is a link to a file of the host."""
    results = []
    for name in (".krun_config.json", ".krun_vm.json", "run", "etc/resolv.conf", "etc/mtab", ".containerenv"):
        a.link(name, f"{a.canary.path}/{name}")
    for annotations in ({}, {"run.oci.handler": "krun"}, {"run.oci.handler": "wasm"}, {"run.oci.systemd.subgroup": ".."}):
        a.config["annotations"] = annotations
        results.append(a.run().code)
        expect(not a.canary.changes(), "\n".join(a.canary.changes()))
    return f"contained: exit codes {results}"


@case("CVE-2026-41579")
def dev_is_a_link(a):
    """/dev of the image is a link to a directory of the host, and no mount covers it: links and ptmx are made there."""
    texts = []
    for target in (a.canary.path, a.canary_from_root, UP + a.canary.path.lstrip("/")):
        a.drop_mounts("/dev")
        a.link("dev", target)
        for terminal in (False, True):
            a.process["terminal"] = terminal
            result = a.run()
            texts.append(f"refused: {last_line(result)}" if result.code else "contained")
            changes = a.canary.changes()
            expect(not changes, f"/dev -> {target}:\n" + "\n".join(changes))
    return texts[-1]


@case("CVE-2026-47766")
def devices_through_a_link(a):
    """The same with device nodes: the default ones and those of the configuration."""
    a.drop_mounts("/dev")
    a.link("dev", a.canary.path + "/directory")
    a.linux["devices"] = [
        {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229},
        {"path": f"/dev/{UP}{a.canary.path}/node", "type": "c", "major": 1, "minor": 3},
    ]
    result = a.run()
    changes = a.canary.changes()
    expect(not changes, "\n".join(changes))
    a.link("dev", "mnt")
    a.link("mnt", "/" + UP + a.canary.path)
    a.linux["devices"] = a.linux["devices"][:1]
    again = a.run()
    expect(not a.canary.changes(), "\n".join(a.canary.changes()))
    return f"refused: {last_line(again or result)}" if again.code else "contained"


@case("CVE-2015-1331", "CVE-2015-1334", "CVE-2015-1335")
def state_directory_and_targets_are_links(a):
    """Where the container's state will be lies a link; /proc is a fake; a target goes through a link (as lxc had it)."""
    os.makedirs(a.root, mode=0o711)
    os.symlink(a.canary.path + "/directory", f"{a.root}/{a.id}")
    for result in (a.run(), a.call("state", a.id), a.delete(), a.call("kill", a.id, "KILL")):
        expect(not a.canary.changes(), f"{result}\n" + "\n".join(a.canary.changes()))
        expect(TEXT not in result.out + result.err, f"{result}")
    if os.path.lexists(f"{a.root}/{a.id}"):
        os.unlink(f"{a.root}/{a.id}")
    os.makedirs(f"{a.rootfs}/fake/self/attr")
    a.bind(f"{a.rootfs}/fake", "/proc")
    text = refused(a.run(), "a directory of the image over /proc")
    a.config["mounts"].pop()
    a.link("t", a.canary_from_root)
    a.bind(a.directory_of("source"), "/t/directory/inner")
    harmless(a.run(), "never printed")
    return text


@case("CVE-2022-0811")
def sysctl_smuggles_another(a):
    """A parameter's name or value names a second parameter, one that is the host's."""
    knob = "kernel.printk_ratelimit_burst"
    path = "/proc/sys/kernel/printk_ratelimit_burst"
    with open(path, encoding="utf-8") as file:
        value = file.read().strip()
    names = [
        {"kernel.shm_rmid_forced": f"1+{knob}=7"}, {f"kernel.shm_rmid_forced+{knob}": "7"},
        {f"kernel.shm_rmid_forced\n{knob}": "7"}, {knob: "7"}, {"kernel/printk_ratelimit_burst": "7"},
        {"net.ipv4.ip_forward/../../../kernel/printk_ratelimit_burst": "7"},
        {"net/../kernel/printk_ratelimit_burst": "7"}, {"net...kernel.printk_ratelimit_burst": "7"},
        {"fs.mqueue./../../kernel/printk_ratelimit_burst": "7"}, {"kernel.shm_rmid_forced": "1\n7"},
        {"kernel.shm_rmid_forced": "1\u0000"},
    ]
    refusals = 0
    for sysctl in names:
        a.linux["sysctl"] = sysctl
        result = a.run()
        refusals += result.code != 0
        with open(path, encoding="utf-8") as file:
            if file.read().strip() != value:
                raise Failed(f"{sysctl} changed {knob} of the host: {result}")
    a.linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
    a.without_namespace("network")
    refused(a.run(), "net.ipv4.ip_forward of the host's network namespace")
    return f"refused: {refusals} of {len(names)}, the host is as it was"
