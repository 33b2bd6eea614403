#!/usr/bin/python3
"""Connections that end well, and what tcpbye finds wrong with them.

Usage: false_alarms.py TCPBYE [--keep DIR | --again DIR] [--clean N] [--lossy N] [--show N]. Exit
status: 0 where the network is clean and no anomaly above info is told but true ones, and where it
is not, none of severity error; 1 otherwise; 2 usage; 77 on a machine too busy to carry segments in
time, or without the rights to make namespaces and TAP interfaces. --again judges what --keep has kept, and needs no rights.
"""

import argparse
import asyncio
import collections
import json
import os
import sys
import tempfile
import time

from bench import FIRST_CLIENT_PORT, Bench
from forwarder import Forwarder
from lab import NoRights
from orderly_lives import LIVES, life_of, live
from truth_crowd import CROWD_DELAY_S, Lots
from truth_kinds import Kind
from truth_lab import FIRST_SERVER_PORT, frames, run_all
from verdicts import records_of, seconds_of

A_SECOND = 80
SETTLE_S = 8
LOSSY = {"loss": 0.02, "duplication": 0.05, "reordering": 0.1, "legs": ("before",)}
CLEAN_NAME, LOSSY_NAME = "clean", "lossy"
STALL_S = 0.02
UNDISTURBED = 0.5
GRADES = ("info", "notice", "warning", "error")


def crowd(name, copies, fault=None):
    return Kind(
        name,
        live,
        fault,
        copies=copies,
        settle_s=SETTLE_S,
        delay_s=CROWD_DELAY_S,
        spread_s=copies / A_SECOND,
    )


def is_false(name, life, anomaly):
    """Whether this must not be told of a connection of that run and life."""
    if name == LOSSY_NAME:
        return anomaly["severity"] == "error"
    return anomaly["severity"] != "info" and anomaly["event"] not in life.true


class PunctualForwarder(Forwarder):
    """Notes when it carried segments late: a busy machine makes a bad network."""

    def __init__(self, hosts, path, delay_s):
        super().__init__(hosts, path, delay_s)
        self.stalls = []
        self._stalls_path = stalls_path(path)

    def close(self):
        super().close()
        with open(self._stalls_path, "w", encoding="ascii") as file:
            json.dump(self.stalls, file)

    def _push(self, due, call, frame):
        super()._push(due, lambda data: self._timed(due, call, data), frame)

    def _timed(self, due, call, data):
        now = time.monotonic()
        if now - due > STALL_S:
            self.stalls.append((due, now))
        call(data)


class PunctualBench(Bench):
    forwarder_class = PunctualForwarder


def stalls_path(capture):
    return capture.replace(".pcap", ".stalls.json")


def merged(stalls):
    """The stalls as intervals that do not touch."""
    whole = []
    for begin, end in sorted(stalls):
        if whole and begin <= whole[-1][1]:
            whole[-1][1] = max(whole[-1][1], end)
        else:
            whole.append([begin, end])
    return whole


def was_disturbed(record, stalls):
    begin, end = (seconds_of(record["flow"][key]) for key in ("start", "end"))
    return any(late[0] <= end and late[1] >= begin for late in stalls)


class Count:
    """What was told of a run, by severity and id, and by life."""

    def __init__(self):
        self.connections = collections.Counter()
        self.ends = collections.Counter()
        self.told = collections.Counter()
        self.false = 0
        self.disturbed = 0

    def add(self, life, record):
        self.connections[life.name] += 1
        self.ends[record["teardown"]["type"]] += 1
        for anomaly in record["anomalies"]:
            self.told[GRADES.index(anomaly["severity"]), anomaly["event"]] += 1

    def show(self, name, expected):
        total = sum(self.connections.values())
        print(f"\n{name}: {total} connections of {expected}, {len(self.connections)} lives")
        print("  " + ", ".join(f"{end} {count}" for end, count in self.ends.most_common()))
        for (grade, event), count in sorted(self.told.items(), reverse=True):
            print(f"  {GRADES[grade]:8} {count:6}  {event}")
        print(f"  {self.false} false; {self.disturbed} not judged: the machine was busy meanwhile")


def show(path, ports, life, anomaly):
    print(f"\n{path}: client port {ports[0]}, {life.name}")
    print(f"  {anomaly['severity']} {anomaly['event']} {anomaly['side']}: {anomaly}")
    for line in frames(path, ports):
        print(f"    {line}")


def judge(program, name, path, expected, most_shown):
    """Prints what was told, and some false alarms. Returns None where the machine was too busy to
    tell; true if there are none, and no record lacks.
    """
    count = Count()
    with open(stalls_path(path), encoding="ascii") as file:
        stalls = merged(json.load(file))
    shown = collections.Counter()
    for ports, records in sorted(records_of(program, path).items()):
        life = life_of(ports[0] - FIRST_CLIENT_PORT)
        for record in records:
            if was_disturbed(record, stalls):
                count.disturbed += 1
                continue
            count.add(life, record)
            for anomaly in record["anomalies"]:
                if not is_false(name, life, anomaly):
                    continue
                count.false += 1
                shown[anomaly["event"]] += 1
                if shown[anomaly["event"]] <= most_shown:
                    show(path, ports, life, anomaly)
    count.show(name, expected)
    judged = sum(count.connections.values())
    if judged < expected * UNDISTURBED:
        return None
    return count.false == 0 and judged + count.disturbed == expected


def conduct(kinds, directory):
    """Runs the crowds one after the other; says whose connections were cut short."""
    for place, kind in enumerate(kinds):
        bench = PunctualBench(kind, FIRST_SERVER_PORT + place, directory)
        asyncio.run(run_all([lambda bench=bench: bench], 1))
        for mishap in bench.mishaps:
            print(f"{kind.name}: cut short: {mishap}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--keep", metavar="DIR", help="keep the captures there")
    where.add_argument("--again", metavar="DIR", help="judge what was kept there")
    parser.add_argument("--clean", type=int, default=5000, help="connections; 0: none")
    parser.add_argument("--lossy", type=int, default=2000, help="connections; 0: none")
    parser.add_argument("--show", type=int, default=3, help="false alarms shown, of each id")
    arguments = parser.parse_args()
    crowds = [
        crowd(CLEAN_NAME, arguments.clean),
        crowd(LOSSY_NAME, arguments.lossy, Lots(11, **LOSSY)),
    ]
    crowds = [kind for kind in crowds if kind.copies > 0]
    print(f"{len(LIVES)} lives: " + "; ".join(life.name for life in LIVES))
    try:
        with tempfile.TemporaryDirectory() as passing:
            directory = arguments.again or arguments.keep or passing
            os.makedirs(directory, exist_ok=True)
            if not arguments.again:
                conduct(crowds, directory)
            right = [
                judge(
                    arguments.program,
                    kind.name,
                    os.path.join(directory, f"{kind.name}.pcap"),
                    kind.copies,
                    arguments.show,
                )
                for kind in crowds
            ]
            if None in right:
                print("false_alarms: the machine is too busy", file=sys.stderr)
                return 77
            return 0 if all(right) else 1
    except (NoRights, PermissionError) as error:
        print(f"false_alarms: {error}: this needs root", file=sys.stderr)
        return 77


if __name__ == "__main__":
    sys.exit(main())
