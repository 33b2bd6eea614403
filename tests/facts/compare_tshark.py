#!/usr/bin/python3
"""Compares, capture by capture, which frames hold TCP for tcpbye and for tshark.

Usage: compare_tshark.py TCPBYE DIR... [--cache FILE]. Counted are frames that hold a TCP segment as
far as its flags; what an ICMP error or an sFlow datagram quotes of one is none. The cache keeps
tshark's numbers, which cost most of the time.

Exit status: 0 the numbers are the same in at least 99 % of the captures, 1 in fewer, 2 usage.
"""

import argparse
import json
import os
import subprocess
import sys

ENOUGH = 0.99
TIMEOUT_S = 300
QUOTING = ("icmp", "icmpv6", "sflow")


def files_below(directories):
    for directory in directories:
        for root, _, names in sorted(os.walk(directory)):
            for name in sorted(names):
                yield os.path.join(root, name)


def holds_segment(protocols):
    """True where TCP stands in the frame's protocols, and not as a quotation."""
    for protocol in protocols.split(":"):
        if protocol in QUOTING:
            return False
        if protocol == "tcp":
            return True
    return False


def tshark_says(path):
    """How many frames hold a segment, and what tshark complains about."""
    done = subprocess.run(
        ["tshark", "-n", "-r", path, "-Y", "tcp.flags", "-T", "fields", "-e", "frame.protocols"],
        capture_output=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    lines = done.stdout.decode(errors="replace").splitlines()
    said = done.stderr.decode(errors="replace").strip().splitlines()
    said = [line for line in said if "Running as user" not in line]
    return {"tcp": sum(map(holds_segment, lines)), "said": said[-1] if said else ""}


def tcpbye_says(program, path):
    done = subprocess.run(
        [program, "-T", "ndjson", "--events", "summary", path],
        capture_output=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    said = done.stderr.decode(errors="replace").strip().splitlines()
    lines = done.stdout.splitlines()
    decoder = json.loads(lines[-1])["summary"]["decoder"] if lines else {"tcp": 0}
    return {"tcp": decoder["tcp"], "decoder": decoder, "said": said[-1] if said else ""}


def load(path):
    if path is None or not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(path, known):
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1)


def tell(path, ours, theirs):
    parts = ("not_tcp", "fragments", "truncated", "invalid")
    rest = ", ".join(f"{part} {ours['decoder'][part]}" for part in parts if "pkts" in ours["decoder"])
    print(f"{path}: {ours['tcp']} here ({rest}), {theirs['tcp']} in tshark")
    for name, said in (("tcpbye", ours["said"]), ("tshark", theirs["said"])):
        if said:
            print(f"    {name}: {said}")


def main():
    parser = argparse.ArgumentParser(description="Counts the frames of TCP beside tshark.")
    parser.add_argument("tcpbye")
    parser.add_argument("directory", nargs="+")
    parser.add_argument("--cache", help="keep tshark's numbers here")
    arguments = parser.parse_args()
    known = load(arguments.cache)
    same = asked = 0
    for path in files_below(arguments.directory):
        if path not in known:
            known[path] = tshark_says(path)
        ours = tcpbye_says(arguments.tcpbye, path)
        asked += 1
        same += ours["tcp"] == known[path]["tcp"]
        if ours["tcp"] != known[path]["tcp"]:
            tell(path, ours, known[path])
    save(arguments.cache, known)
    if not asked:
        print("compare_tshark: no file found", file=sys.stderr)
        return 1
    print(f"the same in {same} of {asked} captures: {100 * same / asked:.2f} %")
    return 0 if same >= ENOUGH * asked else 1


if __name__ == "__main__":
    sys.exit(main())
