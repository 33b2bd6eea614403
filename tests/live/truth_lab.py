#!/usr/bin/python3
"""The truth lab: real TCP stacks, a network that mistreats chosen segments, and tcpbye's word held
against the kernels'.

Usage: truth_lab.py TCPBYE [--keep DIR | --again DIR] [--only WORDS] [--crowd N] [--show N]. Exit
status: 0 as right as asked for, 1 less, 2 usage, 77 without the rights to make namespaces, TAP
interfaces and tracing. --again judges what --keep has kept, and needs no rights.
"""

import argparse
import asyncio
import collections
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

from bench import Bench
from kernel import mount_tracefs
from lab import NoRights
from naive import naive_records
from runs import NOTHING, RESET, SOMETHING, Run, load, save
from truth import Watch
from truth_crowd import crowds
from truth_kinds import KINDS
from verdicts import QUESTIONS, cases, records_of

FIRST_SERVER_PORT = 10000
AT_ONCE = 6
FLOORS = {
    NOTHING: {"paths": 0.999, "holder": 0.999, "closer": 1},
    SOMETHING: {"paths": 0.99, "holder": 0.999, "closer": 1},
    RESET: {},
}


async def run_all(benches, at_once):
    """Runs the benches, some at a time; each is made when its turn comes."""
    turn = asyncio.Semaphore(at_once)

    async def run(make):
        async with turn:
            bench = make()
            await bench.run()
            return bench

    return await asyncio.gather(*(run(make) for make in benches))


def makers(kinds, directory, first_port):
    return [
        lambda kind=kind, port=first_port + place: Bench(kind, port, directory)
        for place, kind in enumerate(kinds)
    ]


def conduct(kinds, crowd_kinds, directory):
    """All runs, as what remains of them; crowds come one by one."""
    done = []
    with Watch() as watch:
        groups = [(kinds, AT_ONCE), *(([crowd], 1) for crowd in crowd_kinds)]
        port = FIRST_SERVER_PORT
        for group, at_once in groups:
            benches = asyncio.run(run_all(makers(group, directory, port), at_once))
            port += len(group)
            lives = watch.read()
            done += [Run.of(bench, lives) for bench in benches]
    return done


