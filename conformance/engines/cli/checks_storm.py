"""Many containers: one after the other, and all at once."""

import processes
from report import expect, expect_equal


def hundred_in_a_row(engine):
    for number in range(100):
        result = engine.run("sh", "-c", f"echo {number}; exit {number}")
        expect((result.code, result.out) == (number, f"{number}\n"), f"run {number}: {result}")


def twenty_at_once(engine):
    commands = [engine.run_arguments("sh", "-c", f"echo {i}; sleep 0.5; exit {i}", options=("--rm",))
                for i in range(20)]
    for number, result in enumerate(processes.run_at_once(commands, timeout=300)):
        expect((result.code, result.out) == (number, f"{number}\n"), f"run {number}: {result}")


def twenty_failures_at_once(engine):
    commands = [engine.run_arguments("/nope", options=("--rm",)) for _ in range(20)]
    codes = [result.code for result in processes.run_at_once(commands, timeout=300)]
    expect_equal(codes, [127] * 20, "exit codes")


CHECKS = [hundred_in_a_row, twenty_at_once, twenty_failures_at_once]
