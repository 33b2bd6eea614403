#!/usr/bin/env python3
"""Measures tcpbye against bare loops over the same captures and against the peers that are installed.

    bench.py PROGRAMS CAPTURES [--size tiny|small|whole] [--runs N] [--only WORDS] [--threads 1,2]
             [--json FILE] [--check]

PROGRAMS is a build directory (Release, or the figures mean nothing); the captures are made in
CAPTURES and kept there. README.md says what is measured and how to read it.
"""

import argparse
import json
import os
import pathlib
import platform
import sys

import plan
import tables
from measure import Bench


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("programs", type=pathlib.Path, help="build directory")
    parser.add_argument("captures", type=pathlib.Path, help="where the captures are made and kept")
    parser.add_argument("--size", choices=[*plan.SIZES], default="small")
    parser.add_argument("--runs", type=int, default=5, help="of each command; peers run once")
    parser.add_argument("--only", default="", help="only captures whose name holds one of these words")
    parser.add_argument("--threads", default="1", help="numbers for -J, with commas between them")
    parser.add_argument("--no-peers", action="store_true", help="leave the other programs out")
    parser.add_argument("--json", type=pathlib.Path, help="write everything measured there")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a bound is missed")
    return parser.parse_args()


def machine():
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    return {"processor": model, "processors": os.cpu_count(), "kernel": platform.release()}


def main():
    options = arguments()
    bench = Bench(options.programs, options.captures)
    threads = [int(number) for number in options.threads.split(",")]
    result = {"machine": machine(), "size": options.size, "runs": options.runs, "captures": {}}
    for kind, count in plan.captures(options.size, options.only.split()):
        commands = plan.commands(bench, kind, threads, peers=not options.no_peers)
        result["captures"][f"{kind} {count}"] = bench.compare(
            kind, count, commands, plan.LIMITS.get(kind, []), options.runs)
    result["empty_kib"] = bench.empty_kib()
    result["bounds"] = plan.judge(result)
    print(tables.markdown(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 1 if options.check and not all(bound["met"] for bound in result["bounds"]) else 0


if __name__ == "__main__":
    sys.exit(main())
