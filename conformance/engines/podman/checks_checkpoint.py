"""Checkpoint and restore by podman: in place, to a file and from it, into a pod, with what criu asks a flag for."""

import json
import re

from counter import Counter
from engine import IMAGE
from report import expect, expect_equal, expect_match, wait_until

CONNECTION = ("sleep 10000 | nc -l -p 7777 >/data/received & sleep 1; (i=0; while true; do i=$((i+1)); echo $i; sleep 0.2; done) | "
              "nc 127.0.0.1 7777 & ")


def checkpoint(engine, name, *options):
    return engine.succeed("container", "checkpoint", *options, name)


def restore(engine, *arguments):
    return engine.succeed("container", "restore", *arguments)


def checkpoint_and_restore(engine):
    counter = Counter(engine, "counting")
    counter.start("--memory", "64m")
    checkpoint(engine, "counting")
    expect_equal(engine.status("counting"), "exited", "status after the checkpoint")
    last = counter.stopped_at()
    restore(engine, "counting")
    counter.expect_going_on(last)
    expect_equal(engine.status("counting"), "running", "status after the restore")
    # Once more, from a container that was restored, with criu's statistics.
    shown = json.loads(checkpoint(engine, "counting", "--keep", "--print-stats"))
    expect(shown["container_statistics"][0]["criu_statistics"]["pages_written"] > 0, f"pages written: {shown}")
    last = counter.stopped_at()
    shown = json.loads(restore(engine, "--keep", "--print-stats", "counting"))
    expect(shown["container_statistics"][0]["criu_statistics"]["pages_restored"] > 0, f"pages restored: {shown}")
    counter.expect_going_on(last)
    expect_match(engine.succeed("logs", "--tail", "1", "counting"), r"^\d+$", "the container's output")
    counter.expect_whole()


def checkpoint_leave_running(engine):
    counter = Counter(engine, "lasting")
    counter.start()
    checkpoint(engine, "lasting", "--leave-running")
    counter.expect_going_on(counter.count())
    engine.remove("lasting")


def checkpoint_export_and_import(engine):
    """The archive has the container's files; it makes the container anew, and others like it."""
    counter = Counter(engine, "moved")
    counter.start()
    path = f"{engine.work}/moved.tar.gz"
    checkpoint(engine, "moved", "--export", path)
    last = counter.stopped_at()
    engine.remove("moved")
    restore(engine, "--import", path)
    counter.expect_going_on(last)
    counter.expect_whole()
    restore(engine, "--import", path, "--name", "copy")
    wait_until(lambda: counter.count() > last, "the copy counts")
    counter.expect_whole("copy")


def checkpoint_in_steps(engine):
    counter = Counter(engine, "stepwise")
    counter.start()
    first, second = f"{engine.work}/first.tar.gz", f"{engine.work}/second.tar.gz"
    checkpoint(engine, "stepwise", "--pre-checkpoint", "--export", first)
    counter.expect_going_on(counter.count())
    checkpoint(engine, "stepwise", "--with-previous", "--export", second)
    last = counter.stopped_at()
    engine.remove("stepwise")
    restore(engine, "--import-previous", first, "--import", second)
    counter.expect_going_on(last)
    engine.remove("stepwise")


def checkpoint_with_terminal(engine):
    counter = Counter(engine, "terminal")
    counter.start("--tty")
    checkpoint(engine, "terminal")
    last = counter.stopped_at()
    restore(engine, "terminal")
    counter.expect_going_on(last)
    wait_until(lambda: re.search(rf"(?m)^{last + 3}\r?$", engine.cli("logs", "terminal").out),
               "the new terminal shows the numbers")
    engine.remove("terminal")


def checkpoint_into_pod(engine):
    """The namespaces that a pod shares are other ones after the restore."""
    counter = Counter(engine, "pods")

    def make(name):
        pod = engine.succeed("pod", "create", "--name", name, *engine.common_options(), "--infra-image", IMAGE,
                             "--infra-command", "/bin/sleep 1009", "--share", "net,ipc,uts")
        engine.succeed("pod", "start", name)
        return pod
    make("first-pod")
    engine.succeed("run", "--detach", "--pod", "first-pod", "--name", "pods", *counter.options(), IMAGE,
                   *counter.command)
    wait_until(lambda: counter.count() > 2, "the container counts")
    path = f"{engine.work}/pod.tar.gz"
    checkpoint(engine, "pods", "--export", path)
    last = counter.stopped_at()
    engine.succeed("pod", "rm", "--force", "--time", "1", "first-pod")
    restore(engine, "--import", path, "--pod", make("second-pod"))
    counter.expect_going_on(last)
    engine.succeed("pod", "rm", "--force", "--time", "1", "second-pod")


def checkpoint_connections(engine):
    counter = Counter(engine, "connected", before=CONNECTION)
    received = lambda: len(counter.file("received").split())
    counter.start("--network", "none")
    wait_until(lambda: received() > 2, "the connection works")
    refused = engine.cli("container", "checkpoint", "connected")
    expect(refused.code != 0, "a connection must not be dumped unless that is asked for")
    checkpoint(engine, "connected", "--tcp-established")
    last, before = counter.stopped_at(), received()
    restore(engine, "--tcp-established", "connected")
    counter.expect_going_on(last)
    wait_until(lambda: received() > before + 2, "the connection works as before")
    engine.remove("connected")


def checkpoint_that_fails(engine):
    """What criu refuses is told, and the container goes on."""
    counter = Counter(engine, "refused", before=CONNECTION)
    counter.start()
    result = engine.cli("container", "checkpoint", "refused")
    expect_match(result.err, "criu failed", f"the error: {result}")
    counter.expect_going_on(counter.count())
    engine.remove("refused")


CHECKS = [checkpoint_and_restore, checkpoint_leave_running, checkpoint_export_and_import, checkpoint_in_steps,
          checkpoint_with_terminal, checkpoint_into_pod, checkpoint_connections, checkpoint_that_fails]
