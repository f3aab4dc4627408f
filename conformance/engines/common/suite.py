"""What every suite does around its checks: packages, arguments, the engine's life, what is left over, cleaning.

An engine is an object with `start()`, `describe()`, `remove_all()` (what a check that failed half-way has left),
`leftovers()` (every trace of a container, as lines of text, while the engine runs), `complaints()` (the end of its log)
and `clean()` (ends and removes everything; gives what could not be removed).
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys

import processes
from report import Failed, Report, expect, wait_until

POLICY = "/usr/sbin/policy-rc.d"


def install_missing(programs):
    """Installs the Debian packages of the programs that are missing, without starting what they would start."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    packages = sorted({package for program, package in programs.items()
                       if not (os.path.exists(program) if program[0] == "/" else shutil.which(program, path=path))})
    if not packages:
        return
    print(f"# installing {' '.join(packages)}", flush=True)
    ours = not os.path.exists(POLICY)
    if ours:
        with open(POLICY, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(POLICY, 0o755)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env=environment).returncode != 0:
            subprocess.run(["apt-get", "update", "-qq"], check=False)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    finally:
        if ours:
            os.unlink(POLICY)


def nothing_left(engine):
    """What containers leave is looked for while the engine still runs, so that its own end cannot hide anything."""
    found = []

    def look():
        found[:] = engine.leftovers()
        return not found
    try:
        wait_until(look, "nothing is left over", seconds=10)
    except Failed:
        raise Failed("left over:\n" + "\n".join(found)) from None


def interrupted(number, _):
    raise SystemExit(128 + number)


def arguments_of(name, description):
    parser = argparse.ArgumentParser(prog=f"conformance/engines/{name}/run", description=description)
    parser.add_argument("--runtime", default=os.environ.get("RUNTIME", ".build/release/swiftlet"), metavar="PATH",
                        help="the runtime's executable (default: $RUNTIME, or .build/release/swiftlet)")
    parser.add_argument("--only", metavar="REGEX", help="run the checks whose name matches")
    parser.add_argument("--list", action="store_true", help="print the names of the checks and end")
    parser.add_argument("--results", metavar="FILE", help="also write the results to FILE, as JSON")
    return parser.parse_args()


def run_checks(engine, checks, report):
    engine.start()
    print(f"# {engine.runtime} below {engine.describe()}", flush=True)
    for check in checks:
        if report.wanted(check.__name__):
            report.check(check.__name__, check, engine)
            engine.remove_all()
    report.check("nothing_left_over", nothing_left, engine)
    if report.failed:
        print("# the engine's last complaints:\n#   " + "#   ".join(engine.complaints().splitlines(True)), flush=True)


def main(name, description, make_engine, programs, checks, needs_root=True):
    """Runs a suite; gives the exit code: 0 if nothing failed, 2 if it cannot run."""
    arguments = arguments_of(name, description)
    if arguments.list:
        print("\n".join(check.__name__ for check in checks))
        return 0
    runtime = shutil.which(arguments.runtime)
    if (needs_root and os.geteuid() != 0) or not runtime:
        print(f"conformance/engines/{name}/run: {'needs root' if runtime else arguments.runtime + ': no such program'}",
              file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    report, engine, left = Report(arguments.only), None, []
    results = arguments.results and os.path.abspath(arguments.results)
    try:
        install_missing(programs)
        processes.become_subreaper()
        engine = make_engine(os.path.abspath(runtime))
        os.chdir(engine.work)  # conmon leaves a file "oom" where it is started
        run_checks(engine, checks, report)
    except Failed as error:
        report.check("the_engine_runs", fail, error)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second one must not keep the first from being obeyed
        os.chdir("/")
        if engine:
            left = engine.clean()
    report.check("everything_is_removed", lambda: expect(not left, "still there:\n" + "\n".join(left)))
    if results:
        report.write(results)
    return report.close()


def fail(error):
    raise error
