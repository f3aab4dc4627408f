"""Many containers: one after the other, and all at once."""

import processes
from report import expect, expect_equal


def hundred_in_a_row(daemon):
    for number in range(100):
        result = daemon.run(f"row-{number}", "sh", "-c", f"echo {number}; exit {number}")
        expect((result.code, result.out) == (number, f"{number}\n"), f"run {number}: {result}")


def twenty_at_once(daemon):
    arguments = [daemon.run_arguments(f"storm-{i}", "sh", "-c", f"echo {i}; sleep 0.5; exit {i}", options=("--rm",))
                 for i in range(20)]
    for number, result in enumerate(processes.run_at_once(arguments)):
        expect((result.code, result.out) == (number, f"{number}\n"), f"run {number}: {result}")


def twenty_failures_at_once(daemon):
    arguments = [daemon.run_arguments(f"nostart-{i}", "/nope", options=("--rm",)) for i in range(20)]
    for number, result in enumerate(processes.run_at_once(arguments)):
        expect(result.code != 0 and "no such file or directory" in result.err, f"run {number}: {result}")
        daemon.remove(f"nostart-{number}")
    expect_equal(daemon.tasks(), {}, "tasks afterwards")


CHECKS = [hundred_in_a_row, twenty_at_once, twenty_failures_at_once]
