#!/usr/bin/env python3
"""watch_privileges.py TCPBYE PROBE CAPTURE: what the program may still do once it captures, the
metrics that it writes, and what it tells a service manager.

PROBE gives up its privileges by the program's own module, and then tries what an intruder would.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import wire

NO_CAPABILITIES = "0" * 16


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)


def check_confined(watch, checks, user="65534"):
    status = status_of(watch.process.pid)
    checks.equal(set(status["Uid"].split()), {user}, "uid")
    for which in ("CapPrm", "CapEff", "CapAmb"):
        checks.equal(status[which], NO_CAPABILITIES, which)
    checks.equal(status["NoNewPrivs"], "1", "NoNewPrivs")
    for task in os.listdir(f"/proc/{watch.process.pid}/task"):
        one = status_of(f"{watch.process.pid}/task/{task}")
        checks.equal((one["Seccomp"], one["CapEff"]), ("2", NO_CAPABILITIES), f"thread {task}")


def fetch(path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", 9464, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.getheader("Content-Type"), answer.read().decode()


def check_server(checks):
    """The page, and nothing but the page; served also after the privileges are gone."""
    status, kind, text = fetch("/metrics")
    checks.equal((status, kind), (200, "text/plain; version=0.0.4; charset=utf-8"), "/metrics")
    checks.that("\ntcpbye_flows_total " in text, text)
    checks.equal(fetch("/other")[0], 404, "another page")
    checks.equal(fetch("/metrics", "POST")[0], 405, "another method")


def check_root(program, checks, directory, promtool):
    """Started as root: becomes nobody, writes its files, opens them again, and captures."""
    records, metrics = (os.path.join(directory, name) for name in ("records", "tcpbye.prom"))
    watch = wire.Watch(
        program, "-i", "lo", "-o", records, "--metrics-file", metrics, "--time-wait", "300ms",
        "--listen", "9464", "-J", "3", "port", "8000",
    )
    threads = len(os.listdir(f"/proc/{watch.process.pid}/task"))
    checks.that(threads >= 3, f"{threads} threads")
    check_confined(watch, checks)
    wire.connect(8000)
    wire.connect(8000, abort=True)
    check_server(checks)
    wire.wait_for(lambda: os.path.getsize(records) > 0, "no record")
    os.rename(records, records + ".1")
    watch.process.send_signal(signal.SIGHUP)
    wire.wait_for(lambda: os.path.exists(records), f"not opened again: {watch.said}")
    checks.equal(watch.stop(), 0, f"exit status: {watch.said}")
    with open(metrics, encoding="ascii") as file:
        text = file.read()
    for line in (
        'tcpbye_closes_total{type="rst_abort",closer="client"} 1',
        "tcpbye_flows_total 2",
        "tcpbye_flows_active 0",
        "tcpbye_time_waits_peak 1",
        'tcpbye_resets_total{form="abort"} 1',
        "tcpbye_close_network_seconds_count 1",
    ):
        checks.that(f"\n{line}\n" in text, f"not among the metrics: {line}\n{text}")
    checks.that("127.0.0.1" not in text, "an address among the metrics")
    if promtool:
        ran = subprocess.run(
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True
        )
        checks.equal((ran.returncode, ran.stderr), (0, ""), "promtool check metrics")


def check_capability_alone(program, checks):
    """Started as nobody with CAP_NET_RAW: that suffices, and is given up too."""
    if shutil.which("setpriv") is None:
        print("setpriv not found: CAP_NET_RAW alone is not tried")
        return
    watch = wire.Watch(
        program, "-i", "lo", "--time-wait", "300ms",
        before=["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw", "--bounding-set",
                "-all,+net_raw"],
    )  # fmt: skip
    check_confined(watch, checks)
    wire.connect(8000)
    watch.next("flow")
    checks.equal(watch.stop(), 0, f"exit status: {watch.said}")


def check_no_rights(program, checks):
    ran = subprocess.run(
        ["setpriv", "--reuid", "65534", "--clear-groups", program, "-i", "lo"],
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    checks.equal(ran.returncode, 1, "exit status without rights")
    checks.that("no permission to capture" in ran.stderr, f"said: {ran.stderr}")


def check_options(program, checks):
    watch = wire.Watch(program, "-i", "lo", "--sandbox", "off", "-Z", "root")
    watch.wait_said("the sandbox is off")
    checks.equal(status_of(watch.process.pid)["Seccomp"], "0", "Seccomp")
    checks.equal(watch.stop(), 0, "exit status")
    ran = subprocess.run(
        [program, "-i", "lo", "-Z", "no_such_user"], capture_output=True, text=True, timeout=20
    )
    checks.equal(ran.returncode, 1, "exit status with a user that is not there")
    checks.that("no_such_user: no such user" in ran.stderr, f"said: {ran.stderr}")


def check_captures(program, checks, capture):
    """Captures are read without privileges where a user is named, on every thread."""
    with open(capture, "rb") as file:
        data = file.read()
    command = [program, "--json", "-J", "3", "-Z", "nobody", "-r", "-"]
    reader = wire.start(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    reader.stdin.write(data[:100])
    reader.stdin.flush()
    wire.wait_for(lambda: status_of(reader.pid)["Seccomp"] == "2", "the sandbox is not there")
    wire.wait_for(lambda: len(os.listdir(f"/proc/{reader.pid}/task")) == 3, "not three threads")
    status = status_of(reader.pid)
    checks.equal(set(status["Uid"].split()), {"65534"}, "uid")
    for task in os.listdir(f"/proc/{reader.pid}/task"):
        one = status_of(f"{reader.pid}/task/{task}")
        checks.equal((one["Seccomp"], one["CapEff"]), ("2", NO_CAPABILITIES), f"thread {task}")
    records, said = reader.communicate(data[100:], timeout=20)
    checks.equal(reader.returncode, 0, f"exit status: {said}")
    checks.that(b'"event_type":"flow"' in records, "no records")
    plain = wire.start([program, "--json", "-r", capture], stdout=subprocess.PIPE)
    flows = plain.communicate(timeout=20)[0].count(b'"event_type":"flow"')
    checks.equal(records.count(b'"event_type":"flow"'), flows, "flow records")


def check_manager(program, checks, directory):
    """READY=1 once it captures, WATCHDOG=1 in time, STOPPING=1 at the end."""
    path = os.path.join(directory, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        os.chmod(path, 0o777)
        manager.settimeout(10)
        told = wire.environment(NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
        watch = wire.Watch(program, "-i", "lo", env=told)
        checks.equal(manager.recv(100), b"READY=1\n", "the first message")
        began = time.monotonic()
        for _ in range(5):
            checks.equal(manager.recv(100), b"WATCHDOG=1\n", "a message on the way")
        checks.that(0.5 < time.monotonic() - began < 2, "WATCHDOG=1 five times a second")
        watch.process.send_signal(signal.SIGTERM)
        last = manager.recv(100)
        while last == b"WATCHDOG=1\n":
            last = manager.recv(100)
        checks.equal(last, b"STOPPING=1\n", "the last message")
        checks.equal(watch.process.wait(20), 0, "exit status")


def main():
    program, probe, capture = sys.argv[1:4]
    checks = wire.Checks()
    wire.enter_namespace()
    wire.Server(8000)
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        ran = wire.start(
            [probe, directory], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        print(ran.communicate(timeout=20)[0], end="")
        checks.equal(ran.returncode, 0, "the probe's exit status")
        check_root(program, checks, directory, shutil.which("promtool"))
        check_manager(program, checks, directory)
    check_capability_alone(program, checks)
    check_no_rights(program, checks)
    check_options(program, checks)
    check_captures(program, checks, capture)
    checks.finish()


main()
