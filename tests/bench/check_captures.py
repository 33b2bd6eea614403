"""The captures that benchmarks read are what they are said to be.

usage: check_captures.py PROGRAMS

Each kind is made twice, and must be the same; tcpbye must find in it what README.md says, every
checksum right, and nothing lost or repeated. Then the whole command runs once over tiny captures.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

COUNT = 1000
LONG = 64


def expected(kind):
    """Connections, packets, and ends by kind, of COUNT."""
    return {
        "bulk": (LONG, COUNT + 7 * LONG, {"four_way": LONG}),
        "full": (LONG, COUNT + 7 * LONG, {"four_way": LONG}),
        "synflood": (COUNT, COUNT, {"connect_timeout": COUNT}),
        "collide": (COUNT, COUNT, {"connect_timeout": COUNT}),
        "random": (COUNT, COUNT, {"connect_timeout": COUNT}),
        "live": (COUNT, 7 * COUNT, {"none": COUNT}),
        "siege": (2 * COUNT, 8 * COUNT, {"connect_timeout": COUNT, "four_way": COUNT}),
    }[kind]


def check_ends(kind, summary):
    connections, packets, ends = expected(kind)
    found = {name: count for name, count in summary["teardown"].items()
             if isinstance(count, int) and count}
    yield "connections", summary["flow"]["total"], connections
    yield "packets", summary["decoder"]["pkts"], packets
    yield "ends", found, ends


def check_shares(summary):
    """Chance draws the ends of short connections: 84, 5, 1 and 10 of 100."""
    ends = summary["teardown"]
    yield "connections", summary["flow"]["total"], COUNT
    for name, percent in (("four_way", 84), ("three_segment", 5), ("simultaneous", 1),
                          ("rst_abort", 10)):
        share = 100 * ends[name] / COUNT
        yield f"share of {name}", abs(share - percent) <= 3, True


def check(tcpbye, kind, path):
    text = subprocess.run([tcpbye, "--json", "--events", "summary", "-k", "all", path], check=True,
                          capture_output=True, text=True).stdout
    summary = json.loads(text)["summary"]
    yield from check_shares(summary) if kind == "short" else check_ends(kind, summary)
    yield "wrong checksums", summary["decoder"]["bad_checksum"], 0
    yield "segments", summary["flow"]["segments"], summary["decoder"]["pkts"]
    wrong = {"simultaneous_close", "rst_unread_data", "rst_abort"}
    yield "anomalies", set(summary["anomaly"]["by_event"]) - wrong, set()


def main():
    programs = pathlib.Path(sys.argv[1])
    maker = programs / "tests" / "bench" / "make_bench"
    wrong = checks = 0
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "capture"
        for kind in ("short", "bulk", "full", "synflood", "collide", "random", "live",
                     "siege"):
            made = [subprocess.run([maker, kind, str(COUNT)], check=True, capture_output=True).stdout
                    for _ in range(2)]
            path.write_bytes(made[0])
            findings = [("made twice the same", made[0] == made[1], True),
                        *check(programs / "src" / "tcpbye", kind, path)]
            for what, found, right in findings:
                checks += 1
                if found != right:
                    wrong += 1
                    print(f"{kind}: {what}: {found}, not {right}")
        command = [sys.executable, "-B", pathlib.Path(__file__).parent / "bench.py", programs,
                   directory, "--size", "tiny", "--runs", "1", "--no-peers"]
        page = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for title in ("## bulk 2000: 2,448 packets", "## Bounds", "| tcpbye --events summary |"):
            checks += 1
            if title not in page:
                wrong += 1
                print(f"bench.py: no {title} in what it prints")
    print(f"{checks} checks, {wrong} wrong")
    return 1 if wrong or checks < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
