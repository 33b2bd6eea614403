#!/usr/bin/python3
"""Compares tcpbye's flow records with the truth that stands beside each capture
(<name>.expect.json).

Usage: check_captures.py TCPBYE DIR [--skip-if-empty]. Exit status: 0 all agree, 1 a difference, 2
nothing to compare (77 with --skip-if-empty, which CTest reports as skipped: the captures could not
be made).
"""

import glob
import json
import os
import subprocess
import sys


def differences(expected, actual, where):
    """What in `actual` is not as expected: an object's keys may be a part, a list's elements some
    of them.
    """
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return [f"{where}: {json.dumps(actual)} instead of an object"]
        found = []
        for key, value in expected.items():
            if key not in actual:
                found.append(f"{where}.{key}: missing")
            else:
                found += differences(value, actual[key], f"{where}.{key}")
        return found
    if isinstance(expected, list):
        return _list_differences(expected, actual, where)
    if expected != actual:
        return [f"{where}: {json.dumps(actual)} instead of {json.dumps(expected)}"]
    return []


def _list_differences(expected, actual, where):
    if not isinstance(actual, list):
        return [f"{where}: {json.dumps(actual)} instead of a list"]
    if not expected and actual:
        return [f"{where}: {json.dumps(actual)} instead of an empty list"]
    return [
        f"{where}: no element is {json.dumps(wanted)} in {_brief(actual)}"
        for wanted in expected
        if not any(differences(wanted, element, where) == [] for element in actual)
    ]


def _brief(elements):
    return json.dumps(
        [
            element.get("event", element) if isinstance(element, dict) else element
            for element in elements
        ]
    )


def flows_of(program, capture):
    run = subprocess.run(
        [program, "--json", "--events", "flow", capture],
        capture_output=True,
        check=False,
        timeout=60,
    )
    if run.returncode != 0:
        raise RuntimeError(
            f"exit status {run.returncode}: {run.stderr.decode(errors='replace').strip()}"
        )
    return [json.loads(line) for line in run.stdout.splitlines()]


def _identity(flow):
    return flow["src_ip"], flow["src_port"], flow["dest_ip"], flow["dest_port"]


def _states(path):
    """The states that were not taken back; a state that a refuted step led out of goes on."""
    steps = [step["state"] for step in path if not step.get("refuted")]
    states = [state for state, before in zip(steps, [None, *steps]) if state != before]
    return [state for state in states if state != "listen"]


def path_differences(paths, record, where):
    """Where the record's states are not those that the kernel went through, in their order."""
    return [
        f"{where}.{side}.path: {' '.join(actual)} instead of {' '.join(expected)}"
        for side, expected in paths.items()
        if (actual := _states(record[side]["path"])) != expected
    ]


def check(program, expectation):
    """The differences of one capture; records of one tuple are compared in their order."""
    capture = next(path for path in glob.glob(expectation.removesuffix(".expect.json") + ".pcap*"))
    with open(expectation, encoding="utf-8") as file:
        truth = json.load(file)
    expected = truth["flows"]
    try:
        actual = flows_of(program, capture)
    except RuntimeError as error:
        return [str(error)]
    found = []
    if len(expected) != len(actual):
        found.append(f"{len(actual)} flow records instead of {len(expected)}")
    left = list(actual)
    for flow, paths in zip(expected, truth["paths"], strict=True):
        match = next((record for record in left if _identity(record) == _identity(flow)), None)
        if match is None:
            found.append(f"no record of {_identity(flow)}")
            continue
        left.remove(match)
        where = f"{flow['src_port']}>{flow['dest_port']}"
        found += differences(flow, match, where) + path_differences(paths, match, where)
    return found


def main():
    arguments = [word for word in sys.argv[1:] if word != "--skip-if-empty"]
    if len(arguments) != 2:
        print("usage: check_captures.py TCPBYE DIR [--skip-if-empty]", file=sys.stderr)
        return 2
    program, directory = arguments
    expectations = sorted(glob.glob(os.path.join(directory, "*.expect.json")))
    if not expectations:
        print(f"check_captures: {directory}: holds no *.expect.json", file=sys.stderr)
        return 77 if "--skip-if-empty" in sys.argv else 2
    failed = 0
    for expectation in expectations:
        found = check(program, expectation)
        failed += bool(found)
        for line in found:
            print(f"{os.path.basename(expectation).removesuffix('.expect.json')}: {line}")
    print(f"{len(expectations) - failed} of {len(expectations)} captures agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
