#!/usr/bin/env python3
"""soak.py TCPBYE [--minutes N] [--rate N] [OPTION...]: new connections at a steady rate, for as
long as is asked for; memory must be flat once the first TIME-WAITs are over and what is kept of ended connections, which
is bounded, is full; and the counters must add up at the end.

Not run by CTest: it takes as long as it is told to.
"""

import argparse
import signal
import subprocess
import sys
import time

import wire

ADDRESSES = 16
CLIENTS = 4
WARM_UP_S = 600  # the TIME-WAITs of the first minute; and 262,144 tuples are met, whose last numbers are kept
GROWTH = 1.03
LATE_S = 0.05


def run_load(number, rate):
    """Connections to several addresses in turn, so that a client's ports do not run out. What a busy
    machine did not let happen in time is not made up for: the rate is the highest that there is."""
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    count, due = 0, time.monotonic()
    while not stopped:
        wire.connect(8000, address=f"127.0.{number}.{1 + count % ADDRESSES}")
        count += 1
        due = max(due + 1 / rate, time.monotonic() - LATE_S)
        time.sleep(max(0, due - time.monotonic()))
    print(count)


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--load", type=int)
    given, options = parser.parse_known_args()
    if given.load is not None:
        run_load(given.load, given.rate)
        return
    checks = wire.Checks()
    wire.enter_namespace()
    wire.Server(8000, "0.0.0.0")
    watch = wire.Watch(given.program, "-i", "lo", "--events", "stats,summary",
                       "--stats-interval", "10s", *options)  # fmt: skip
    clients = [
        wire.start(
            [sys.executable, "-B", __file__, "x", "--load", str(number),
             "--rate", str(given.rate / CLIENTS)], stdout=subprocess.PIPE,
        )
        for number in range(CLIENTS)
    ]  # fmt: skip
    began = time.monotonic()
    sizes, active = [], []
    while time.monotonic() - began < given.minutes * 60:
        stats = watch.next("stats", timeout=60)[1]["stats"]  # one every 10 s
        sizes.append((time.monotonic() - began, resident_kib(watch.process.pid)))
        active.append(stats["flow"]["active"])
        print(
            f"{sizes[-1][0]:6.0f} s  {sizes[-1][1]:8d} KiB  {stats['flow']['total']:9d} connections"
            f"  {stats['flow']['active']:7d} active  {stats['time_wait']['active']:7d} TIME-WAITs"
            f"  {stats['capture']['kernel_drops']} drops",
            flush=True,
        )
    for client in clients:
        client.send_signal(signal.SIGTERM)
    connections = sum(int(client.communicate(timeout=30)[0]) for client in clients)
    time.sleep(1)
    status = watch.stop()
    summary = watch.records("summary")[-1]["summary"]
    checks.equal(status, 0, "exit status")
    checks.equal(summary["capture"]["kernel_drops"], 0, "drops")
    checks.equal(summary["flow"]["total"], connections, "connections")
    kept = summary["flow"]["active"] if "--state" in options else 0
    told = sum(summary["flow"]["by_reason"].values())
    checks.equal(told + kept, connections, "records by reason")
    # A machine that is busy with something else gives no steady rate: what counts is the memory
    # where there were nearly as many connections at once as there ever were.
    many = max(active) * 0.9
    full = [
        size for (at, size), count in zip(sizes, active)
        if at > min(WARM_UP_S, given.minutes * 20) and count >= many
    ]
    checks.that(len(full) > 2, "not often as many connections as the most")
    if full:
        print(
            f"{connections} connections, {max(active)} at once at most; {full[0]} KiB after the warm-up, "
            f"{max(full)} KiB at most since then, {sizes[-1][1]} KiB at the end"
        )
        checks.that(max(full) <= full[0] * GROWTH, f"memory grows: {full[0]} to {max(full)} KiB")
    checks.finish()


main()
