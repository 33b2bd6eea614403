#!/usr/bin/env python3
"""watch_output.py TCPBYE [--kills N] [--stall SECONDS] [--hangups N]: what becomes of records when
their reader stalls or goes, the disk fills, the file is moved or removed, or the program is killed.

Nothing may be lost but what the reader did not take, no line may be half there, and the exit status
says when something is missing.
"""

import argparse
import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import wire

PORT = 8000
RATE = 400  # connections a second, of each client
EVENTS = ("--events", "flow,anomaly,state,stats,summary", "--time-wait", "200ms")


class Load:
    """Connections, one after the other in several processes, until it is stopped."""

    def __init__(self, clients=2):
        self.clients = [
            wire.start(
                [sys.executable, "-B", __file__, "--load", str(PORT)], stdout=subprocess.PIPE
            )
            for _ in range(clients)
        ]
        for client in self.clients:
            client.stdout.readline()

    def stop(self):
        """Returns how many connections there were."""
        for client in self.clients:
            client.send_signal(signal.SIGTERM)
        return sum(int(client.communicate(timeout=30)[0]) for client in self.clients)


def run_load(port):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    print("begun", flush=True)
    count = 0
    began = time.monotonic()
    while not stopped:
        wire.connect(port)
        count += 1
        time.sleep(max(0, began + count / RATE - time.monotonic()))
    print(count)


def whole(content):
    """The records in what was written; raises ValueError if a line is not one."""
    if content and not content.endswith(b"\n"):
        raise ValueError(f"half a line: ...{content[-60:]!r}")
    return [json.loads(line) for line in content.splitlines()]


def flows_in(records):
    return [one for one in records if one["event_type"] == "flow"]


def begin(program, *options, **more):
    process = wire.start(
        [program, "-i", "lo", "-v", "-Z", "root", "-T", "ndjson", *EVENTS, *options],
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **more,
    )  # fmt: skip
    while b": listening," not in process.stderr.readline():
        if process.poll() is not None:
            raise RuntimeError(f"does not begin: exit status {process.returncode}")
    return process


