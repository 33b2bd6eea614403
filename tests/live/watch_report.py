#!/usr/bin/env python3
"""watch_report.py TCPBYE: the HTML report of a live run, which is written when the run is ended.

It must be whole, name the interface, and hold every connection with how it ended.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import wire

PORT = 8000
CLOSED, ABORTED = 20, 5
PACKETS_AT_LEAST = (CLOSED + ABORTED) * 7
DATA = re.compile(r'<script type="application/json" id="(\w+)">(.*?)</script>', re.DOTALL)


def begin(program, path):
    process = wire.start(
        [program, "-i", "lo", "-v", "-Z", "root", "-T", "html", "-o", path],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while ": listening," not in process.stderr.readline():
        if process.poll() is not None:
            raise RuntimeError(f"does not begin: exit status {process.returncode}")
    return process


def count_packets(process):
    process.send_signal(signal.SIGUSR1)
    for line in process.stderr:
        counted = re.match(r"(\d+) packets captured", line)
        if counted:
            return int(counted[1])
    raise RuntimeError("the program has ended")


def wait_until_seen(process):
    """Until all packets have been taken: asked twice, the program has no more of them."""
    counts = [0]

    def seen():
        time.sleep(0.2)
        counts.append(count_packets(process))
        return counts[-1] == counts[-2] >= PACKETS_AT_LEAST

    wire.wait_for(seen, "the packets are not all seen")


def check_report(checks, content, closed, aborted):
    checks.that(content.startswith("<!DOCTYPE html>\n"), f"begins: {content[:40]!r}")
    checks.that(content.endswith("</html>\n"), f"ends: {content[-40:]!r}")
    data = {name: json.loads(value) for name, value in DATA.findall(content)}
    names = [source["name"] for source in data["report"]["summary"]["sources"]]
    checks.equal(names, ["lo"], "sources")
    ends = {row[4]: row[9] for row in data["rows"]}
    checks.equal(set(ends), set(closed + aborted), "ports of the connections")
    for port in closed:
        checks.that(ends.get(port, "") == "closed, client first", f"{port}: {ends.get(port)}")
    for port in aborted:
        checks.that(ends.get(port, "") == "reset by client", f"{port}: {ends.get(port)}")


def main():
    checks = wire.Checks()
    wire.enter_namespace()
    wire.Server(PORT)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "report.html")
        process = begin(sys.argv[1], path)
        closed = [wire.connect(PORT) for _ in range(CLOSED)]
        aborted = [wire.connect(PORT, abort=True) for _ in range(ABORTED)]
        wait_until_seen(process)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        checks.equal(process.returncode, 0, f"exit status: {said}")
        with open(path, encoding="utf-8") as file:
            check_report(checks, file.read(), closed, aborted)
    checks.finish()


main()
