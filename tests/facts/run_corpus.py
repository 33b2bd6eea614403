#!/usr/bin/python3
"""Runs tcpbye over every file below some directories, and checks what must hold for any input
whatever.

Usage: run_corpus.py TCPBYE DIR... [--schema]. No crash and no hang; exit status 0, 1 or 3, and a
message with all but 0; every line a JSON object (with --schema: valid against tcpbye --schema); a
summary last; and the counters add up.

Exit status: 0 all holds, 1 something does not, 2 usage.
"""

import argparse
import collections
import json
import os
import subprocess
import sys

TIMEOUT_S = 120
ALLOWED = (0, 1, 3)
EVENTS = "flow,anomaly,state,summary"


def files_below(directories):
    for directory in directories:
        for root, _, names in sorted(os.walk(directory)):
            for name in sorted(names):
                yield os.path.join(root, name)


def schema_validator(program):
    """A function that gives the faults of one record against the program's own schema."""
    import jsonschema

    text = subprocess.run(
        [program, "--schema"], capture_output=True, check=True, timeout=TIMEOUT_S
    ).stdout
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def faults(record):
        error = jsonschema.exceptions.best_match(validator.iter_errors(record))
        return [f"schema: {error.json_path}: {error.message[:200]}"] if error else []

    return faults


def parse(output):
    """The records of an output, and what is wrong with its lines."""
    records, faults = [], []
    if output and not output.endswith(b"\n"):
        faults.append("the last line has no end")
    for number, line in enumerate(output.splitlines(), 1):
        try:
            record = json.loads(line)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
            continue
        if not isinstance(record, dict):
            faults.append(f"line {number}: not an object")
            continue
        records.append(record)
    return records, faults


def decoder_faults(decoder):
    parts = ("tcp", "not_tcp", "fragments", "truncated", "invalid")
    total = sum(decoder[part] for part in parts)
    if decoder["pkts"] != total:
        return [f"decoder: {decoder['pkts']} packets, but the parts make {total}"]
    return []


def counter_faults(flows, summary):
    """What does not add up between the flow records and the summary."""
    faults = decoder_faults(summary["decoder"])
    packets = sum(flow["flow"]["pkts_toserver"] + flow["flow"]["pkts_toclient"] for flow in flows)
    ignored = summary["flow"]["ignored"]
    tcp = summary["decoder"]["tcp"]
    if packets + ignored != tcp:
        faults.append(f"flows: {packets} packets and {ignored} ignored, but {tcp} of TCP")
    by_type = sum(count for count in summary["teardown"].values() if isinstance(count, int))
    twins = sum("nat_twin_of" in flow for flow in flows)
    if not by_type + twins == summary["flow"]["total"] == len(flows):
        faults.append(
            f"flows: {len(flows)} records, {summary['flow']['total']} counted, {by_type} by type, "
            f"{twins} twins"
        )
    if twins != summary["flow"]["nat_twins"]:
        faults.append(f"flows: {twins} twins, {summary['flow']['nat_twins']} counted")
    if summary["decoder"]["pkts"] != sum(source["pkts"] for source in summary["sources"]):
        faults.append("sources: their packets are not the decoder's")
    return faults


def anomaly_faults(records, flows, summary):
    """Every anomaly stands once as it was decided and once in its flow, under the same id."""
    alone = collections.Counter(
        record["anomaly"]["event"] for record in records if record["event_type"] == "anomaly"
    )
    in_flows = collections.Counter(
        anomaly["event"] for flow in flows for anomaly in flow["anomalies"]
    )
    missing = in_flows - alone
    faults = [f"anomalies: {dict(missing)} stand in flows, but were never told"] if missing else []
    counted = sum(len(flow["anomalies"]) for flow in flows if "nat_twin_of" not in flow)
    if summary["anomaly"]["total"] < counted:
        faults.append(f"anomalies: {counted} in flows, {summary['anomaly']['total']} in all")
    return faults


def output_faults(records, status):
    """What is wrong with the records of one run as a whole."""
    if not records or records[-1]["event_type"] != "summary":
        return ["the last line is not a summary"] if status != 1 or records else []
    summary = records[-1]["summary"]
    if summary["exit_status"] != status:
        return [f"exit status {status}, but {summary['exit_status']} in the summary"]
    flows = [record for record in records if record["event_type"] == "flow"]
    if len({flow["flow_id"] for flow in flows}) != len(flows):
        return ["two flow records share a flow_id"]
    return counter_faults(flows, summary) + anomaly_faults(records, flows, summary)


def check(program, path, schema_faults):
    """One file: (exit status, the last message on stderr, faults)."""
    try:
        done = subprocess.run(
            [program, "-T", "ndjson", "--events", EVENTS, path],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return None, "", [f"no end within {TIMEOUT_S} s"]
    status = done.returncode
    said = done.stderr.decode(errors="replace").strip().splitlines()
    records, faults = parse(done.stdout)
    if status not in ALLOWED:
        faults.append(f"killed by signal {-status}" if status < 0 else f"exit status {status}")
    if status != 0 and not said:
        faults.append(f"exit status {status} without a message")
    faults += output_faults(records, status) if status in ALLOWED else []
    for record in records:
        faults += schema_faults(record)
    return status, said[-1] if said else "", faults


def report(statuses, messages, faults):
    print("exit status  files")
    for status, count in sorted(statuses.items(), key=str):
        print(f"{str(status):>11}  {count}")
    for title, lines in (("not read, or not to the end", messages), ("faults", faults)):
        if lines:
            print(f"\n{title}:")
            print("\n".join(f"    {line}" for line in lines))


def main():
    parser = argparse.ArgumentParser(
        description="Runs tcpbye over every file below some directories."
    )
    parser.add_argument("tcpbye")
    parser.add_argument("directory", nargs="+")
    parser.add_argument(
        "--schema", action="store_true", help="validate every record (needs python3-jsonschema)"
    )
    arguments = parser.parse_args()
    schema_faults = schema_validator(arguments.tcpbye) if arguments.schema else lambda record: []
    statuses, messages, faults = collections.Counter(), [], []
    for path in files_below(arguments.directory):
        status, message, found = check(arguments.tcpbye, path, schema_faults)
        statuses[status] += 1
        if status != 0:
            messages.append(f"{path}: {status}: {message}")
        faults += [f"{path}: {fault}" for fault in found[:10]]
    report(statuses, messages, faults)
    if not statuses:
        print("run_corpus: no file found", file=sys.stderr)
    return 1 if faults or not statuses else 0


if __name__ == "__main__":
    sys.exit(main())
