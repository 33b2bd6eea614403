#!/usr/bin/env python3
"""chain.py TCPBYE MAKE_BENCH CONNECTIONS SCENARIO_CAPTURES

A capture cut anywhere and read in pieces, with a state file in between, gives the records of the
whole capture, byte for byte, and leaves the same state behind, byte for byte; what is then left open
is what one run reports at its end. The pieces are read by different numbers of threads.
"""

import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

EVENTS = ("--events", "flow,anomaly,state,summary")
NANOSECONDS = 0xA1B23C4D


class Capture:
    """The packets of captures, by time, in one link type."""

    def __init__(self, paths):
        self.packets = []
        for path in paths:
            self._read(path.read_bytes())
        self.packets.sort(key=lambda packet: packet[0])

    def _read(self, data):
        order = "<" if data[0] in (0xD4, 0x4D) else ">"
        magic, linktype = struct.unpack(order + "I16xI", data[:24])
        scale = 1 if magic == NANOSECONDS else 1000
        at = 24
        while linktype == 1 and at < len(data):
            seconds, fraction, captured, length = struct.unpack(order + "4I", data[at : at + 16])
            ts_ns = seconds * 10**9 + fraction * scale
            self.packets.append((ts_ns, length, data[at + 16 : at + 16 + captured]))
            at += 16 + captured

    def write(self, path, begin, end):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", NANOSECONDS, 2, 4, 0, 0, 262144, 1))
            for ts_ns, length, data in self.packets[begin:end]:
                file.write(struct.pack("<4I", *divmod(ts_ns, 10**9), len(data), length))
                file.write(data)


class Chain:
    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.checks = self.failures = 0

    def run(self, *arguments):
        done = subprocess.run(
            [self.program, "--json", *EVENTS, *arguments],
            cwd=self.directory, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise SystemExit(f"{arguments}: exit status {done.returncode}: {done.stderr}")
        lines = done.stdout.splitlines()
        summary = json.loads(lines.pop())["summary"]
        summary.pop("sources")
        return lines, summary

    def same(self, what, one, other):
        self.checks += 1
        if one == other:
            return
        self.failures += 1
        print(f"{what}: not the same")
        for a, b in zip(one, other):
            if isinstance(one, list) and a != b:
                print(f"  {a[:300]}\n  {b[:300]}")
                break

    def check(self, what, capture, cuts, *options):
        """Cut at these places, which are in order."""
        names = [f"piece{number}.pcap" for number in range(len(cuts) + 1)]
        for name, begin, end in zip(names, [0, *cuts], [*cuts, len(capture.packets)]):
            capture.write(self.directory / name, begin, end)
        for state in ("chain", "whole"):
            (self.directory / state).unlink(missing_ok=True)
        lines, summary = [], None
        for number, name in enumerate(names):
            told, summary = self.run("--state", "chain", "-J", str(1 + number % 3), *options, name)
            lines += told
        whole = self.run("--state", "whole", "--strict-order", *options, *names)
        self.same(f"{what}, records", lines, whole[0])
        self.same(f"{what}, summary", summary, whole[1])
        states = [(self.directory / state).read_bytes() for state in ("chain", "whole")]
        self.same(f"{what}, state", *states)
        rest, _ = self.run("--state", "chain", *options)
        drained, _ = self.run("--strict-order", *options, *names)
        self.same(f"{what}, what is left", lines + rest, drained)


def main():
    program, make_bench, connections, scenarios = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        chain = Chain(program, directory)
        merged = Capture(sorted(Path(scenarios).glob("*.pcap")))
        count = len(merged.packets)
        for cut in range(count // 9, count, count // 9 + 1):
            chain.check(f"scenarios cut at {cut} of {count}", merged, [cut])
        chain.check("scenarios in five pieces", merged, [count * i // 5 for i in range(1, 5)])
        for path in sorted(Path(scenarios).glob("*.pcap"))[::12]:
            one = Capture([path])
            if one.packets:
                chain.check(path.stem, one, [len(one.packets) * 2 // 3])
        for kind, options in (
            ("short", ()), ("short", ("--max-flows", "128")), ("siege", ("--memcap", "300K")),
        ):  # fmt: skip
            path = directory / kind
            with open(path, "wb") as file:
                subprocess.run([make_bench, kind, connections], stdout=file, check=True)
            capture = Capture([path])
            count = len(capture.packets)
            chain.check(f"{kind} {options}", capture, [count // 3, count // 2], *options)
    print(f"{chain.checks} checks, {chain.failures} failures")
    sys.exit(chain.failures != 0)


main()
