#!/usr/bin/python3
"""Compares tcpbye's flow records with facts that an independent reader noted about the same
captures.

Usage: compare_facts.py TCPBYE CAPTURES_DIR FACTS_JSON [--verbose]. FACTS_JSON maps each capture's
path below CAPTURES_DIR (or below a directory "public" in it) to its streams. Per stream five
questions are asked: how many packets each side sent, who sent the first FIN, each FIN's number,
whether an acknowledgement of each FIN was captured, and in which frame. Facts and records are
matched by their endpoints, never by role: the two may disagree who is the client.

Exit status: 0 at least 99 % of all answers agree, 1 fewer do, 2 usage.
"""

import argparse
import collections
import json
import os
import subprocess
import sys

ENOUGH = 0.99
TIMEOUT_S = 120
SIDES = ("client", "server")
QUESTIONS = ("packets", "first FIN", "FIN number", "FIN acknowledged", "acknowledged in frame")
NO_RECORD = "no record"
ONLY_RECORD = "the record alone knows of this FIN"


class Tally:
    """Answers that agree and that do not, by question."""

    def __init__(self):
        self.agree = collections.Counter()
        self.differ = collections.defaultdict(list)

    def ask(self, question, same, place, fact, record, reason):
        if same:
            self.agree[question] += 1
        else:
            self.differ[question].append((reason, place, fact, record))

    def share_of_records(self):
        """(agreeing, asked) of all questions about streams of which there is a record."""
        agree, asked = self.share()
        reasons = (reason for rows in self.differ.values() for reason, *_ in rows)
        return agree, asked - sum(reason.startswith(NO_RECORD) for reason in reasons)

    def share(self, question=None):
        """(agreeing, asked) of one question, or of all."""
        chosen = QUESTIONS if question is None else (question,)
        agree = sum(self.agree[one] for one in chosen)
        return agree, agree + sum(len(self.differ[one]) for one in chosen)


class Output:
    """What tcpbye said about one capture."""

    def __init__(self, status, records, said):
        self.status = status
        self.flows = [record for record in records if record["event_type"] == "flow"]
        self.decoder = next(
            (one["summary"]["decoder"] for one in records if one["event_type"] == "summary"), None
        )
        self.said = said

    def why_no_record(self):
        """Why a stream of the facts may have no record at all."""
        if self.status == 3:
            return "input ended early"
        if any("link types" in line for line in self.said):
            return f"{NO_RECORD}: a link type that is not looked into"
        if self.decoder["invalid"] or self.decoder["truncated"]:
            return f"{NO_RECORD}: headers invalid or cut"
        if self.decoder["not_tcp"]:
            return f"{NO_RECORD}: inside something that is not looked into"
        return NO_RECORD


