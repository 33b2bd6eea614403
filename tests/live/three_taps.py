#!/usr/bin/python3
"""One connection, three taps: does tcpbye say the same at the client's interface, in the middle and
at the server's?

Usage: three_taps.py TCPBYE [--keep DIR] [--only WORDS] [--crowd N] [--show N]. Exit status: 0 where
the network carried every segment once, type, closer and holders are the same always, and the
anomalies in at least 99 %; 1 not; 2 usage; 77 without the rights to make namespaces and TAP
interfaces.
"""

import argparse
import asyncio
import collections
import os
import sys
import tempfile

from bench import Bench
from forwarder import Forwarder, Tap
from lab import NoRights
from truth_crowd import crowds
from truth_kinds import KINDS
from truth_lab import AT_ONCE, FIRST_SERVER_PORT, run_all
from verdicts import CLIENT, records_of

PLACES = ("client", "middle", "server")
QUESTIONS = ("type", "closer", "holders", "anomalies")
GRAVE = ("warning", "error")
FLOOR = {"type": 1, "closer": 1, "holders": 1, "anomalies": 0.99}


def capture_of(path, place):
    """Where the capture of a place lies, beside the one of the middle."""
    return path if place == "middle" else path.replace(".pcap", f"-at-{place}.pcap")


class ThreeTaps(Forwarder):
    """A forwarder with a tap on each host's interface too."""

    def __init__(self, hosts, path, delay_s):
        super().__init__(hosts, path, delay_s)
        self._ends = {
            host: Tap(capture_of(path, place)) for host, place in zip(hosts, ("client", "server"))
        }

    def close(self):
        super().close()
        for tap in self._ends.values():
            tap.close()

    def _take(self, host, frame):
        self._ends[host].show(frame)
        super()._take(host, frame)

    def _arrive(self, host, frame):
        self._ends[host].show(frame)
        super()._arrive(host, frame)


class TappedBench(Bench):
    forwarder_class = ThreeTaps


def _side(record, word):
    """A side that the record names, as the laboratory names it."""
    if record["src_ip"] != CLIENT and word in ("client", "server"):
        return "server" if word == "client" else "client"
    return word


def verdict(record):
    """What must not depend on the place."""
    return {
        "type": record["teardown"]["type"],
        "closer": _side(record, record["teardown"]["closer"]),
        "holders": sorted(
            _side(record, held["side"])
            for held in record["time_wait"]
            if held["ended_by"] != "absent"
        ),
        "anomalies": sorted(
            f"{anomaly['event']} {_side(record, anomaly['side'])}"
            for anomaly in record["anomalies"]
            if anomaly["severity"] in GRAVE
        ),
    }


class Score:
    """How many connections of a sort were told alike, by question."""

    def __init__(self):
        self.asked = 0
        self.alike = collections.Counter()

    def add(self, said):
        self.asked += 1
        self.alike.update(question for question in QUESTIONS if _alike(said, question))

    def row(self, name):
        cells = " ".join(f"{self.alike[question]:>6}/{self.asked}" for question in QUESTIONS)
        return f"{name:44} {cells}"

    def is_enough(self):
        return all(self.alike[question] >= self.asked * FLOOR[question] for question in QUESTIONS)


def _alike(said, question):
    return len({str(verdict[question]) for verdict in said.values()}) == 1


def differences(said):
    """In words, for each question that is not answered alike."""
    for question in QUESTIONS:
        if not _alike(said, question):
            told = ", ".join(f"{place} {said[place][question]}" for place in PLACES)
            yield f"{question}: {told}"


def connections(program, bench):
    """Each connection of a run: (ports, whether a segment of it was mistreated, verdict by place)."""
    records = {place: records_of(program, capture_of(bench.path, place)) for place in PLACES}
    for ports, talk in sorted(bench.forwarder.talks.items()):
        found = {place: records[place].get(ports, []) for place in PLACES}
        for number in range(min(map(len, found.values()))):
            said = {place: verdict(found[place][number]) for place in PLACES}
            yield ports, bool(talk.mistreated), said
        if len(set(map(len, found.values()))) > 1:
            counts = {place: {"type": f"{len(found[place])} records"} for place in PLACES}
            for place in PLACES:
                counts[place].update({question: None for question in QUESTIONS[1:]})
            yield ports, bool(talk.mistreated), counts


def judge(program, benches, most_shown):
    """Prints what differs and the table; true if enough of what the network left alone is alike."""
    scores = {False: Score(), True: Score()}
    classes = collections.Counter()
    for bench in benches:
        shown = 0
        for ports, mistreated, said in connections(program, bench):
            scores[mistreated].add(said)
            told = list(differences(said))
            classes.update((mistreated, line) for line in told)
            if told and shown < most_shown:
                shown += 1
                print(f"{bench.kind.name}: client port {ports[0]}: {bench.path}")
                print(*(f"  {line}" for line in told), sep="\n")
    print(f"\n{'told alike at all three taps':44} " + " ".join(f"{q:>9}" for q in QUESTIONS))
    print(scores[False].row("each segment carried once and in time"))
    print(scores[True].row("some lost, doubled or late between the taps"))
    print("\nDifferences by class")
    for (mistreated, line), count in classes.most_common():
        print(f"{count:6}  {'' if mistreated else 'NOTHING BEFELL IT: '}{line}")
    return scores[False].is_enough()


def tapped(kinds, directory, first_port):
    return [
        lambda kind=kind, port=first_port + place: TappedBench(kind, port, directory)
        for place, kind in enumerate(kinds)
    ]


def conduct(kinds, crowd_kinds, directory):
    """All runs; crowds come one by one."""
    done = asyncio.run(run_all(tapped(kinds, directory, FIRST_SERVER_PORT), AT_ONCE))
    for place, crowd in enumerate(crowd_kinds):
        port = FIRST_SERVER_PORT + len(kinds) + place
        done += asyncio.run(run_all(tapped([crowd], directory, port), 1))
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--keep", metavar="DIR", help="keep the captures there")
    parser.add_argument("--only", metavar="WORDS", default="", help="runs whose name holds these")
    parser.add_argument("--crowd", type=int, default=100, help="connections per crowd; 0: none")
    parser.add_argument("--show", type=int, default=2, help="differing connections shown per run")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as passing:
            directory = arguments.keep or passing
            os.makedirs(directory, exist_ok=True)
            kinds = [kind for kind in KINDS if arguments.only in kind.name]
            crowd_kinds = crowds(arguments.crowd)[:-1] if arguments.crowd else []
            crowd_kinds = [kind for kind in crowd_kinds if arguments.only in kind.name]
            benches = conduct(kinds, crowd_kinds, directory)
            return 0 if judge(arguments.program, benches, arguments.show) else 1
    except (NoRights, PermissionError) as error:
        print(f"three_taps: {error}: this needs root", file=sys.stderr)
        return 77


if __name__ == "__main__":
    sys.exit(main())
