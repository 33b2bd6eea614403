#!/usr/bin/env python3
"""watch_interfaces.py TCPBYE: interfaces go down, vanish and come back; several are read as one;
what the kernel drops is told, and doubted.
"""

import signal
import subprocess
import sys
import time

import wire


def connections(count, **more):
    for _ in range(count):
        wire.connect(8000, **more)


def check_options(program, checks):
    """What cannot be captured from, and with what status."""

    def gives(status, text, *options):
        ran = subprocess.run(
            [program, *options], capture_output=True, text=True, timeout=20,
            env=wire.environment(),
        )  # fmt: skip
        checks.equal(ran.returncode, status, f"{options}: exit status")
        checks.that(text in ran.stdout + ran.stderr, f"{options}: {ran.stdout}{ran.stderr}")

    gives(1, "tcpbye: eth9: no such interface (see tcpbye -D)", "-i", "eth9")
    gives(2, 'filter "no such filter"', "-i", "lo", "no", "such", "filter")
    gives(2, "there is no link type NONSENSE on it", "-i", "lo", "-y", "NONSENSE")
    gives(2, "there is no time stamp type nonsense", "-i", "lo", "-j", "nonsense")
    gives(2, "captures and interfaces cannot be read together", "-i", "lo", "-r", "one.pcap")
    gives(0, "lo [up, running, loopback]", "-D")
    gives(0, "EN10MB (Ethernet)", "-i", "lo", "-L")
    gives(0, '"stopped_by":"duration"', "-i", "lo", "--duration", "300ms", "-T", "ndjson")


def check_down_and_up(program, checks):
    """The other end of the pair lives in a namespace of its own, so that packets cross the wire."""
    other = wire.Elsewhere("va", "10.9.0.1/24", "vb", "10.9.0.2/24")
    other.serve(8000, "10.9.0.2")
    watch = wire.Watch(program, "-i", "va", "--time-wait", "500ms", "--events", "flow,summary")
    connections(2, address="10.9.0.2")
    for _ in range(2):
        watch.next("flow")
    wire.ip("link set va down")
    watch.wait_said("va: is down")
    wire.ip("link set va up")
    watch.wait_said("va: is up again")
    other.wait_for_carrier()
    connections(1, address="10.9.0.2")
    watch.next("flow")
    wire.ip("link del va")
    watch.wait_said("va: has disappeared")
    other.join("va", "10.9.0.1/24", "vb", "10.9.0.2/24")
    watch.wait_said("va: is back")
    other.wait_for_carrier()
    connections(3, address="10.9.0.2")
    for _ in range(3):
        _, flow = watch.next("flow")
        checks.equal(flow["teardown"]["type"] in ("four_way", "three_segment"), True, "type")
    wire.ip("link del va")
    watch.wait_said("va: has disappeared")
    checks.equal(watch.stop(), 0, "exit status while the interface is away")
    checks.equal(len(watch.records("flow")), 6, "records")
    other.close()


def check_two(program, checks):
    """One connection that comes in on one interface and goes out on another: each direction, each
    packet once by each interface's filter, in the order of time."""
    watch = wire.Watch(
        program, "-i", "lo", "-i", "any", "--time-wait", "500ms",
        "--events", "flow,summary", "tcp", "port", "8001",
    )  # fmt: skip
    wire.Server(8001)
    wire.connect(8001)
    _, flow = watch.next("flow")
    checks.equal(watch.stop(), 0, "exit status")
    names = [source["name"] for source in watch.records("summary")[0]["summary"]["sources"]]
    checks.equal(names, ["lo", "any"], "sources")
    linktypes = [one["linktypes"] for one in watch.records("summary")[0]["summary"]["sources"]]
    checks.equal(linktypes, [["EN10MB"], ["LINUX_SLL2"]], "link types")
    checks.that(flow["quality"]["frame_duplicates"] > 0, "each packet was captured twice")
    checks.equal(flow["quality"]["reordered_at_tap"], 0, "reordered")
    checks.equal(flow["teardown"]["complete"], True, "complete")


def check_drops(program, checks):
    """A stopped program cannot read: the kernel drops, which is counted, told and doubted. All
    connections are still in TIME-WAIT then: what was over before would rightly not be doubted."""
    watch = wire.Watch(program, "-i", "lo", "-B", "1", "--events", "flow,summary")
    watch.process.send_signal(signal.SIGSTOP)
    connections(2000)
    time.sleep(0.5)  # the last one's server may still be closing
    watch.process.send_signal(signal.SIGCONT)
    time.sleep(1.5)
    checks.equal(watch.stop(), 0, "exit status")
    capture = watch.records("summary")[0]["summary"]["capture"]
    checks.that(capture["kernel_drops"] > 0, f"nothing was dropped: {capture}")
    watch.wait_said("packets were dropped before they could be looked at")
    watch.wait_said(f"{capture['kernel_drops']} packets dropped by kernel")
    flows = watch.records("flow")
    doubts = {flow["quality"]["capture_doubt"] for flow in flows}
    checks.equal(doubts, {"likely"}, f"capture_doubt of {len(flows)} records")


def main():
    checks = wire.Checks()
    program = sys.argv[1]
    wire.enter_namespace()
    wire.Server(8000)
    check_options(program, checks)
    check_two(program, checks)
    check_drops(program, checks)
    check_down_and_up(program, checks)
    checks.finish()


main()
