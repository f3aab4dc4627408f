"""Users, groups and capabilities (rules R7, R12)."""

import json
import os

from bundle import harmless, last_line
from cases import case
from report import expect, expect_equal


def capability_sets(text):
    """The sets of /proc/PID/status, by name."""
    return {line.split(":")[0]: int(line.split(":")[1], 16) for line in text.splitlines() if line.startswith("Cap")}


@case("CVE-2016-3697")
def number_that_is_a_name(a):
    """The image's passwd has a user whose name is a number, with uid 0."""
    a.write("etc/passwd", "1000:x:0:0::/:/bin/sh\n1001:x:0:0::/:\n0:x:1000:1000::/:\nroot:x:0:0::/root:\n")
    a.write("etc/group", "1000:x:0:\n1001:x:0:1001\n")
    a.up()
    for user, wanted in (("1000", "1000"), ("1001:1001", "1001"), ("0", "0")):
        result = a.exec("id", "-u", options=("--user", user))
        if result.code == 0:
            expect_equal(result.out.strip(), wanted, f"user id of `exec --user {user}`")
    return "numbers are ids"


@case("CVE-2026-30892")
def user_of_exec(a):
    """`exec -u` with all that could be taken for uid 0."""
    a.up()
    for user, wanted in (("1", "1"), ("1:2", "1"), ("65534", "65534"), ("65534:1", "65534"), ("2:0", "2")):
        result = a.exec("id", "-u", options=("--user", user))
        expect(result.code == 0, f"{result}")
        expect_equal(result.out.strip(), wanted, f"user id of `exec --user {user}`")
    refusals = 0
    for user in ("4294967295", "-1", "1x", "1:x", "x", ":", "1:", ":1", "4294967296", "18446744073709551616", " 1", "1 ",
                 "+1", "0x1", "1:4294967295", "-0", "1e0"):
        result = a.exec("id", "-u", options=(f"--user={user}",))
        refusals += result.code != 0
        if result.code == 0:
            wrong = result.out.strip() == "0" and not user.startswith((":", "-0"))
            expect(not wrong, f"`exec --user '{user}'` runs as uid 0: {result}")
    return f"refused: {refusals} of 17 that are no ids"


@case("CVE-2022-24769", "CVE-2022-29162")
def capabilities_of_exec(a):
    """`exec --cap` makes no capability inheritable or ambient."""
    a.up()
    result = a.exec("grep", "Cap", "/proc/self/status", options=("--cap", "CAP_NET_RAW"))
    expect(result.code == 0, f"{result}")
    sets = capability_sets(result.out)
    expect(sets["CapEff"] & 1 << 13, f"CAP_NET_RAW is missing: {result.out}")
    expect_equal((sets["CapInh"], sets["CapAmb"]), (0, 0), "inheritable and ambient")
    return "nothing inheritable"


@case("CVE-2022-27650")
def capabilities_of_spec(a):
    """The example that `spec` writes has no inheritable capabilities; nor has a container made of it."""
    directory = a.directory_of("example")
    result = a.call("spec", cwd=directory)
    expect(result.code == 0, f"{result}")
    with open(f"{directory}/config.json", encoding="utf-8") as file:
        capabilities = json.load(file)["process"]["capabilities"]
    expect(capabilities.get("bounding"), f"{capabilities}")
    expect(not capabilities.get("inheritable"), f"inheritable: {capabilities.get('inheritable')}")
    a.process["args"] = ["grep", "Cap", "/proc/self/status"]
    sets = capability_sets(a.run().out)
    expect_equal(sets.get("CapInh"), 0, "inheritable capabilities of a container")
    return "nothing inheritable"


@case("CVE-2025-27612")
def capabilities_of_a_process_document(a):
    """`exec --process` with capability sets that have no inheritable ones."""
    a.up()
    process = f"{a.directory}/process.json"
    with open(process, "w", encoding="utf-8") as file:
        json.dump({**a.process, "args": ["grep", "Cap", "/proc/self/status"]}, file)
    result = a.exec(options=("--process", process))
    expect(result.code == 0, f"{result}")
    sets = capability_sets(result.out)
    expect_equal((sets["CapInh"], sets["CapAmb"]), (0, 0), "inheritable and ambient")
    return "nothing inheritable"


@case("CVE-2022-2989", "CVE-2022-2990", "CVE-2022-2995")
def groups_of_the_caller(a):
    """The payload keeps no supplementary group of the runtime's caller."""
    a.process["user"] = {"uid": 1000, "gid": 1000}
    a.process["args"] = ["attacker", "groups"]
    more = {"extra_groups": [0, 4, 27, 1234]}
    results = [a.run(**more)]
    a.up()
    results.append(a.exec("attacker", "groups", options=("--user", "1000:1000"), **more))
    process = f"{a.directory}/process.json"
    with open(process, "w", encoding="utf-8") as file:
        json.dump({**a.process, "args": ["attacker", "groups"]}, file)
    results.append(a.exec(options=("--process", process), **more))
    for result in results:
        expect(result.code == 0, f"{result}")
        groups = result.out.strip().partition("groups")[2].split()
        expect(set(groups) <= {"1000"}, f"groups of the caller are left: {result}")
    return "only its own"


