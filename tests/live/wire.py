"""A network namespace of this process's own, connections in it, and tcpbye watching them.

The namespace has no name and ends with the processes in it, and every process that is started here
dies with this one: nothing stays behind, however a test ends.
"""

import ctypes
import json
import os
import queue
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

SKIPPED = 77
CLONE_NEWNET = 0x40000000
CLONE_NEWNS = 0x00020000
PR_SET_PDEATHSIG = 1
WAIT_S = 20

_libc = ctypes.CDLL(None, use_errno=True)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def enter_namespace():
    """From here on this process has a network, and mounts, of its own; its loopback is up."""
    if _libc.unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
        skip(f"no rights to make a network namespace: {os.strerror(ctypes.get_errno())}")
    _libc.mount(b"none", b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
    with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w", encoding="ascii") as setting:
        setting.write("1")  # it would say something whenever an interface comes up
    ip("link set lo up")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def ip(words):
    subprocess.run(["ip", *words.split()], check=True)


def dies_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def environment(**more):
    """A process that has given up its privileges cannot look for leaks in itself."""
    checked = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, "ASAN_OPTIONS": f"{checked}:detect_leaks=0".lstrip(":"), **more}


def start(command, **more):
    more.setdefault("env", environment())
    more.setdefault("preexec_fn", dies_with_parent)
    return subprocess.Popen(command, **more)


def wait_for(holds, otherwise, timeout=WAIT_S):
    deadline = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.005)


def veth(name, peer, address=None):
    """A pair of interfaces, both up; `name` with the address, if there is one."""
    ip(f"link add {name} type veth peer name {peer}")
    if address:
        ip(f"addr add {address} dev {name}")
    for one in (name, peer):
        ip(f"link set {one} up")


class Elsewhere:
    """A second namespace, at the other end of a veth pair; it lives in a process of its own."""

    def __init__(self, name, address, peer, peer_address):
        self._process = start(
            [sys.executable, "-B", os.path.abspath(__file__), "elsewhere"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process.stdout.readline()
        self._name = name
        self.join(name, address, peer, peer_address)

    def _ask(self, *words):
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if answer != "done":
            raise RuntimeError(f"{words}: {answer or 'the other namespace has gone'}")

    def join(self, name, address, peer, peer_address):
        """Makes the pair: `name` here, `peer` there."""
        ip(f"link add {name} type veth peer name {peer} netns {self._process.pid}")
        ip(f"addr add {address} dev {name}")
        ip(f"link set {name} up")
        self._ask("ip", f"addr add {peer_address} dev {peer}")
        self._ask("ip", f"link set {peer} up")
        self.wait_for_carrier()

    def wait_for_carrier(self):
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            shown = subprocess.run(
                ["ip", "-o", "link", "show", self._name], capture_output=True, text=True
            ).stdout
            if "LOWER_UP" in shown:
                return
            time.sleep(0.02)
        raise RuntimeError(f"{self._name}: has no carrier")

    def serve(self, port, address, closes_first=False):
        self._ask("serve", port, address, closes_first)

    def close(self):
        self._process.stdin.close()
        self._process.wait(WAIT_S)


def live_elsewhere():
    """The process of that namespace: does what it is asked, line by line."""
    enter_namespace()
    print("ready", flush=True)
    for line in sys.stdin:
        word, *rest = json.loads(line)
        if word == "ip":
            ip(*rest)
        elif word == "serve":
            Server(*rest)
        print("done", flush=True)


class Server(threading.Thread):
    """Accepts connections on loopback, answers 50 octets, and closes when its client has."""

    def __init__(self, port, address="127.0.0.1", first=False):
        super().__init__(daemon=True)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen(4096)
        self.closes_first = first
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(100)
                    connection.sendall(b"y" * 50)
                    if not self.closes_first:
                        connection.recv(1)
                except OSError:
                    pass


def connect(port, address="127.0.0.1", source=None, abort=False):
    """One connection from its opening to the client's close; returns the client's port."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if source:
            client.bind(source)
        client.connect((address, port))
        own = client.getsockname()[1]
        client.sendall(b"x" * 20)
        got = 0
        while got < 50:
            part = client.recv(100)
            if not part:
                raise RuntimeError("the server closed too early")
            got += len(part)
        if abort:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return own


class Watch:
    """tcpbye, running; each line of its output with the time at which it came."""

    def __init__(self, program, *options, before=(), ready=True, **more):
        self.lines = []
        self._fresh = queue.Queue()
        self.process = start(
            [*before, program, "-v", "-T", "ndjson", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )
        self.said = []
        self._readers = [
            threading.Thread(target=self._read_records, daemon=True),
            threading.Thread(target=self._read_talk, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self):
        self.wait_said(": listening,")

    def _read_records(self):
        for line in self.process.stdout:
            came = time.time()
            self.lines.append((came, line))
            self._fresh.put((came, json.loads(line)))

    def _read_talk(self):
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))

    def next(self, kind, timeout=WAIT_S, **wanted):
        """The next record of this kind whose fields are as wanted, and when it came."""
        deadline = time.monotonic() + timeout
        while True:
            came, record = self._fresh.get(timeout=max(0.01, deadline - time.monotonic()))
            if record["event_type"] == kind and all(
                record.get(key) == value for key, value in wanted.items()
            ):
                return came, record

    def wait_said(self, text, timeout=WAIT_S):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if any(text in line for line in self.said):
                return
            time.sleep(0.02)
        raise AssertionError(f"not said: {text!r}, but {self.said}")

    def stop(self, number=signal.SIGTERM, timeout=WAIT_S):
        """Ends it by a signal; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return self.process.returncode

    def records(self, kind=None):
        """All records so far."""
        all_records = [json.loads(line) for _, line in self.lines]
        return [one for one in all_records if kind in (None, one["event_type"])]


def seconds(timestamp):
    """A record's time as seconds since 1970."""
    whole, fraction = timestamp.rstrip("Z").split(".")
    parsed = time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return calendar_seconds(parsed) + float("0." + fraction)


def calendar_seconds(parsed):
    import calendar

    return calendar.timegm(parsed)


class Checks:
    """Counts what holds and what does not; its end is the exit status."""

    def __init__(self):
        self.failed = 0
        self.count = 0

    def that(self, holds, what):
        self.count += 1
        if not holds:
            self.failed += 1
            print(f"FAILED: {what}")

    def equal(self, found, wanted, what):
        self.that(found == wanted, f"{what}: {found!r}, not {wanted!r}")

    def finish(self):
        print(f"{self.count} checks, {self.failed} failed")
        sys.exit(0 if self.failed == 0 and self.count > 0 else 1)


if __name__ == "__main__" and sys.argv[1:] == ["elsewhere"]:
    live_elsewhere()
