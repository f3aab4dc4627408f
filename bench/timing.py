"""Times with hyperfine, in rounds over the runtimes so that a slow minute of the machine falls on all of them."""

import json
import os
import shlex
import statistics
import subprocess


class Failure(str):
    """Why there is no number: the first line of the runtime's error."""


def hyperfine(command, runs, options, export):
    """The times of a command's runs, in ms, or the Failure."""
    result = subprocess.run(
        ["hyperfine", "--shell=none", "--style=none", "--warmup=1", f"--runs={runs}", f"--export-json={export}",
         *options, shlex.join(command)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        errors="replace", check=False)
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.startswith("Error")]
        return Failure(lines[0] if lines else f"hyperfine: exit code {result.returncode}")
    with open(export, encoding="utf-8") as file:
        times = json.load(file)["results"][0]["times"]
    os.unlink(export)
    return [1000 * seconds for seconds in times]


def in_rounds(entries, rounds, runs, export):
    """`entries`: key to (command, hyperfine options), or to a Failure. Gives key to the median in ms, or the Failure.
    Each round begins with another entry, so that none always follows the same one."""
    times = {key: entry if isinstance(entry, Failure) else [] for key, entry in entries.items()}
    keys = list(entries)
    for number in range(rounds):
        start = number % len(keys)
        for key in keys[start:] + keys[:start]:
            if isinstance(times[key], Failure):
                continue
            command, options = entries[key]
            more = hyperfine(command, runs, options, export)
            times[key] = more if isinstance(more, Failure) else times[key] + more
    return {key: value if isinstance(value, Failure) else statistics.median(value) for key, value in times.items()}
