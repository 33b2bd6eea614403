#!/usr/bin/python3
"""Lets every single allocation of the program fail, one after the other, and then all from it on.

Usage: sweep.py STARVED_TCPBYE CAPTURES_DIR. Whatever fails, the program ends by itself, a sanitizer
finds nothing (a leak neither), and either the status and a message tell of it, or the output is
whole. Exit status: 0 so it is, 1 it is not, 77 a compressor is not installed.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TIMEOUT_S, ALLOCATIONS_MAX = 60, 20000
PLENTY = "starve: there was plenty"
SANITIZER = ("Sanitizer", "runtime error")


def starve(program, arguments, at, on):
    environment = dict(os.environ, TCPBYE_STARVE_AT=str(at))
    arguments = ["-J", "1", *arguments]  # several threads would ask in another order each time
    if on:
        environment["TCPBYE_STARVE_ON"] = "1"
    done = subprocess.run(
        [program, *arguments],
        capture_output=True,
        check=False,
        env=environment,
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def is_whole(output, arguments):
    """True where the output is what a run that lacked nothing gives: its last part is there."""
    text = output.decode(errors="replace")
    if "text" in arguments:
        return text.endswith("\n")
    if "json" in arguments:
        return bool(json.loads(text))
    return json.loads(text.splitlines()[-1])["event_type"] == "summary"


def fault(status, output, said, arguments):
    """What is wrong with a run that lacked memory; None: nothing."""
    if any(word in said for word in SANITIZER):
        return f"a sanitizer reports: {said[:2000]}"
    if status < 0 or status > 4:
        return f"ends with status {status}: {said[:500]}"
    if status != 0:
        return None if said.strip() else f"status {status} without a message"
    try:
        return None if is_whole(output, arguments) else "status 0, and the output is not whole"
    except (ValueError, IndexError, KeyError):
        return "status 0, and the output cannot be parsed"


def sweep(program, arguments, on, step):
    """Runs until an allocation is not asked for any more; gives the number of runs, and faults."""
    runs, faults = 0, []
    for at in range(1, ALLOCATIONS_MAX, step):
        status, output, said = starve(program, arguments, at, on)
        if PLENTY in said:
            if status != 0:
                faults.append(f"with plenty: status {status}: {said}")
            break
        runs += 1
        wrong = fault(status, output, said, arguments)
        if wrong:
            faults.append(f"{' '.join(arguments)}: allocation {at}: {wrong}")
    return runs, faults


def make_inputs(directory, captures):
    """A capture in every compression, and a directory of two."""
    plain = captures / "four_way.pcap"
    more = directory / "more"
    more.mkdir()
    shutil.copy(plain, more)
    shutil.copy(captures / "vlan_tagged.pcap", more)
    paths = [str(plain), str(more)]
    for program in ("gzip", "zstd", "lz4"):
        path = directory / program
        with path.open("wb") as file:
            subprocess.run([program, "-c", str(plain)], stdout=file, check=True)
        paths.append(str(path))
    return paths


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if not all(map(shutil.which, ("gzip", "zstd", "lz4"))):
        print("gzip, zstd or lz4 not found")
        return 77
    program, captures = sys.argv[1], pathlib.Path(sys.argv[2])
    total, faults = 0, []
    with tempfile.TemporaryDirectory() as name:
        paths = make_inputs(pathlib.Path(name), captures)
        every = "flow,anomaly,state,summary"
        web = str(captures / "web.pcap")
        state = f"{name}/state"
        starve(program, ["-T", "ndjson", "--state", state, *paths[:2]], ALLOCATIONS_MAX, False)
        for arguments, step in (
            (["-T", "ndjson", "--events", every, *paths], 1),
            (["-T", "text", "-f", "tcp port 80 or vlan", *paths[:2]], 1),
            (["-T", "json", "--strict-order", f"{name}/more/*.pcap"], 1),
            (["-T", "ndjson", web], 7),
            (["-T", "ndjson", "--state", state], 1),
        ):
            for on in (False, True):
                runs, wrong = sweep(program, arguments, on, step)
                print(f"{runs} runs of {' '.join(arguments)}", *wrong[:10], sep="\n")
                total += runs
                faults += wrong
    print(f"{total} runs, {len(faults)} faults")
    return 1 if faults or not total else 0


if __name__ == "__main__":
    sys.exit(main())