def frames(path, ports):
    """The connection's segments as tcpdump shows them, a few lines."""
    if shutil.which("tcpdump") is None:
        return []
    shown = subprocess.run(
        ["tcpdump", "-n", "-ttt", "-#", "-r", path, f"tcp port {ports[0]} and tcp port {ports[1]}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.splitlines()[-24:]


def show(run, case):
    """One connection that was told wrongly."""
    print(f"\n{run.name}: client port {case.ports[0]}: {run.path}")
    for question in case.wrong():
        expected, actual = case.answers[question]
        print(f"  {question}: kernel {_words(expected)}; tcpbye {_words(actual)}")
    for line in frames(run.path, case.ports):
        print(f"    {line}")


def differences(case):
    """The wrong answers in words, a path without what both agree on at its beginning."""
    for question in case.wrong():
        expected, actual = case.answers[question]
        if question.endswith("path"):
            agreed = len(os.path.commonprefix([expected, actual]))
            keep = max(0, agreed - 1)
            question, expected, actual = "path", expected[keep:], actual[keep:]
        yield f"{question}: kernel {_words(expected)}; tcpbye {_words(actual)}"


def _words(answer):
    return " ".join(answer) or "-" if isinstance(answer, list) else str(answer)


class Score:
    """Right answers of all, for each question."""

    def __init__(self):
        self.counts = {question: [0, 0] for question in QUESTIONS}
        self.cases = 0
        self.errors_s = {}

    def add(self, case):
        self.cases += 1
        for question, (expected, actual) in case.answers.items():
            count = self.counts.setdefault(question, [0, 0])
            count[0] += expected == actual
            count[1] += 1
        for state, error in case.errors_s:
            self.errors_s.setdefault(state, []).append(error)

    def row(self, name):
        cells = [f"{self.counts[q][0]}/{self.counts[q][1]}" for q in QUESTIONS]
        return f"{name:38} {self.cases:6} " + " ".join(f"{cell:>12}" for cell in cells)

    def below(self, floors):
        """The questions that fewer of the cases than asked for answer rightly."""
        paths = [sum(pair) for pair in zip(self.counts["client path"], self.counts["server path"])]
        asked = {"paths": paths, "holder": self.counts["holder"], "closer": self.counts["closer"]}
        return [
            f"{name} {right}/{all_}, below {floors[name]:.1%}"
            for name, (right, all_) in asked.items()
            if name in floors and all_ and right < floors[name] * all_
        ]


def print_times(errors_s):
    print("\nTime of a transition at the tap against the kernel's, ms: median, p99, count")
    for state, errors in sorted(errors_s.items()):
        errors.sort()
        middle, high = (errors[len(errors) * part // 100] for part in (50, 99))
        print(f"  {state:14} {middle * 1000:9.3f} {high * 1000:9.3f} {len(errors):7}")


def print_sums(totals, yardstick):
    for vanished in FLOORS:
        print(totals[vanished].row(f"{vanished} vanished behind the tap"))
        print(yardstick[vanished].row("  the naive observer there"))


def miss(run, case):
    """A wrong case in two lines: what is wrong, and what befell the connection's segments."""
    befell = [
        f"{count} times {word}" if count > 1 else word
        for word, count in case.talk.mistreated.items()
    ]
    return (
        f"{run.name}, client port {case.ports[0]}: {'; '.join(differences(case))}\n"
        f"    {', '.join(befell) or 'NOTHING BEFELL IT'}"
    )


def print_misses(misses):
    print("\nEvery miss, and what befell the connection's segments")
    print(*misses or ["none"], sep="\n")


def all_floors_reached(totals):
    below = [
        f"{vanished} vanished behind the tap: {line}"
        for vanished, score in totals.items()
        for line in score.below(FLOORS[vanished])
    ]
    print(*below, sep="\n")
    return not below


def judge(program, done, most_shown):
    """Prints the wrong ones, the table and the times; true if all floors are reached."""
    totals = {vanished: Score() for vanished in FLOORS}
    yardstick = {vanished: Score() for vanished in FLOORS}
    rows = []
    misses = []
    classes = collections.Counter()
    for run in done:
        score = Score()
        shown = 0
        for case in cases(run, records_of(program, run.path)):
            score.add(case)
            totals[case.talk.vanished()].add(case)
            classes.update(differences(case))
            if case.wrong():
                misses.append(miss(run, case))
            if case.wrong() and shown < most_shown:
                shown += 1
                show(run, case)
        for case in cases(run, naive_records(run.path, run.port)):
            yardstick[case.talk.vanished()].add(case)
        rows.append(score.row(run.name))
        rows += [f"  ({len(run.mishaps)} cut short: {run.mishaps[0]})"] if run.mishaps else []
    print(f"\n{'run':38} {'cases':>6} " + " ".join(f"{word:>12}" for word in QUESTIONS))
    print(*rows, sep="\n")
    print_sums(totals, yardstick)
    print_misses(misses)
    print("\nDifferences by class")
    for difference, count in classes.most_common():
        print(f"{count:6}  {difference}")
    errors_s = {}
    for score in totals.values():
        for state, errors in score.errors_s.items():
            errors_s.setdefault(state, []).extend(errors)
    print_times(errors_s)
    return all_floors_reached(totals)


def perform(arguments):
    """The chosen kinds and crowds, run now; with --keep, kept."""
    mount_tracefs()
    with contextlib.ExitStack() as passing:
        directory = arguments.keep or passing.enter_context(tempfile.TemporaryDirectory())
        os.makedirs(directory, exist_ok=True)
        kinds = [kind for kind in KINDS if arguments.only in kind.name]
        crowd_kinds = crowds(arguments.crowd) if arguments.crowd else []
        crowd_kinds = [kind for kind in crowd_kinds if arguments.only in kind.name]
        done = conduct(kinds, crowd_kinds, directory)
        if arguments.keep:
            save(done, directory)
        return judge(arguments.program, done, arguments.show)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--keep", metavar="DIR", help="keep captures and truth there")
    where.add_argument("--again", metavar="DIR", help="judge what was kept there")
    parser.add_argument("--only", metavar="WORDS", default="", help="runs whose name holds these")
    parser.add_argument("--crowd", type=int, default=200, help="connections per crowd; 0: none")
    parser.add_argument("--show", type=int, default=6, help="wrong connections shown per run")
    arguments = parser.parse_args()
    if arguments.again:
        done = [run for run in load(arguments.again) if arguments.only in run.name]
        return 0 if judge(arguments.program, done, arguments.show) else 1
    try:
        return 0 if perform(arguments) else 1
    except (NoRights, PermissionError) as error:
        print(f"truth_lab: {error}: this needs root and tracefs", file=sys.stderr)
        return 77


if __name__ == "__main__":
    sys.exit(main())
