"""Checkpoint and restore by dockerd, where they are experimental."""

from counter import Counter
from report import expect, expect_equal, expect_match, wait_until


def checkpoint_and_restore(engine):
    counter = Counter(engine, "counting")
    counter.start()
    engine.succeed("checkpoint", "create", "counting", "first")
    wait_until(lambda: engine.status("counting") == "exited", "the container has ended")
    last = counter.stopped_at()
    expect_match(engine.succeed("checkpoint", "ls", "counting"), "(?m)^first$", "the checkpoints")
    engine.succeed("start", "--checkpoint", "first", "counting")
    counter.expect_going_on(last)
    counter.expect_whole()


def checkpoint_leave_running(engine):
    counter = Counter(engine, "lasting")
    counter.start()
    engine.succeed("checkpoint", "create", "--leave-running", "lasting", "first")
    last = counter.count()
    counter.expect_going_on(last)
    expect_equal(engine.status("lasting"), "running", "status")
    engine.succeed("kill", "lasting")
    wait_until(lambda: engine.status("lasting") == "exited", "the container has ended")
    engine.succeed("start", "--checkpoint", "first", "lasting")
    wait_until(lambda: engine.status("lasting") == "running", "the container runs again")
    counter.expect_whole()


def checkpoint_that_fails(engine):
    """What criu refuses is told, and the container goes on."""
    counter = Counter(engine, "refused", before="sleep 10000 | nc -l -p 7777 >/dev/null & sleep 1; "
                      "sleep 10000 | nc 127.0.0.1 7777 & ")
    counter.start()
    result = engine.cli("checkpoint", "create", "refused", "first")
    expect(result.code != 0, f"a connection must not be dumped: {result}")
    expect_match(result.err, "criu failed", f"the error: {result}")
    counter.expect_going_on(counter.count())
    engine.remove("refused")


CHECKS = [checkpoint_and_restore, checkpoint_leave_running, checkpoint_that_fails]
