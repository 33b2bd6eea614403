#!/usr/bin/env python3
"""archived.py SOURCE_DIRECTORY

Every member of a structure that a run leaves for the next one is visited by the function that writes
and reads it, or stands here with the reason why not: a member that is added and forgotten there
would be lost between two runs.
"""

import re
import sys
from pathlib import Path

DERIVED = "worked out again from what is read"
CALLERS = "the caller's, or a setting"

# Structure: where it is defined, where it is visited, and which of its members are not.
STRUCTURES = {
    "tuple": ("core/tuple.h", "core/segment_archive.c", {}),
    "segment": ("core/segment.h", "core/segment_archive.c", {"likely": DERIVED}),
    "trace": ("core/flow.h", "core/flow_archive.c", {}),
    "fin_evidence": ("core/flow.h", "core/flow_archive.c", {}),
    "time_wait": ("core/flow.h", "core/flow_archive.c", {}),
    "unseen": ("core/flow.h", "core/flow_archive.c", {}),
    "frame_print": ("core/flow.h", "core/flow_archive.c", {"unused": "always 0"}),
    "endpoint": ("core/flow.h", "core/flow_archive.c", {}),
    "reset": ("core/flow.h", "core/flow_archive.c", {}),
    "step": ("core/flow.h", "core/flow_archive.c", {}),
    "flow": (
        "core/flow.h",
        "core/flow_archive.c core/analyzer_archive.c",
        {},
    ),
    "step_block": ("core/flow.h", "core/analyzer_archive.c", {}),
    "anomaly_entry": ("core/flow.h", "core/analyzer_archive.c", {}),
    "held": ("core/flow.h", "core/analyzer_archive.c", {}),
    "report_anomaly": ("core/report.h", "core/report_archive.c", {}),
    "report_evidence": ("core/report.h", "core/report_archive.c", {}),
    "report_birth": ("core/report.h", "core/report_archive.c", {}),
    "report_tunnel": ("core/report.h", "core/report_archive.c", {}),
    "report_envelope": ("core/report.h", "core/report_archive.c", {}),
    "flow_node": (
        "core/flow_table.h",
        "core/flow_table_archive.c",
        {"key": DERIVED, "older": DERIVED, "newer": DERIVED, "lone_syn": DERIVED,
         "diary": DERIVED, "sealed": DERIVED},
    ),
    "seat": ("core/flow_table.h", "core/flow_table_archive.c", {"idle": DERIVED}),
    "flow_table": (
        "core/flow_table.h",
        "core/flow_table_archive.c core/analyzer_archive.c",
        {
            "packed": DERIVED,
            "newest": DERIVED,
            "parts": CALLERS,
            "hash_key": CALLERS,
        },
    ),
    "ended": ("core/context.h", "core/analyzer_archive.c", {}),
    "sociable": ("core/context.h", "core/analyzer_archive.c", {}),
    "analyzer": (
        "core/context.h",
        "core/analyzer_archive.c",
        {
            "memory": CALLERS,
            "sink": CALLERS,
            "knowledge": CALLERS,
            "finishing": "nothing is written once a run is being finished",
            "finish_reason": "nothing is written once a run is being finished",
            "at_rest": "nothing is written once a run is being finished",
            "scratch": "scratch",
            "latest": DERIVED,
            "long_way": CALLERS,
        },
    ),
    "timeline": ("core/timeline.h", "core/timeline_archive.c", {"output": CALLERS}),
    "datagram_key": ("decode/reassembly.h", "decode/reassembly_archive.c", {}),
    "datagram": ("decode/reassembly.h", "decode/reassembly_archive.c", {}),
    "reassembly": ("decode/reassembly.h", "decode/reassembly_archive.c", {}),
    "decode_counters": ("decode/decode.h", "run/checkpoint.c", {}),
    "series": ("sink/series.h", "sink/series.c", {}),
    "histogram": ("sink/histogram.h", "sink/histogram.c", {}),
    "holding": ("sink/service_use.h", "sink/service_use.c", {}),
    "occupancy": (
        "sink/occupancy.h",
        "sink/occupancy.c",
        {"time_wait_ns": CALLERS, "port_capacity": CALLERS, "places": DERIVED},
    ),
    "entry": ("sink/occupancy.c", "sink/occupancy.c", {}),
    "service_use": ("sink/service_use.h", "sink/service_use.c", {"number": DERIVED}),
    "use_note": ("sink/service_use.h", "sink/occupancy.c", {}),
    "port_rates": ("sink/port_rates.h", "sink/port_rates.c", {}),
    "tally_forecast": ("sink/tally.h", "sink/service_use.c", {}),
    "tally_host": (
        "sink/tally.h",
        "sink/hosts.c",
        {"profile_count": DERIVED, "profile": DERIVED},
    ),
    "tally_service": ("sink/tally.h", "sink/services.c", {}),
    "service_entry": ("sink/services.c", "sink/services.c", {}),
    "hosts": ("sink/hosts.h", "sink/hosts.c", {"last": DERIVED}),
    "services": ("sink/services.h", "sink/services.c", {"last": DERIVED}),
    "twin": ("sink/twins.c", "sink/twins.c", {}),
    "finding": (
        "sink/findings.h",
        "sink/findings.c",
        {"place_count": DERIVED, "place": DERIVED},
    ),
    "finding_slow": ("sink/findings.h", "sink/findings.c", {}),
    "findings": ("sink/findings.c", "sink/findings.c", {}),
    "alarms": (
        "sink/alarms.h",
        "sink/alarms.c",
        {
            "tell": CALLERS,
            "context": CALLERS,
            "counts": CALLERS,
            "worst": "this run's own",
        },
    ),
    "tally_view": (
        "sink/tally.h",
        "sink/tally.c",
        dict.fromkeys(
            "time_waits_peak time_waits_peak_at_ns time_waits_timeline port_capacity"
            " occupancy_count occupancy_left_out host_count host hosts_left_out"
            " service_count service services_left_out alarm_count alarm".split(),
            DERIVED,
        ),
    ),
    "tally": ("sink/tally.c", "sink/tally.c", {"worst": "this run's own"}),
}


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def members(text, name):
    """The names that a structure declares, those of anonymous structures in it too."""
    found = re.search(rf"\bstruct {name} {{\n(.*?)\n}}", text, flags=re.S)
    if not found:
        raise SystemExit(f"struct {name}: not found")
    names = []
    for declaration in found.group(1).split(";"):
        declaration = declaration.split("{")[-1].strip()
        if not declaration or declaration.startswith("}"):
            declaration = declaration.lstrip("}").strip()
        declaration = re.sub(r"\(\*(\w+)\)\(.*\)", r"\1", declaration, flags=re.S)
        declaration = re.sub(r"\[[^\]]*\]|:\s*\d+", "", declaration)
        for part in declaration.split(","):
            words = re.findall(r"\w+", part)
            if words:
                names.append(words[-1])
    return names


def main():
    source = Path(sys.argv[1])
    failures, count = 0, 0
    for name, (header, visitors, exempt) in STRUCTURES.items():
        declared = members(without_comments((source / header).read_text()), name)
        visited = ""
        for visitor in visitors.split():
            text = without_comments((source / visitor).read_text())
            if visitor.endswith("_archive.c"):
                visited += text
                continue
            for function in re.findall(r"^\w[^;{}]*?_archive\([^;{}]*\)\n{.*?^}", text, re.S | re.M):
                visited += function
        for member in declared:
            count += 1
            seen = re.search(rf"(->|\.){member}\b", visited)
            if bool(seen) == (member in exempt) and not (seen and exempt[member] == CALLERS):
                failures += 1
                what = "is visited after all" if seen else "is lost between two runs"
                print(f"struct {name}: {member} {what} ({visitors})")
        for member in set(exempt) - set(declared):
            failures += 1
            print(f"struct {name}: has no {member}")
    print(f"{count} members, {failures} failures")
    sys.exit(failures != 0)


main()
