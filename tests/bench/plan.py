"""Which captures are made, what runs over them, and what must come out."""

import shutil
import subprocess

SIZES = {
    "tiny": [("short", 1200), ("bulk", 2000), ("full", 500), ("synflood", 1200), ("live", 1000),
             ("live", 1200), ("collide", 1200), ("random", 1200), ("siege", 1200)],
    "small": [("short", 50000), ("bulk", 1000000), ("full", 150000), ("synflood", 200000),
              ("live", 20000), ("live", 100000), ("collide", 200000), ("random", 200000),
              ("siege", 200000)],
    "whole": [("short", 1000000), ("bulk", 10000000), ("full", 1500000), ("synflood", 5000000),
              ("live", 20000), ("live", 100000), ("live", 1000000), ("live", 10000000),
              ("collide", 1000000), ("random", 1000000), ("synflood", 1000000), ("siege", 50000000)],
}

PEERS = {
    "tshark -z conv,tcp": ["tshark", "-q", "-n", "-z", "conv,tcp", "-r", "{file}"],
    "tshark -T fields, tcp.analysis": [
        "tshark", "-n", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.analysis.flags",
        "-r", "{file}"],
    "tcptrace -n": ["tcptrace", "-n", "{file}"],
    "argus": ["argus", "-r", "{file}", "-w", "/dev/null"],
    "nfpcapd": ["nfpcapd", "-r", "{file}", "-w", "{directory}"],
    "softflowd": ["softflowd", "-d", "-n", "127.0.0.1:9", "-r", "{file}"],
}
AGAINST_PEERS = ("short", "bulk", "full", "synflood")

SUMMARY = "tcpbye --events summary"
RECORDS = "tcpbye --events flow,summary"
LIMITS = {
    "siege": ["--memcap", "256M"],
    "live": ["--max-flows", "64000000", "--memcap", "16G"],
}


def captures(size, words):
    return [(kind, count) for kind, count in SIZES[size]
            if not words or any(word in kind for word in words)]


def _knows_threads(bench):
    page = subprocess.run([bench.tcpbye, "--help"], check=True, capture_output=True, text=True)
    return "-J," in page.stdout


def _tcpbye(bench, kind, threads):
    limits = LIMITS.get(kind, [])
    by_threads = [(f" -J{number}" if number > 1 else "", number) for number in threads]
    for ending, number in by_threads:
        words = ["-J", str(number)] if _knows_threads(bench) else []
        if not words and number > 1:
            continue
        for name, events in ((SUMMARY, "summary"), (RECORDS, "flow,summary")):
            yield name + ending, [bench.tcpbye, "--json", "--events", events, *limits, *words,
                                  "{file}"]


def commands(bench, kind, threads, peers):
    """By name, the libpcap loop among them, since all is told in multiples of it."""
    loop = bench.tool("bench_loop")
    found = {"read(2)": [loop, "read", "{file}"], "block walk": [loop, "walk", "{file}"],
             "libpcap loop": [loop, "libpcap", "{file}"]}
    found.update(_tcpbye(bench, kind, threads))
    if peers and kind in AGAINST_PEERS:
        found.update((name, words) for name, words in PEERS.items() if shutil.which(words[0]))
    return found


def _find(result, kind, most=False):
    """The capture of a kind, of several the smallest or the largest."""
    found = [(int(name.split()[1]), capture) for name, capture in result["captures"].items()
             if name.split()[0] == kind]
    if not found:
        return None
    return (max if most else min)(found, key=lambda pair: pair[0])[1]


def bytes_per_connection(result, capture):
    """Of what the process held at its peak, and of what the core counts, for each connection that
    was open or waiting when the input ended."""
    active = capture["summary"]["active"]
    if active < 1000 or SUMMARY not in capture["commands"]:
        return None
    peak = capture["commands"][SUMMARY]["peak_kib"] - result["empty_kib"]
    return {"resident": max(peak, 0) * 1024 / active,
            "counted": capture["summary"]["memory_bytes"] / active}


def _ratio(kind, name, most, of="ratio"):
    return (f"{kind}, {name}: {'wall' if of == 'wall_ratio' else 'CPU'} in libpcap loops", most,
            lambda result: _find(result, kind)["commands"][name][of])


def _peak(kind, most):
    return (f"{kind}: MiB", most,
            lambda result: _find(result, kind)["commands"][RECORDS]["peak_kib"] / 1024)


def _bytes(kind, most):
    """By the core's count: what is resident holds the summary's tables, too, which belong to
    clients and servers."""
    return (f"{kind}: bytes a connection", most,
            lambda result: bytes_per_connection(result, _find(result, kind))["counted"])


def _growth(result):
    least, most = _find(result, "live"), _find(result, "live", most=True)
    return (most["commands"][SUMMARY]["ns_per_packet"]
            / least["commands"][SUMMARY]["ns_per_packet"])


def _collisions(result):
    return (_find(result, "collide")["commands"][SUMMARY]["ns_per_packet"]
            / _find(result, "random")["commands"][SUMMARY]["ns_per_packet"])


def _survivors(result):
    return 1000 - _find(result, "siege")["summary"]["teardown"]


BOUNDS = [
    _ratio("bulk", RECORDS, 0.8),
    _peak("bulk", 16),
    _ratio("full", RECORDS, 0.6),
    _peak("full", 16),
    _ratio("short", SUMMARY, 2.0),
    _bytes("short", 256),
    _ratio("short", RECORDS, 4.0),
    _ratio("short", RECORDS + " -J2", 3.0, of="wall_ratio"),
    _ratio("synflood", SUMMARY, 6.0),
    _bytes("synflood", 160),
    ("live: ns a packet, most connections to fewest", 2.0, _growth),
    ("collide: ns a packet, to random", 1.1, _collisions),
    ("siege: connections pushed out by SYNs", 0, _survivors),
]


def judge(result):
    """Each bound with what was measured; those whose capture or command was not run are left out."""
    judged = []
    for name, most, measured in BOUNDS:
        try:
            value = measured(result)
        except (KeyError, TypeError):
            continue
        judged.append({"bound": name, "most": most, "measured": value, "met": value <= most})
    return judged
