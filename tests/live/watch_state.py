#!/usr/bin/env python3
"""watch_state.py TCPBYE: a live run takes up what the one before has left.

What was open when a run was told to end, and what was open when one was killed, at most a minute
after its state was saved, ends in a later run: one record each, with the start that the first run
saw, and with the doubt that packets may have passed in between.
"""

import os
import socket
import stat
import subprocess
import sys
import tempfile
import time

import wire

SAVED_WITHIN_S = 75
OPTIONS = (
    "-i", "lo", "--events", "flow,state,summary", "--time-wait", "1500ms",
)  # fmt: skip


def begin(state):
    return wire.Watch(sys.argv[1], *OPTIONS, "--state", state)


def open_one(watch):
    """A connection that has been seen to be established, with its flow_id."""
    client = socket.create_connection(("127.0.0.1", 8000))
    client.sendall(b"x")
    port = client.getsockname()[1]
    _, told = watch.next("state", src_port=port)
    return client, port, told["flow_id"]


def check_end(watch, checks, port, flow_id, began):
    _, flow = watch.next("flow", src_port=port)
    checks.equal(flow["flow_id"], flow_id, "flow_id")
    checks.equal(flow["flow"]["origin"], "handshake", "origin")
    checks.equal(flow["flow"]["reason"], "closed", "reason")
    checks.that(flow["teardown"]["type"] in ("four_way", "three_segment"), flow["teardown"]["type"])
    checks.equal(flow["quality"]["capture_doubt"], "likely", "capture_doubt")
    checks.that(wire.seconds(flow["flow"]["start"]) < began, "the start is before this run's")


def close(client):
    client.shutdown(socket.SHUT_WR)
    client.recv(50)
    client.recv(50)
    client.close()


def check_restart(checks, state):
    watch = begin(state)
    client, port, flow_id = open_one(watch)
    checks.equal(watch.stop(), 0, "exit status")
    checks.equal(watch.records("flow"), [], "flow records of the first run")
    mode = stat.S_IMODE(os.stat(state).st_mode)
    checks.equal(mode, 0o600, "the state's mode")
    began = time.time()
    watch = begin(state)
    close(client)
    check_end(watch, checks, port, flow_id, began)
    checks.equal(watch.stop(), 0, "exit status")
    summary = watch.records("summary")[-1]["summary"]
    checks.equal(summary["flow"]["total"], 1, "connections in both runs")


def check_kill(checks, state):
    watch = begin(state)
    client, port, flow_id = open_one(watch)
    before = os.stat(state).st_mtime_ns
    wire.wait_for(
        lambda: os.stat(state).st_mtime_ns != before, "the state was not saved", SAVED_WITHIN_S
    )
    watch.process.kill()
    watch.process.wait()
    began = time.time()
    watch = begin(state)
    close(client)
    check_end(watch, checks, port, flow_id, began)
    checks.equal(watch.stop(), 0, "exit status")


def check_damaged(checks, state):
    with open(state, "r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))
    refused = subprocess.run(
        [sys.argv[1], *OPTIONS, "--state", state], capture_output=True, text=True, check=False
    )
    checks.equal(refused.returncode, 1, "exit status of a damaged state")
    checks.equal(refused.stdout, "", "records of a damaged state")
    checks.that("is damaged" in refused.stderr, refused.stderr)


def main():
    checks = wire.Checks()
    wire.enter_namespace()
    wire.Server(8000)
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        state = os.path.join(directory, "state")
        check_restart(checks, state)
        check_kill(checks, state)
        check_damaged(checks, state)
    checks.finish()


main()
