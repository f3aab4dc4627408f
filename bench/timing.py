"""Times with hyperfine, in rounds over the runtimes so that a slow minute of the machine falls on all of them."""

import json
import os
import shlex
import statistics
import tempfile

from cases import Failure, run_group


def hyperfine(command, runs, options, export):
    """The times of a command's runs, in ms, or the Failure."""
    with tempfile.TemporaryFile() as errors:
        code = run_group(["hyperfine", "--shell=none", "--style=none", "--warmup=1", f"--runs={runs}",
                          f"--export-json={export}", *options, shlex.join(command)], errors)
        errors.seek(0)
        lines = [line for line in errors.read().decode(errors="replace").splitlines() if line.startswith("Error")]
    if code != 0:
        return Failure(lines[0].partition(" Use the ")[0] if lines else f"hyperfine: exit code {code}")
    with open(export, encoding="utf-8") as file:
        times = json.load(file)["results"][0]["times"]
    os.unlink(export)
    return [1000 * seconds for seconds in times]


STATISTICS = {"median": statistics.median, "min": min}


def in_rounds(entries, arguments, export, runs=None):
    """`entries`: key to (command, hyperfine options), or to a Failure. Gives key to one time in ms, or the Failure.
    Each round begins with another entry, so that none always follows the same one."""
    times = {key: entry if isinstance(entry, Failure) else [] for key, entry in entries.items()}
    keys = list(entries)
    for number in range(arguments.rounds):
        start = number % len(keys)
        for key in keys[start:] + keys[:start]:
            if isinstance(times[key], Failure):
                continue
            command, options = entries[key]
            more = hyperfine(command, runs or arguments.runs, options, export)
            times[key] = more if isinstance(more, Failure) else times[key] + more
    merge = STATISTICS[arguments.statistic]
    return {key: value if isinstance(value, Failure) else merge(value) for key, value in times.items()}
