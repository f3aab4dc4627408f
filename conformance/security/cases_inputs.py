"""Names, numbers and sizes: what an attacker writes into a configuration, and what hooks print (rules R8, R11, R12)."""

import os
import resource
import time

import host
from bundle import harmless, last_line, refused
from cases import case
from report import Failed, Skipped, expect

MEGABYTE = 1 << 20


@case("CVE-2021-43784")
def long_strings(a):
    """Strings and lists that are longer than 64 KiB, which a message between the runtime's processes could cut."""
    config = dict(a.config)
    smuggled = "/proc/self/ns/net" + "A" * 65536 + "net:/proc/1/ns/net"
    attacks = [
        {"mounts": a.config["mounts"] + [{"destination": "/mnt", "type": "bind", "source": "/" + "x" * 70000}]},
        {"mounts": a.config["mounts"] + [{"destination": "/" + "y/" * 40000, "type": "tmpfs", "source": "tmpfs"}]},
        {"linux": {**a.linux, "namespaces": a.linux["namespaces"][:-1] + [{"type": "network", "path": smuggled}]}},
        {"linux": {**a.linux, "namespaces": a.linux["namespaces"] + [{"type": "user"}],
                   "uidMappings": [{"containerID": i, "hostID": 100000 + i, "size": 1} for i in range(9000)],
                   "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 1}]}},
        {"linux": {**a.linux, "cgroupsPath": "/" + "c" * 70000}},
    ]
    for change in attacks:
        a.config = {**config, **change}
        text = refused(a.run(), f"{next(iter(change))} of more than 64 KiB")
    return text


@case("crun 1.28-1.29.1")
def names_that_lead_elsewhere(a):
    """Ids, cgroup paths, annotations and sub-cgroups with `..` in them."""
    a.directory_of("state")
    for name in ("..", ".", "a/b", "../x", "/", "", "a" * 300, "a\nb", "a b", "\u00e4", "-"):
        result = a.run(name=name)
        if result.code == 0 and name not in ("-", "a" * 300):
            raise Failed(f"the id {name[:20]!r} is accepted: {result}")
        expect(not [entry for entry in os.listdir(a.directory) if entry in ("b", "x")], "made outside of the state directory")
    outside = os.path.dirname(a.suite.cgroup) or "/"
    a.script("cat /proc/self/cgroup")
    for path in ("../x", "/../x", "../../../../x", f"/{a.suite.cgroup}/../../x", ".."):
        a.linux["cgroupsPath"] = path
        result = a.run()
        if result.code == 0:
            expect("/.." not in result.out, f"cgroup {path!r} leads out: {result.out}")
    for point in host.cgroup_hierarchies():
        expect(not os.path.exists(f"{point}/../x"), "a cgroup outside of the hierarchy")
        if os.path.isdir(f"{point}/x"):
            os.rmdir(f"{point}/x")
    a.linux["cgroupsPath"] = f"/{a.suite.cgroup}/{a.id}"
    a.config["annotations"] = {"run.oci.delegate-cgroup": "../../.."}
    a.run()
    del a.config["annotations"]
    a.up()
    for path in ("../..", "..", "/../..", "a/../../.."):
        result = a.exec("cat", "/proc/self/cgroup", options=("--cgroup", path))
        if result.code == 0:
            for line in result.out.splitlines():
                kind, where = line.split(":")[1], line.split(":", 2)[2]
                expect(a.id in where or kind in ("", "name=systemd", "hugetlb", "rdma", "misc") or where == "/",
                       f"exec --cgroup {path!r} leads out ({outside}): {line}")
                expect(not (kind in ("memory", "pids", "freezer") and a.id not in where),
                       f"exec --cgroup {path!r} leads out: {line}")
    return "none leads out"


@case("CVE-2021-20291", "CVE-2022-1708")
def endless_output_of_a_hook(a):
    """A hook that prints without end, one that never reads, and one that never ends."""
    hook = {"path": "/bin/sh", "args": ["sh", "-c", "head -c 1500000000 /dev/zero; exit 1"]}
    quiet = {"path": "/bin/sh", "args": ["sh", "-c", "exec sleep 1000"], "timeout": 1}
    a.config["annotations"] = {f"k{i}": "v" * 1000 for i in range(500)}
    deaf = {"path": "/bin/sh", "args": ["sh", "-c", "exec 0<&-; exit 0"]}
    a.config["hooks"] = {"createRuntime": [deaf]}
    result = a.run(timeout=30)
    expect(result.code == 0, f"a hook that does not read its input: {result}")
    for hooks in ({"createRuntime": [hook]}, {"createRuntime": [quiet]}):
        a.config["hooks"] = hooks
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        began = time.monotonic()
        refused(a.run(timeout=60), "a hook that fails")
        expect(time.monotonic() - began < 30, "the runtime waits for the hook too long")
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        expect(used <= max(before, 200 * 1024), f"the runtime used {used // 1024} MiB")
    return "bounded"


@case("CVE-2024-3154")
def properties_of_systemd(a):
    """Annotations become properties of a systemd unit: the prefix has to be among those that `features` calls unsafe."""
    import json
    result = a.call("features")
    if result.code != 0:
        raise Skipped("the runtime has no `features`")
    features = json.loads(result.out)
    unsafe = features.get("potentiallyUnsafeConfigAnnotations") or []
    expect("org.systemd.property." in unsafe, f"potentiallyUnsafeConfigAnnotations: {unsafe}")
    a.config["annotations"] = {"org.systemd.property.ExecStartPre": "['/bin/touch', '/evil']",
                               "org.systemd.property.TimeoutStopUSec": "uint64 1"}
    harmless(a.run(), "evil")
    return "it is"


@case("hostile JSON")
def hostile_documents(a):
    """Documents that are nested, large or broken end in an error, in little time and memory."""
    documents = {
        "nested arrays": b"[" * 5_000_000, "nested objects": b'{"a":' * 2_000_000,
        "many members": b'{"ociVersion":"1.0.2",' + b",".join(b'"k%d":0' % i for i in range(400_000)) + b"}",
        "a long number": b'{"ociVersion":"1.0.2","x":' + b"9" * 3_000_000 + b"}",
        "no end": b'{"ociVersion":"' + b"x" * 10_000_000, "nothing": b"", "not UTF-8": b'{"ociVersion":"\xff\xfe"}',
        "a surrogate": b'{"ociVersion":"\\ud800"}',
    }
    a.save()
    slowest = 0.0
    for name, text in documents.items():
        with open(f"{a.bundle}/config.json", "wb") as file:
            file.write(text)
        began = time.monotonic()
        result = a.call("run", "--bundle", a.bundle, a.id, timeout=60)
        slowest = max(slowest, time.monotonic() - began)
        if result.code <= 0:
            raise Failed(f"{name}: {str(result)[:2000]}")
    expect(slowest < 20, f"{slowest:.1f} s for one of them")
    return f"refused: {last_line(result)}"
