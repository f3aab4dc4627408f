"""Checkpoint and restore by containerd: of a task to a directory, of a container to an image and from it."""

import os

from counter import Counter
from report import expect, expect_equal, expect_match, wait_until


def start(daemon, name, before=""):
    counter = Counter(daemon, name, before)
    mount = f"type=bind,src={counter.volume},dst=/data,options=rbind:rw"
    # criu cannot find ctr's pipes again, whatever the runtime: they are files of the host.
    command = (*counter.command[:2], f"exec >/dev/null 2>&1; {counter.command[2]}")
    daemon.detach(name, *command, options=("--mount", mount))
    wait_until(lambda: counter.count() > 2, f"{name} counts")
    return counter


def succeed(daemon, *arguments):
    result = daemon.ctr(*arguments)
    expect_equal(result.code, 0, str(result))


def checkpoint_of_a_task(daemon):
    """The images go where the caller says; the task ends only if it is told to."""
    counter = start(daemon, "dumped")
    images, work = f"{daemon.work}/images", f"{daemon.work}/criu"
    succeed(daemon, "task", "checkpoint", "--image-path", images, "--work-path", work, "dumped")
    expect(os.path.exists(f"{images}/inventory.img"), "there are no images")
    counter.expect_going_on(counter.count())
    expect_equal(daemon.status("dumped"), "RUNNING", "status")
    succeed(daemon, "task", "checkpoint", "--exit", "--image-path", images + "-last", "dumped")
    counter.stopped_at()
    expect_equal(daemon.status("dumped"), "STOPPED", "status")
    daemon.finish("dumped")


def checkpoint_and_restore(daemon):
    counter = start(daemon, "saved")
    succeed(daemon, "container", "checkpoint", "--task", "--image", "--rw", "saved", "localhost/saved:1")
    last = counter.count()
    daemon.finish("saved")
    at_the_end = counter.count()
    daemon.shims.names.add("restored")
    succeed(daemon, "container", "restore", "--rw", "--live", "restored", "localhost/saved:1")
    wait_until(lambda: counter.count() != at_the_end, "the container counts again")
    expect(3 <= counter.count() <= at_the_end + 20, f"it was {last} and is {counter.count()}")
    now = counter.count()
    counter.expect_going_on(now)
    expect_equal(daemon.status("restored"), "RUNNING", "status")
    result = daemon.exec("restored", "look", "cat", "/layer")
    expect_match(result.out, r"^\d+\n$", f"a file of the container's layer: {result}")
    daemon.finish("restored")


def checkpoint_that_fails(daemon):
    """What criu refuses is told, and the container goes on."""
    counter = start(daemon, "refused", "sleep 10000 | nc -l -p 7777 & sleep 1; sleep 10000 | nc 127.0.0.1 7777 & ")
    result = daemon.ctr("task", "checkpoint", "refused")
    expect(result.code != 0, f"a connection must not be dumped: {result}")
    expect_match(result.err, "criu failed", f"the error: {result}")
    counter.expect_going_on(counter.count())
    daemon.finish("refused")


CHECKS = [checkpoint_of_a_task, checkpoint_and_restore, checkpoint_that_fails]