def run(program, path):
    """tcpbye's output for one capture."""
    done = subprocess.run(
        [program, "-T", "ndjson", "--events", "flow,summary", path],
        capture_output=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return Output(done.returncode, lines, done.stderr.decode(errors="replace").splitlines())


def fact_ends(stream):
    return tuple((stream[side]["ip"], stream[side]["port"]) for side in SIDES)


def record_ends(record):
    return (record["src_ip"], record["src_port"]), (record["dest_ip"], record["dest_port"])


def by_tuple(items, ends):
    groups = collections.defaultdict(list)
    for item in items:
        groups[frozenset(ends(item))].append(item)
    return groups


def fact_packets(stream):
    return dict(zip(fact_ends(stream), (stream["packets_client"], stream["packets_server"])))


def record_packets(record):
    return dict(
        zip(record_ends(record), (record["flow"]["pkts_toserver"], record["flow"]["pkts_toclient"]))
    )


def likeness(stream, record):
    """How well a stream fits a record of the same tuple: common FIN numbers first, then the packet
    counts.
    """
    ends = dict(zip(SIDES, fact_ends(stream)))
    numbers = {(ends[fin["by"]], (fin["fin_end"] - 1) % 2**32) for fin in stream["fins"]}
    known = {(end, record[side]["fin_seq"]) for side, end in zip(SIDES, record_ends(record))}
    wanted, had = fact_packets(stream), record_packets(record)
    return len(numbers & known), -sum(
        abs(wanted.get(end, 0) - had.get(end, 0)) for end in set(wanted) | set(had)
    )


def pair(streams, records):
    """Pairs the streams and the records of one tuple, best fit first; what is left over is paired
    with None.
    """
    if len(streams) == 1 and len(records) == 1:
        return [(streams[0], records[0])]
    order = sorted(
        (
            (likeness(stream, record), -abs(i - k), -i, i, k)
            for i, stream in enumerate(streams)
            for k, record in enumerate(records)
        ),
        reverse=True,
    )
    pairs, used_streams, used_records = [], set(), set()
    for _, _, _, i, k in order:
        if i not in used_streams and k not in used_records:
            pairs.append((streams[i], records[k]))
            used_streams.add(i)
            used_records.add(k)
    pairs += [(stream, None) for i, stream in enumerate(streams) if i not in used_streams]
    return pairs


def fin_waves(record):
    """{endpoint: (its FIN's wave, the wave that acknowledges it)}."""
    waves = record["teardown"]["waves"]
    ends = dict(zip(SIDES, record_ends(record)))
    found = {}
    for fin, ack in ((0, 1), (2, 3)):
        if len(waves) == 4 and waves[fin]["side"] in ends:
            found[ends[waves[fin]["side"]]] = waves[fin], waves[ack]
    return found


def explain_split(own, found):
    """Where the facts and the records divide a tuple differently."""
    ends = record_ends(found[0])
    wanted = [sum(fact_packets(stream)[end] for stream in own) for end in ends]
    had = [sum(record_packets(record)[end] for record in found) for end in ends]
    because = ", ".join(sorted({record["flow"]["reason"] for record in found[:-1]}))
    sums = "the same packets in sum" if wanted == had else "and other packets in sum"
    return f"{len(own)} streams, {len(found)} records ({because}), {sums}"


def explain(stream, record, output, own, found):
    """The class of reasons into which a difference falls; `own` and `found` are the tuple's all."""
    if record is None:
        return output.why_no_record()
    quality = record["quality"]
    if len(own) != len(found):
        return explain_split(own, found)
    if quality["frame_duplicates"]:
        return "frame duplicates"
    if quality["truncated_headers"] or quality["fragments"]:
        return "cut or fragmented headers"
    if output.status == 3:
        return "input ended early"
    if any(wave["status"] == "bad" for wave in record["teardown"]["waves"]):
        return "a wave that its receiver must not accept"
    if any(fin["other_fin_ends"] for fin in stream["fins"]):
        return "several FIN numbers"
    if quality["capture_loss"]:
        return "capture loss"
    if quality["reordered_at_tap"]:
        return "reordered at the tap"
    if record.get("vlan") or record.get("tunnel"):
        return "VLAN or tunnel"
    return "unexplained"


def ask_packets(tally, stream, record, place, reason):
    wanted, had = fact_packets(stream), record_packets(record) if record else {}
    for end in sorted(wanted):
        tally.ask(
            "packets",
            wanted[end] == had.get(end),
            f"{place} from {end[0]}:{end[1]}",
            wanted[end],
            had.get(end),
            reason,
        )


def ask_first_fin(tally, stream, record, place, reason):
    """Wave 1 is first by acknowledgements, the facts' FIN first in the file: either is right."""
    wanted = dict(zip(SIDES, fact_ends(stream))).get(stream["first_fin_by"])
    waves = fin_waves(record) if record else {}
    captured = {end: fin["pcap_cnt"] for end, (fin, _) in waves.items() if fin.get("pcap_cnt")}
    right = {min(captured, key=captured.get)} if captured else set()
    right |= {end for end, (fin, _) in waves.items() if fin["wave"] == 1 and fin.get("pcap_cnt")}
    if wanted or right:
        tally.ask("first FIN", wanted in right, place, wanted, sorted(right), reason)


def ask_fin(tally, fin, end, record, place, reason):
    """The questions about one FIN that the facts know of."""
    side = dict(zip(record_ends(record), SIDES))[end] if record else None
    number = (fin["fin_end"] - 1) % 2**32
    known = record[side]["fin_seq"] if record else None
    tally.ask("FIN number", known == number, place, number, known, reason)
    ack = fin_waves(record).get(end, (None, None))[1] if record else None
    frame = ack.get("pcap_cnt") if ack else None
    answer = f"{ack['status']}, frame {frame}" if ack else None
    tally.ask(
        "FIN acknowledged",
        (fin["acked_frame"] is not None) == (frame is not None),
        place,
        fin["acked_frame"],
        answer,
        reason,
    )
    if fin["acked_frame"] is not None and frame is not None:
        tally.ask(
            "acknowledged in frame",
            fin["acked_frame"] == frame,
            place,
            fin["acked_frame"],
            answer,
            reason,
        )


def ask_fins(tally, stream, record, place, reason):
    ends = dict(zip(SIDES, fact_ends(stream)))
    for fin in stream["fins"]:
        end = ends[fin["by"]]
        ask_fin(
            tally,
            fin,
            end,
            record,
            f"{place} FIN of {end[0]}:{end[1]} in frame {fin['frame']}",
            reason,
        )
    known = {ends[fin["by"]] for fin in stream["fins"]}
    for end, (fin, _) in (fin_waves(record) if record else {}).items():
        if end not in known and fin.get("pcap_cnt"):
            tally.ask(
                "FIN number",
                False,
                f"{place} FIN of {end[0]}:{end[1]}",
                None,
                fin["pcap_cnt"],
                ONLY_RECORD,
            )


def compare_file(tally, name, streams, output):
    groups = by_tuple(output.flows, record_ends)
    for ends, own in by_tuple(streams, fact_ends).items():
        found = groups.get(ends, [])
        for stream, record in pair(own, found):
            names = " ".join(f"{ip}:{port}" for ip, port in fact_ends(stream))
            place = f"{name}: {names}:"
            reason = explain(stream, record, output, own, found)
            ask_packets(tally, stream, record, place, reason)
            ask_first_fin(tally, stream, record, place, reason)
            ask_fins(tally, stream, record, place, reason)


def locate(directory, name):
    """The capture's path; the facts' names may be those below a directory "public"."""
    path = os.path.join(directory, name)
    return path if os.path.exists(path) else os.path.join(directory, "public", name)


def percentage(agree, asked):
    return f"{100 * agree / asked:6.2f} % ({agree} of {asked})" if asked else "not asked"


def report(tally, unread, verbose):
    for question in QUESTIONS:
        print(f"{question:24} {percentage(*tally.share(question))}")
    print(f"{'overall':24} {percentage(*tally.share())}")
    print(f"{'where there is a record':24} {percentage(*tally.share_of_records())}")
    for question in QUESTIONS:
        classes = collections.defaultdict(list)
        for reason, place, fact, record in tally.differ[question]:
            classes[reason].append(f"    {place} facts {fact}, tcpbye {record}")
        for reason, lines in sorted(classes.items()):
            print(f"\n{question}, {reason}: {len(lines)}")
            print(
                "\n".join(
                    lines
                    if verbose or len(lines) <= 20
                    else [*lines[:20], f"    ({len(lines) - 20} more)"]
                )
            )
    if unread:
        print("\nnot read by tcpbye:")
        for name, message in unread:
            print(f"    {name}: {message}")


def main():
    parser = argparse.ArgumentParser(
        description="Compares tcpbye's flow records with independently read facts."
    )
    parser.add_argument("tcpbye")
    parser.add_argument("directory", metavar="captures_dir")
    parser.add_argument("facts", metavar="facts_json")
    parser.add_argument(
        "--verbose", action="store_true", help="print every difference, not 20 of each class"
    )
    arguments = parser.parse_args()
    with open(arguments.facts, encoding="utf-8") as file:
        facts = json.load(file)
    tally, unread = Tally(), []
    for name, streams in sorted(facts.items()):
        output = run(arguments.tcpbye, locate(arguments.directory, name))
        if output.status in (0, 3):
            compare_file(tally, name, streams, output)
        else:
            unread.append((name, f"exit status {output.status}: {' '.join(output.said[-1:])}"))
    report(tally, unread, arguments.verbose)
    agree, asked = tally.share()
    return 0 if asked and agree >= ENOUGH * asked else 1


if __name__ == "__main__":
    sys.exit(main())