def end(process, number=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    return process.returncode, said.decode()


def check_stall(program, checks, stall_s):
    """The reader takes nothing for a while: records are dropped and counted, packets are not."""
    reading, writing = os.pipe()
    process = begin(program, "--stats-interval", "1s", stdout=writing)
    os.close(writing)
    load = Load()
    time.sleep(stall_s)
    connections = load.stop()
    time.sleep(1)
    content = []
    taker = threading.Thread(target=lambda: content.append(os.fdopen(reading, "rb").read()))
    taker.start()
    time.sleep(2)
    status, said = end(process)
    taker.join(60)
    records = whole(content[0])
    summary, stats = records[-1]["summary"], records[-2]["stats"]
    dropped = stats["output"]["dropped"]
    print(
        f"reader stalled for {stall_s} s: {connections} connections, {len(records)} records read, "
        f"{dropped} dropped, {summary['capture']['kernel_drops']} packets lost"
    )
    checks.equal(summary["capture"]["kernel_drops"], 0, "packets lost")
    checks.equal(summary["flow"]["total"], connections, "connections counted")
    checks.equal(len(records) + dropped, stats["output"]["records"] + 2, "records and dropped ones")
    checks.equal(status, 1 if dropped else 0, "exit status")
    checks.equal("is not read fast enough" in said, dropped > 0, f"drops told: {said}")


def check_hangups(program, checks, hangups):
    """The file is moved away and opened again under load: each record is in one of the files."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "records")
        process = begin(program, "-o", path)
        load = Load()
        for number in range(hangups):
            os.rename(path, f"{path}.{number}")
            process.send_signal(signal.SIGHUP)
            wire.wait_for(lambda: os.path.exists(path), "the file is not opened again")
            time.sleep(0.02)
        connections = load.stop()
        time.sleep(1)
        status, said = end(process)
        checks.equal(status, 0, f"exit status after SIGHUP: {said}")
        records = []
        for name in sorted(os.listdir(directory)):
            with open(os.path.join(directory, name), "rb") as file:
                records += whole(file.read())
    ports = {(one["src_port"], one["flow_id"]) for one in flows_in(records)}
    last = [one for one in records if one["event_type"] == "stats" and one["stats"]["final"]][0]
    summary = [one for one in records if one["event_type"] == "summary"][0]["summary"]
    checks.equal(summary["capture"]["kernel_drops"], 0, "packets lost")
    checks.equal(summary["flow"]["total"], connections, "connections counted")
    print(f"{hangups} SIGHUPs: {connections} connections, {len(ports)} flow records")
    checks.equal(len(flows_in(records)), connections, "flow records")
    checks.equal(len(ports), connections, "different flow records")
    checks.equal(len(records), last["stats"]["output"]["records"] + 2, "records made and found")


def check_full_disk(program, checks):
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", directory], check=True
        )
        path = os.path.join(directory, "records")
        process = begin(program, "-o", path)
        load = Load(1)
        process.wait(30)
        load.stop()
        status, said = end(process)
        with open(path, "rb") as file:
            records = whole(file.read())
        subprocess.run(["umount", directory], check=True)
    print(f"disk full: {len(records)} whole records, exit status {status}")
    checks.equal(status, 1, "exit status with a full disk")
    checks.that("No space left on device" in said, f"said: {said}")
    checks.that(len(records) > 10, "records before the disk was full")


def check_reader_gone(program, checks):
    reading, writing = os.pipe()
    process = begin(program, stdout=writing)
    os.close(writing)
    os.close(reading)
    load = Load(1)
    process.wait(30)
    load.stop()
    status, said = end(process)
    checks.that(status in (141, -signal.SIGPIPE), f"exit status {status} without a reader")
    checks.equal(said, "", "said without a reader")


def check_removed(program, checks):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "records")
        process = begin(program, "-o", path)
        wire.connect(PORT)
        wire.wait_for(lambda: os.path.getsize(path) > 0, "nothing is written")
        time.sleep(1)
        os.unlink(path)
        wire.connect(PORT)
        wire.wait_for(lambda: os.path.exists(path), "the file is not made anew")
        status, said = end(process)
        checks.equal(status, 0, f"exit status after the file was removed: {said}")
        with open(path, "rb") as file:
            checks.equal(len(flows_in(whole(file.read()))), 1, "flow records in the new file")


def check_half_line(program, checks):
    """What an earlier run, or a power failure, left half done is not built upon."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "records")
        for left, kept in ((b'{"timestamp":"2026', b""), (b"a note", b"a note\n")):
            with open(path, "wb") as file:
                file.write(b"{}\n" + left)
            process = begin(program, "-o", path)
            checks.equal(end(process)[0], 0, "exit status")
            with open(path, "rb") as file:
                content = file.read()
            checks.that(content.startswith(b"{}\n" + kept + b'{"timestamp"'), f"{content[:80]!r}")


def check_kills(program, checks, kills):
    """Killed at any moment, into a file and into a pipe whose reader is slow."""
    drawn = random.Random(1)
    lines = 0
    for number in range(kills):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "records")
            if number % 2 == 0:
                process = begin(program, "-o", path)
                slow = None
            else:
                reading, writing = os.pipe()
                process = begin(program, stdout=writing)
                os.close(writing)
                slow = SlowReader(reading, path)
            load = Load(1)
            time.sleep(drawn.uniform(0.05, 1.5))
            process.kill()
            process.communicate()
            load.stop()
            if slow:
                slow.join()
            with open(path, "rb") as file:
                try:
                    lines += len(whole(file.read()))
                except ValueError as half:
                    checks.that(False, f"kill {number}: {half}")
    print(f"SIGKILL at {kills} moments: {lines} lines, all whole")
    checks.that(lines > 0, "something was written before the kills")


class SlowReader(threading.Thread):
    """Takes what is in a pipe by small bites."""

    def __init__(self, reading, path):
        super().__init__(daemon=True)
        self.reading, self.path = reading, path
        self.start()

    def run(self):
        with os.fdopen(self.reading, "rb", buffering=0) as pipe, open(self.path, "wb") as file:
            while bite := pipe.read(3000):
                file.write(bite)
                time.sleep(0.002)


def check_ends(program, checks):
    """A reader that has stopped does not keep the program from ending: by one signal after its
    patience, by two at once."""
    for signals, wanted in (((signal.SIGTERM,), 1), ((signal.SIGINT, signal.SIGINT), -2)):
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        process = begin(program, stdout=writing, preexec_fn=interruptible)
        os.close(writing)
        for _ in range(20):
            wire.connect(PORT)
        time.sleep(0.5)
        began = time.monotonic()
        for number in signals:
            process.send_signal(number)
            time.sleep(0.5)
        process.wait(40)
        took = time.monotonic() - began
        checks.equal(process.returncode, wanted, f"exit status after {len(signals)} signals")
        checks.that(took < (25 if len(signals) == 1 else 3), f"ended after {took:.1f} s")
        os.close(reading)


def interruptible():
    """A shell that starts this in the background ignores SIGINT."""
    wire.dies_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="?")
    parser.add_argument("--load", type=int)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--stall", type=float, default=12)
    parser.add_argument("--hangups", type=int, default=60)
    given = parser.parse_args()
    if given.load:
        run_load(given.load)
        return
    checks = wire.Checks()
    wire.enter_namespace()
    wire.Server(PORT)
    check_reader_gone(given.program, checks)
    check_removed(given.program, checks)
    check_half_line(given.program, checks)
    check_full_disk(given.program, checks)
    check_hangups(given.program, checks, given.hangups)
    check_kills(given.program, checks, given.kills)
    check_stall(given.program, checks, given.stall)
    check_ends(given.program, checks)
    checks.finish()


main()
