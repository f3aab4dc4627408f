"""Resources of a running container: update, pause and metrics, beside the cgroup's own files."""

import json

import shim
from checks_life import LOOP
from host import cgroup_file
from report import expect, expect_equal, expect_match, wait_until

MIB = 1 << 20


def limits(pid):
    """Memory, processes, and the share of a CPU in thousandths."""
    quota = cgroup_file(pid, "cpu", "cpu.cfs_quota_us", "cpu.max").split()
    period = quota[1] if len(quota) > 1 else cgroup_file(pid, "cpu", "cpu.cfs_period_us", "cpu.max")
    share = "max" if quota[0] in ("max", "-1") else int(quota[0]) * 1000 // int(period)
    return (cgroup_file(pid, "memory", "memory.limit_in_bytes", "memory.max"),
            cgroup_file(pid, "pids", "pids.max", "pids.max"), share)


def with_container(name, check):
    def run(daemon):
        pid = daemon.detach(name, *LOOP, options=("--memory-limit", str(64 * MIB), "--cpus", "0.5"))
        check(daemon, name, pid)
        daemon.finish(name)
    run.__name__ = check.__name__
    return run


def update(daemon, name, pid):
    expect_equal(limits(pid), (str(64 * MIB), "max", 500), "limits at create")
    error = shim.update(daemon.shims.socket(name), name, {
        "memory": {"limit": 128 * MIB}, "pids": {"limit": 33}, "cpu": {"quota": 20000, "period": 100000}})
    expect_equal(error, "", "error of the update")
    expect_equal(limits(pid), (str(128 * MIB), "33", 200), "limits after the update")
    # An engine sends what it changes only.
    expect_equal(shim.update(daemon.shims.socket(name), name, {"pids": {"limit": 44}}), "", "error of the update")
    expect_equal(limits(pid), (str(128 * MIB), "44", 200), "limits after the update of one")


def update_of_devices_is_no_update(daemon, name, pid):
    """kubelet's and docker's updates come with an empty list of device rules: the rules stay."""
    error = shim.update(daemon.shims.socket(name), name, {"devices": [], "pids": {"limit": 33}})
    expect_equal(error, "", "error of the update")
    result = daemon.exec(name, "e1", "sh", "-c", "echo x >/dev/null && echo fine")
    expect_equal(result.out, "fine\n", f"/dev/null after the update: {result}")
    expect_equal(limits(pid)[1], "33", "limit of processes")


def refused_update(daemon, name, pid):
    before = limits(pid)
    error = shim.update(daemon.shims.socket(name), name, {"pids": {"limit": 33}, "cpu": {"cpus": "4095"}})
    expect(error, "an update to a CPU that is not there must fail")
    expect_match(error, "cpuset", "the error")
    expect_equal(limits(pid), before, "limits after a refused update")
    expect_equal(daemon.status(name), "RUNNING", "status")


def update_of_a_paused_container(daemon, name, pid):
    expect_equal(daemon.ctr("task", "pause", name).code, 0, "pause")
    error = shim.update(daemon.shims.socket(name), name, {"pids": {"limit": 33}})
    expect_equal(error, "", "error of the update")
    expect_equal(limits(pid)[1], "33", "limit of processes")
    expect_equal(daemon.status(name), "PAUSED", "status")
    expect_equal(daemon.ctr("task", "resume", name).code, 0, "resume")


def pause_stops_everything(daemon, name, pid):
    busy = "sh -c 'while :; do :; done' </dev/null >/dev/null 2>&1 &"
    expect_equal(daemon.exec(name, "e1", "sh", "-c", busy).code, 0, "exec")
    expect_equal(daemon.ctr("task", "pause", name).code, 0, "pause")
    frozen = cgroup_file(pid, "freezer", "freezer.state", "cgroup.freeze")
    expect(frozen in ("FROZEN", "1"), f"state of the freezer: {frozen}")

    def used():
        return cgroup_file(pid, "cpuacct", "cpuacct.usage", "cpu.stat").splitlines()[0]

    first = used()
    expect_equal(daemon.ctr("task", "metrics", name).code, 0, "metrics of a paused container")
    expect_equal(used(), first, "CPU time of a paused container")
    expect_equal(daemon.ctr("task", "resume", name).code, 0, "resume")
    wait_until(lambda: used() != first, "the container goes on")


def metrics_after_an_update(daemon, name, _):
    error = shim.update(daemon.shims.socket(name), name, {"memory": {"limit": 96 * MIB}, "pids": {"limit": 33}})
    expect_equal(error, "", "error of the update")
    result = daemon.ctr("task", "metrics", "--format", "json", name)
    expect_equal(result.code, 0, str(result))
    text = json.dumps(json.loads(result.out))
    expect_match(text, str(96 * MIB), "the memory limit in the metrics")
    expect_match(text, r'"limit": "?33\b', "the limit of processes in the metrics")


CHECKS = [with_container(check.__name__.replace("_", "-"), check) for check in (
    update, update_of_devices_is_no_update, refused_update, update_of_a_paused_container, pause_stops_everything,
    metrics_after_an_update)]
