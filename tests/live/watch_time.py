#!/usr/bin/env python3
"""watch_time.py TCPBYE: time passes when the wire is silent, and what is told comes soon.

Records leave within a second of being final, state and anomaly records within 200 ms of the packet
(a slow machine, or a program with sanitizers, is given 500 ms before the test fails).
"""

import socket
import sys
import time

import wire

LATEST_EVENT_S = 0.5
LATEST_RECORD_S = 1.0


def told_soon(watch, checks):
    worst = 0
    for kind in ("state", "anomaly"):
        for came, line in watch.lines:
            if f'"event_type":"{kind}"' not in line or '"certainty":"timer"' in line:
                continue
            stamp = line.split('"timestamp":"', 1)[1].split('"', 1)[0]
            worst = max(worst, came - wire.seconds(stamp))
    print(f"state and anomaly records: {worst * 1000:.0f} ms after the packet at the latest")
    checks.that(worst < LATEST_EVENT_S, f"an event came {worst:.3f} s after its packet")


def check_time_wait(watch, checks):
    """The kernel's holder is the one that closes first; the record comes when its time is over."""
    worst = 0
    for _ in range(5):
        wire.connect(8000)
        time.sleep(0.05)
    for _ in range(5):
        came, flow = watch.next("flow")
        wait = flow["time_wait"][0]
        worst = max(worst, came - wire.seconds(wait["end"]))
        checks.equal(flow["in_iface"], "lo", "in_iface")
        checks.equal(flow["flow"]["reason"], "closed", "reason")
        checks.equal(wait["ended_by"], "timer", "TIME-WAIT ended by")
        checks.equal(wait["duration_ns"], 1500000000, "TIME-WAIT's length")
    print(f"flow records: {worst * 1000:.0f} ms after they are final at the latest")
    checks.that(0 <= worst < LATEST_RECORD_S, f"a record came {worst:.3f} s after it was final")


def check_reset(watch, checks):
    wire.connect(8000, abort=True)
    sent = time.time()
    came, flow = watch.next("flow")
    checks.equal(flow["teardown"]["type"], "rst_abort", "type")
    late = came - sent - 1
    checks.that(-0.2 < late < LATEST_RECORD_S, f"a reset's record came after {late:.3f} s")


def check_idle(watch, checks):
    """A connection that idles out leaves at its time; what it says afterwards is another record."""
    with socket.create_connection(("127.0.0.1", 8000)) as client:
        client.sendall(b"x")
        spoke = time.time()
        came, flow = watch.next("flow")
        checks.equal(flow["flow"]["reason"], "idle_timeout", "reason")
        late = came - spoke - 3
        checks.that(-0.2 < late < LATEST_RECORD_S, f"an idle record came after {late:.3f} s")
        client.sendall(b"x")
        client.recv(50)
    _, flow = watch.next("flow")
    checks.equal(flow["flow"]["origin"], "midstream", "origin")


def check_heartbeats(watch, checks):
    stats = watch.records("stats")
    checks.that(len(stats) >= 4, f"only {len(stats)} stats records")
    checks.equal([one["stats"]["seq"] for one in stats], list(range(len(stats))), "seq")
    checks.equal([one["stats"]["final"] for one in stats[-2:]], [False, True], "final")
    for one in stats:
        decoder = one["stats"]["decoder"]
        parts = ("tcp", "not_tcp", "fragments", "truncated", "invalid")
        checks.equal(decoder["pkts"], sum(decoder[part] for part in parts), "pkts")
    checks.equal(stats[-1]["stats"]["capture"]["kernel_drops"], 0, "kernel_drops")
    checks.that(stats[-1]["stats"]["time_wait"]["peak"] > 0, "no peak of TIME-WAITs")


def main():
    checks = wire.Checks()
    wire.enter_namespace()
    wire.Server(8000)
    watch = wire.Watch(
        sys.argv[1], "-i", "lo", "--events", "flow,anomaly,state,stats,summary",
        "--time-wait", "1500ms", "--reset-linger", "1s", "--idle-timeout", "3s",
        "--stats-interval", "1s",
    )  # fmt: skip
    check_time_wait(watch, checks)
    check_reset(watch, checks)
    check_idle(watch, checks)
    open_one = socket.create_connection(("127.0.0.1", 8000))
    time.sleep(0.2)
    checks.equal(watch.stop(), 0, "exit status")
    open_one.close()
    flows, summary = watch.records("flow"), watch.records("summary")[-1]["summary"]
    checks.equal(flows[-1]["flow"]["reason"], "shutdown", "the last record's reason")
    checks.equal(summary["stopped_by"], "signal", "stopped_by")
    checks.that(summary["wall_ns"] > 0, "wall_ns")
    checks.equal(summary["flow"]["total"], len(flows), "records")
    told_soon(watch, checks)
    check_heartbeats(watch, checks)
    checks.finish()


main()
