"""Compares tcpbye's records with what the kernels did, endpoint by endpoint."""

import datetime
import json
import re
import subprocess

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
QUESTIONS = ("client path", "server path", "holder", "closer", "reset")
ACCEPTED_S = 0.002
UNTIMED = ("syn_received",)


class Case:
    """One connection: what the kernels say (`truth`), what tcpbye says, and the answers of both."""

    def __init__(self, ports, talk, truth, record):
        self.ports, self.talk, self.truth, self.record = ports, talk, truth, record
        self.answers = {}
        self.errors_s = []

    def ask(self, question, expected, actual):
        self.answers[question] = expected, actual

    def wrong(self):
        return [name for name, (expected, actual) in self.answers.items() if expected != actual]


def records_of(program, capture):
    """The flow records by client port, oldest first."""
    run = subprocess.run(
        [program, "--json", "--nano", "--events", "flow", capture],
        capture_output=True,
        check=False,
        timeout=120,
    )
    if run.returncode != 0:
        raise RuntimeError(f"{capture}: {program} ends with {run.returncode}: {run.stderr!r}")
    found = {}
    for record in map(json.loads, run.stdout.splitlines()):
        turned = record["src_ip"] != CLIENT
        ports = record["src_port"], record["dest_port"]
        found.setdefault(ports[::-1] if turned else ports, []).append(record)
    for records in found.values():
        records.sort(key=lambda record: record["flow"]["start"])
    return found


def seconds_of(timestamp):
    """A record's time, in seconds since 1970."""
    match = re.fullmatch(r"(.*)\.(\d+)Z", timestamp)
    whole = datetime.datetime.fromisoformat(match[1] + "+00:00").timestamp()
    return whole + float(f"0.{match[2]}")


def _told(record, side):
    """The record's steps that were not taken back: [(time, state)], each state once."""
    if record["src_ip"] != CLIENT:
        side = "server" if side == "client" else "client"
    steps = []
    for step in record[side]["path"]:
        if step.get("refuted") or step["state"] == "listen":
            continue
        if not steps or steps[-1][1] != step["state"]:
            steps.append((seconds_of(step["timestamp"]), step["state"]))
    return steps


def _side(record, word):
    """A side that the record names, as the laboratory names it."""
    if record["src_ip"] != CLIENT and word in ("client", "server"):
        return "server" if word == "client" else "client"
    return word


def cases(run, records):
    """One case for each incarnation of each tuple that the run made. Tuples whose RST never came to
    the tap are left out: such an end leaves no trace.
    """
    made = []
    for ports, talk in sorted(run.talks.items()):
        if talk.unseen_resets:
            continue
        client = run.lives.get((CLIENT, ports[0], SERVER, ports[1]), [])
        server = run.lives.get((SERVER, ports[1], CLIENT, ports[0]), [])
        count = max(len(client), len(server))
        told = records.get(ports, [])
        for number in range(max(count, len(told))):
            truth = {
                side: [step for step in paths[number] if step[0] <= run.ended]
                for side, paths in (("client", client), ("server", server))
                if number < len(paths)
            }
            record = told[number] if number < len(told) else None
            made.append(_judge(Case(ports, talk, truth, record)))
    return made


def _judge(case):
    begin = min((path[0][0] for path in case.truth.values() if path), default=0)
    for side, path in case.truth.items():
        told = _told(case.record, side) if case.record else []
        states = [state for _, state in path]
        case.ask(f"{side} path", states, [state for _, state in told])
        if states == [state for _, state in told]:
            case.errors_s += [
                (state, abs(at - seen))
                for (at, state), (seen, _) in zip(path, told)
                if state not in UNTIMED
            ]
    if case.record is None or not case.truth:
        case.ask("record", bool(case.truth), case.record is not None)
        return case
    _judge_close(case, begin)
    return case


def _judge_close(case, begin):
    record = case.record
    states = {side: {s: t for t, s in path} for side, path in case.truth.items()}
    case.ask(
        "holder",
        sorted(side for side, seen in states.items() if "time_wait" in seen),
        sorted(
            {
                _side(record, held["side"])
                for held in record["time_wait"]
                if held["ended_by"] != "absent"
            }
        ),
    )
    end = max((path[-1][0] for path in case.truth.values()), default=begin)
    resets = [(at, side) for at, side in case.talk.resets if begin <= at <= end + 1]
    first_closers = [side for side, seen in states.items() if "fin_wait_1" in seen]
    closer = {0: resets[0][1] if resets else None, 1: (first_closers or [None])[0], 2: "both"}[
        len(first_closers)
    ]
    case.ask("closer", closer, _side(record, record["teardown"]["closer"]))
    reset = record["teardown"]["reset"]
    by = _side(record, reset["by"]) if reset else None
    senders = {side for _, side in resets}
    case.ask("reset", True, by in senders if by else not _aborted(states, resets))


def _aborted(states, resets):
    """Whether a host left a state by its own RST, at once."""
    return any(
        abs(states[side]["closed"] - at) < ACCEPTED_S
        for at, side in resets
        if "closed" in states.get(side, {})
    )
