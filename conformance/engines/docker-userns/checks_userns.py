"""What the ids of a remapped container are, inside and outside."""

import os

import host
from remapped import COUNT, FIRST
from report import expect_equal


def ids_inside_and_outside(engine):
    pid = engine.detach("ids")
    with open(f"/proc/{pid}/uid_map", encoding="utf-8") as file:
        expect_equal(file.read().split(), ["0", str(FIRST), str(COUNT)], "uid_map")
    expect_equal(host.status_field(pid, "Uid").split()[0], str(FIRST), "user of init as the machine sees it")
    result = engine.exec("ids", "sh", "-c", "id -u; touch /file && stat -c %u /file; stat -c %u /proc/1 /bin /dev/null")
    expect_equal((result.code, result.out.split()), (0, ["0", "0", "0", "0", "65534"]),
                 f"users inside (a device of the machine has none): {result}")
    expect_equal(engine.exec("ids", "id", "-u", options=("--user", "1000")).out, "1000\n", "user of an exec")
    engine.remove("ids")


def files_of_a_volume(engine):
    source = f"{engine.work}/given"
    os.makedirs(source, exist_ok=True)
    os.chown(source, FIRST + 1000, FIRST + 1000)
    result = engine.run("sh", "-c", "touch /volume/file && stat -c %u /volume/file", options=(
        "--user", "1000:1000", "--volume", f"{source}:/volume"))
    expect_equal((result.code, result.out), (0, "1000\n"), f"a file in a volume: {result}")
    expect_equal(os.stat(f"{source}/file").st_uid, FIRST + 1000, "its owner as the machine sees it")


def files_of_the_machine_stay_closed(engine):
    source = f"{engine.work}/closed"
    os.makedirs(source, exist_ok=True)
    with open(f"{source}/secret", "w", encoding="utf-8") as file:
        file.write("secret\n")
    os.chmod(f"{source}/secret", 0o600)
    result = engine.run("cat", "/volume/secret", options=("--volume", f"{source}:/volume"))
    expect_equal((result.code, result.out), (1, ""), f"a file of the machine's root: {result}")
    result = engine.run("sh", "-c", "mknod /tmp/device c 1 3; mount -t tmpfs none /tmp; sysctl -w kernel.panic=1")
    expect_equal(result.code, 1, f"what only the machine's root may do: {result}")


def without_the_namespace(engine):
    pid = engine.detach("of-host", options=("--userns", "host"))
    expect_equal(host.namespace(pid, "user"), host.namespace(os.getpid(), "user"), "user namespace with --userns host")
    engine.remove("of-host")


CHECKS = [ids_inside_and_outside, files_of_a_volume, files_of_the_machine_stay_closed, without_the_namespace]
