#!/usr/bin/python3
"""One connection in every wrapping and every file format gives the same verdict.

Usage: same_verdict.py TCPBYE. The wrappings differ in the client's port alone, so that one run
reads them all, each from a file of its own; and once more all of them from one pcapng with many
interfaces in two sections. Checksums are verified, so that what was unwrapped wrongly is missing.

Exit status: 0 all verdicts are the same, 1 some are not, 77 a compressor is not installed.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import formats
import wrappings

FIRST_PORT, STEP_MS, FRAGMENT = 40000, 10, "fragments"
# What a wrapping may change: where the packets are from, and how long the frames are.
ENVELOPE = (
    "flow_id",
    "community_id",
    "pcap_filename",
    "vlan",
    "tunnel",
    "src_ip",
    "dest_ip",
    "src_port",
    "ip_v",
)
FRAME_BYTES = ("bytes_toserver", "bytes_toclient")


def timed_frames(name, port):
    """The link type, and (milliseconds, frame) of all frames."""
    linktype, segments = wrappings.frames_of(name, port)
    return linktype, [
        (number * STEP_MS, frame) for number, frames in enumerate(segments) for frame in frames
    ]


def ports():
    return {name: FIRST_PORT + number for number, name in enumerate(wrappings.WRAPPINGS)}


def without_frame_numbers(value):
    if isinstance(value, dict):
        return {
            key: without_frame_numbers(part)
            for key, part in value.items()
            if key not in ("pcap_cnt", "first_pcap_cnt")
        }
    if isinstance(value, list):
        return [without_frame_numbers(part) for part in value]
    return value


def verdict(record, name):
    """The record without what the wrapping may change."""
    kept = {key: value for key, value in record.items() if key not in ENVELOPE}
    kept["flow"] = {k: v for k, v in record["flow"].items() if k not in FRAME_BYTES}
    if name == FRAGMENT:
        kept["quality"] = dict(record["quality"], fragments=0)
    return without_frame_numbers(kept)


def run(program, arguments, stdin=None):
    done = subprocess.run(
        [program, "-T", "ndjson", "--events", "flow", "-k", "all", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
    )
    said = done.stderr.decode(errors="replace").strip()
    records = [json.loads(line) for line in done.stdout.splitlines()]
    fault = [f"exit status {done.returncode}: {said}"] if done.returncode or said else []
    return {record["src_port"]: record for record in records}, fault


def faults_of(name, record, expected):
    if record is None:
        return ["no record"]
    vlans, tunnel = wrappings.WRAPPINGS[name][2:]
    told = (record.get("vlan"), record.get("tunnel", {}).get("type"))
    faults = [] if told == (vlans, tunnel) else [f"tells VLANs and tunnel {told}"]
    own = verdict(record, name)
    for key in sorted(set(own) | set(expected)):
        if own.get(key) != expected.get(key):
            faults.append(f"{key}: {own.get(key)} is not {expected.get(key)}")
    return faults


def compare(title, names, found, expected):
    """Prints the faults, and gives how many there are."""
    faults = 0
    for name in names:
        for fault in faults_of(name, found.get(ports()[name]), expected):
            print(f"{title}, {name}: {fault}")
            faults += 1
    return faults


def check_format(program, directory, title, make, expected):
    names = []
    for name, port in ports().items():
        data = make(*timed_frames(name, port))
        if data is not None:
            (directory / f"{title}.{name}").write_bytes(data)
            names.append(name)
    found, faults = run(program, [str(directory / f"{title}.{name}") for name in names])
    print(f"{title}: {len(names)} wrappings", *faults)
    return len(faults) + compare(title, names, found, expected)


def many_interfaces():
    """All wrappings in one pcapng: two sections of different byte orders, an interface for each."""
    out = b""
    for order, half in (("<", 0), (">", 1)):
        names = list(wrappings.WRAPPINGS)[half::2]
        timed = [timed_frames(name, ports()[name]) for name in names]
        out += formats.section(order)
        for number, (linktype, _) in enumerate(timed):
            out += formats.interface(order, linktype, snaplen=number * 1000)
        merged = sorted(
            (ms, number, at, frame)
            for number, (_, frames) in enumerate(timed)
            for at, (ms, frame) in enumerate(frames)
        )
        for ms, number, _, frame in merged:
            out += formats.packet_block(order, ms, frame, number)
    return out



def expected_verdict(program, directory):
    path = directory / "plain"
    path.write_bytes(formats.FORMATS["pcap_little"](*timed_frames("ethernet", FIRST_PORT)))
    found, faults = run(program, [str(path)])
    if faults or list(found) != [FIRST_PORT]:
        sys.exit(f"the plain capture: {faults} {found}")
    record = found[FIRST_PORT]
    if record["teardown"]["type"] != "four_way" or record["teardown"]["closer"] != "client":
        sys.exit(f"the plain capture is judged as {record['teardown']}")
    return verdict(record, "ethernet")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not all(map(shutil.which, ("zstd", "lz4"))):
        print("zstd or lz4 not found")
        return 77
    program, faults = sys.argv[1], 0
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        expected = expected_verdict(program, directory)
        for title, make in formats.FORMATS.items():
            faults += check_format(program, directory, title, make, expected)
        found, wrong = run(program, ["-"], many_interfaces())
        print("one pcapng with every interface, from standard input", *wrong)
        faults += len(wrong) + compare("one pcapng", wrappings.WRAPPINGS, found, expected)
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
