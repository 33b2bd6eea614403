#!/usr/bin/python3
"""Makes captures of real TCP connections, and beside each the truth that is known from how it was
made.

Every recipe runs in network namespaces of its own, at most four at once; the longest takes 130 s.
Needs root, ip, tcpdump and dumpcap. Exit status: 0 all made, 1 one failed, 77 this process lacks
the rights or a tool.
"""

import argparse
import contextlib
import errno
import json
import multiprocessing
import os
import platform
import socket
import sys
import time

# The recipes register themselves, in this order.
import orderly  # noqa: F401
import broken  # noqa: F401
import web  # noqa: F401
from capture import NoTool, recording
from kernel import Tracer, mount_tracefs
from lab import Lab, NoRights
from recipe import RECIPES
from stage import Stage

AT_ONCE = 4
FIRST_PORT = 40000
LIMIT_BYTES = 150 * 1024
SKIPPED = 77
LOCK = "\0tcpbye-make-captures"
WAIT_S = 400

README_HEAD = """# Captures of real connections

Made by `tests/live/make_captures.py` (as root): real sockets, Linux {kernel} at both ends, each
host a network namespace, joined by a switch that delays each frame by 5 ms unless the table says
otherwise. The client is 10.0.0.1, the server 10.0.0.2:80 where nothing else is said. *Tap* is where
the frames were recorded: at the client, at the server, or at the switch's mirror port half way; "of
N" is the number of octets kept of each frame. pcap files were written by tcpdump, pcapng files by
dumpcap; all have nanoseconds.

Beside each capture, `<name>.expect.json` holds the truth. `flows` says what must stand in tcpbye's
flow records, one object for each record, of which it is a part; records of one tuple come in its
order. An empty list must be empty; every element of another list must be among the record's.
`client.state` and `server.state` are from the two kernels' socket tables at the capture's end.
`paths` (one object for each of `flows`) says through which states each socket went: the kernel's
tracepoint `sock:inet_sock_set_state`, with TIME_WAIT, which it does not tell, added from the
tables.

| capture | what the applications did | truth | tap |
|---|---|---|---|
"""


def run_recipe(recipe, directory):
    """Writes one recipe's capture and truth. Its client port is its own: the tracer sees all."""
    path = os.path.join(directory, recipe.file_name())
    port = FIRST_PORT + 10 * RECIPES.index(recipe)
    with Tracer() as tracer, Lab(mirror=recipe.point == "mirror", **recipe.lab) as lab:
        namespace = getattr(lab, recipe.point).namespace
        with Stage(lab, tracer, port) as stage:
            with recording(namespace, path, recipe.interface, recipe.snaplen):
                recipe.act(stage)
                truth = stage.truth()
    if os.path.getsize(path) > LIMIT_BYTES:
        raise RuntimeError(f"{path}: {os.path.getsize(path)} octets, more than {LIMIT_BYTES}")
    with open(os.path.join(directory, f"{recipe.name}.expect.json"), "w", encoding="ascii") as file:
        json.dump(truth, file, indent="\t")
        file.write("\n")


def _child(recipe, directory):
    try:
        run_recipe(recipe, directory)
    except (NoRights, NoTool) as error:
        print(
            f"make_captures: {error} (needs root, /dev/net/tun, ip, tcpdump and dumpcap)",
            file=sys.stderr,
        )
        os._exit(SKIPPED)
    except Exception as error:
        print(f"make_captures: {recipe.name}: {type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)
    os._exit(0)


def run_all(wanted, directory):
    """Runs recipes in child processes, the longest first; returns {name: exit status}."""
    waiting = sorted(wanted, key=lambda recipe: recipe.name not in ("web", "time_wait_expires"))
    running, status = [], {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            recipe = waiting.pop(0)
            process = multiprocessing.get_context("fork").Process(
                target=_child, args=(recipe, directory)
            )
            process.start()
            running.append((recipe, process))
        for recipe, process in [pair for pair in running if not pair[1].is_alive()]:
            process.join()
            status[recipe.name] = process.exitcode
            running.remove((recipe, process))
        time.sleep(0.05)
    return status


def write_readme(directory):
    kernel = ".".join(platform.release().split(".")[:2])
    with open(os.path.join(directory, "README.md"), "w", encoding="utf-8") as file:
        file.write(README_HEAD.format(kernel=kernel))
        for recipe in RECIPES:
            tap = recipe.point
            if recipe.interface != "eth0":
                tap += f", {recipe.interface}"
            if recipe.snaplen < 1500:
                tap += f", of {recipe.snaplen}"
            file.write(f"| {recipe.file_name()} | {recipe.does} | {recipe.truth} | {tap} |\n")


def _arguments(names):
    parser = argparse.ArgumentParser(description="Makes captures of real TCP connections.")
    parser.add_argument("--out", metavar="DIR", help="where to write")
    parser.add_argument("--only", metavar="NAME[,NAME]", help="only these; leaves README.md alone")
    parser.add_argument("--list", action="store_true", help="only list the recipes' names")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",") if arguments.only else None
    for name in set(arguments.only or []) - set(names):
        parser.error(f"no recipe is called {name} (see --list)")
    if not arguments.list and not arguments.out:
        parser.error("--out says where to write")
    return arguments


@contextlib.contextmanager
def alone():
    """Waits until no other run is under way: the tracer cannot tell two runs' ports apart."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lock:
        for _ in range(WAIT_S):
            try:
                lock.bind(LOCK)
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                time.sleep(1)
        else:
            raise TimeoutError(f"another run has been under way for {WAIT_S} s")
        yield


def make(wanted, directory):
    """Runs the recipes with the tracing system at hand; returns {name: exit status}."""
    with alone():
        mount_tracefs()
        return run_all(wanted, directory)


def main():
    arguments = _arguments([recipe.name for recipe in RECIPES])
    if arguments.list:
        print("\n".join(recipe.name for recipe in RECIPES))
        return 0
    wanted = [one for one in RECIPES if not arguments.only or one.name in arguments.only]
    os.makedirs(arguments.out, exist_ok=True)
    try:
        status = make(wanted, arguments.out)
    except NoRights as error:
        print(f"make_captures: {error} (needs root)", file=sys.stderr)
        return SKIPPED
    if not arguments.only and not any(status.values()):
        write_readme(arguments.out)
    failed = sorted(name for name, code in status.items() if code not in (0, SKIPPED))
    if failed:
        print(f"make_captures: failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    return SKIPPED if SKIPPED in status.values() else 0


if __name__ == "__main__":
    sys.exit(main())
