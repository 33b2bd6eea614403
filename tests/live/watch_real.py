#!/usr/bin/env python3
"""watch_real.py TCPBYE [--connections N]: real connections through a veth pair, watched live and
recorded by tcpdump at once: none is judged wrongly, and the file gives the same records.

Every third connection is closed first by the client, by the server, or aborted by the client.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import wire

FIRST_PORT = 20000  # each connection has a port of its own
TIME_WAIT = ("--time-wait", "2s", "--reset-linger", "1s")
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")


def make_connections(count):
    """What was done with each client port: (type's beginning, closer, holder)."""
    truth = {}
    for number in range(count):
        kind, port = number % 3, FIRST_PORT + number
        own = ("10.9.0.1", port)
        if kind == 0:
            wire.connect(8000, "10.9.0.2", own)
            truth[port] = (("four_way", "three_segment"), "client")
        elif kind == 1:
            server_closes(own)
            truth[port] = (("four_way", "three_segment"), "server")
        else:
            wire.connect(8000, "10.9.0.2", own, abort=True)
            truth[port] = (("rst_abort",), "client")
    return truth


def server_closes(own):
    with socket.create_connection(("10.9.0.2", 8001), source_address=own) as client:
        client.sendall(b"x" * 20)
        while client.recv(100):
            pass


def record(path):
    process = wire.start(
        ["tcpdump", "-n", "-U", "-B", "32768", "-Z", "root", "-s", "256", "--time-stamp-precision=nano",
         "-i", "va", "-w", path], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wire.wait_for(lambda: os.path.exists(path) and os.path.getsize(path) >= 24, "tcpdump")
    return process


def judge(flows, truth, checks):
    wrong = 0
    for flow in flows:
        types, closer = truth[flow["src_port"]]
        holders = [one["side"] for one in flow["time_wait"]]
        right = (
            flow["teardown"]["type"] in types
            and flow["teardown"]["closer"] == closer
            and holders == ([] if types == ("rst_abort",) else [closer])
        )
        if not right and wrong < 3:
            print(flow["teardown"]["type"], flow["teardown"]["closer"], holders, types, closer)
        wrong += not right
    checks.equal(len(flows), len(truth), "flow records")
    checks.equal(wrong, 0, "wrong in type, closer or TIME-WAIT holder")


def without_names(value, stamps):
    """The record without its source's name and, unless `stamps`, without times, what is computed
    from them (the tap's place, too), and frame numbers: each packet socket stamps packets itself."""
    if isinstance(value, dict):
        return {
            key: without_names(one, stamps)
            for key, one in value.items()
            if key not in ("in_iface", "pcap_filename")
            and (stamps or not (key.endswith(("_ns", "pcap_cnt")) or key in ("flow_id", "place")))
        }
    if isinstance(value, list):
        return [without_names(one, stamps) for one in value]
    return "" if not stamps and isinstance(value, str) and STAMP.match(value) else value


def compare(live, from_file, checks):
    by_port = {flow["src_port"]: flow for flow in from_file}
    same = sum(
        without_names(flow, True) == without_names(by_port.get(flow["src_port"], {}), True)
        for flow in live
    )
    differing = [
        flow
        for flow in live
        if without_names(flow, False) != without_names(by_port.get(flow["src_port"], {}), False)
    ]
    alike = len(live) - len(differing)
    for flow in differing[:2]:
        other = without_names(by_port.get(flow["src_port"], {}), False)
        for key, value in without_names(flow, False).items():
            if value != other.get(key):
                print(f"{flow['src_port']}: {key}: {value} live, {other.get(key)} from the file")
    print(f"records from tcpdump's file: {same} of {len(live)} identical, {alike} but for the clock")
    checks.equal(alike, len(live), "records that the file gives as well")
    checks.equal(len(from_file), len(live), "records from the file")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--connections", type=int, default=600)
    given = parser.parse_args()
    checks = wire.Checks()
    # Two packet sockets see what two processors send at once each in an order of its own.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    wire.enter_namespace()
    other = wire.Elsewhere("va", "10.9.0.1/24", "vb", "10.9.0.2/24")
    other.serve(8000, "10.9.0.2")
    other.serve(8001, "10.9.0.2", True)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "real.pcap")
        recorder = record(path)
        watch = wire.Watch(given.program, "-i", "va", *TIME_WAIT, "--events", "flow,summary")
        truth = make_connections(given.connections)
        time.sleep(3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tick:
            tick.sendto(b"tick", ("10.9.0.2", 9))
        time.sleep(1)
        checks.equal(watch.stop(), 0, f"exit status: {watch.said}")
        recorder.send_signal(signal.SIGINT)
        recorder.wait(20)
        read = subprocess.run(
            [given.program, "-T", "ndjson", *TIME_WAIT, "--events", "flow", path],
            capture_output=True, check=True, timeout=100, env=wire.environment(),
        )  # fmt: skip
    live = watch.records("flow")
    judge(live, truth, checks)
    compare(live, [json.loads(line) for line in read.stdout.splitlines()], checks)
    other.close()
    checks.finish()


main()
