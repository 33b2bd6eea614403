#!/usr/bin/env python3
"""replay.py TCPBYE CAPTURE [--rates PPS,...]: the capture is sent at rising rates; what does tcpbye
drop, and what tcpdump, which only writes to /dev/null, in the same run?

Not run by CTest: it is a measurement. Exit status 0 if tcpbye drops nothing at every rate at which
tcpdump drops nothing.
"""

import argparse
import re
import signal
import subprocess
import sys
import time

import wire


def watchers(program):
    return {
        "tcpdump": wire.start(
            ["tcpdump", "-n", "-Z", "root", "-i", "vb", "-s", "256", "-B", "32768", "-w", "/dev/null"],
            stderr=subprocess.PIPE, text=True,
        ),
        "tcpbye": wire.start(
            [program, "-i", "vb", "-T", "ndjson", "-o", "/dev/null", "--events", "flow,summary"],
            stderr=subprocess.PIPE, text=True,
        ),
    }  # fmt: skip


def counts(said):
    found = re.findall(r"(\d+) packets? (captured|received by filter|dropped by kernel)", said)
    return {what: int(number) for number, what in found}


def run(program, capture, rate, loops):
    watching = watchers(program)
    time.sleep(1)
    speed = ["--topspeed"] if rate == 0 else [f"--pps={rate}"]
    sent = subprocess.run(
        ["tcpreplay", "-q", "-K", *speed, f"--loop={loops}", "-i", "va", capture],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    reached = re.search(r"([\d.]+) pps", sent.stdout)
    time.sleep(1)
    told = {}
    for name, process in watching.items():
        process.send_signal(signal.SIGTERM)
        told[name] = counts(process.communicate(timeout=60)[1])
    return float(reached.group(1)) if reached else 0, told


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("capture")
    parser.add_argument("--rates", default="50000,100000,200000,400000,0")
    parser.add_argument("--loops", type=int, default=3)
    given = parser.parse_args()
    wire.enter_namespace()
    wire.veth("va", "vb")
    worse = False
    for rate in map(int, given.rates.split(",")):
        reached, told = run(given.program, given.capture, rate, given.loops)
        drops = {name: told[name].get("dropped by kernel") for name in told}
        captured = {name: told[name].get("captured") for name in told}
        print(f"{reached:10.0f} packets/s: captured {captured}, dropped {drops}", flush=True)
        worse |= drops["tcpdump"] == 0 and drops["tcpbye"] != 0
    sys.exit(1 if worse else 0)


main()
