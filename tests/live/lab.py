"""A laboratory of real TCP stacks: network namespaces joined by a switch of our own.

Each host is a network namespace without a name: it is held by a descriptor and ends with this
process, however that ends. A host has one TAP interface, eth0, and the switch (a thread here)
carries frames between them after a delay, loses those that a recipe chooses, and copies what it
carries to a mirror port, as a switch in a rack does. Nothing leaves the machine: only addresses
inside these namespaces are used.
"""

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import select
import socket
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

STATES = {
    1: "established",
    2: "syn_sent",
    3: "syn_received",
    4: "fin_wait_1",
    5: "fin_wait_2",
    6: "time_wait",
    7: "closed",
    8: "close_wait",
    9: "last_ack",
    10: "listen",
    11: "closing",
    12: "syn_received",
}

_libc = ctypes.CDLL(None, use_errno=True)


class NoRights(Exception):
    """This process may not make network namespaces or TAP interfaces."""


def _check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _own_namespace():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


@contextlib.contextmanager
def entered(namespace):
    """Within it, this thread lives in the namespace: sockets made here belong there for good."""
    home = _own_namespace()
    try:
        _check(_libc.setns(namespace, CLONE_NEWNET), "setns")
        try:
            yield
        finally:
            _check(_libc.setns(home, CLONE_NEWNET), "setns back")
    finally:
        os.close(home)


def new_namespace():
    """A new network namespace's descriptor; raises NoRights where that is not allowed."""
    home = _own_namespace()
    try:
        if _libc.unshare(CLONE_NEWNET) != 0:
            raise NoRights(f"cannot make a network namespace: {os.strerror(ctypes.get_errno())}")
        try:
            return _own_namespace()
        finally:
            _check(_libc.setns(home, CLONE_NEWNET), "setns back")
    finally:
        os.close(home)


def _open_tap():
    """Makes the TAP interface eth0 in the namespace that this thread is in."""
    try:
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NoRights(f"/dev/net/tun: {error.strerror}") from error
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
    return tap


class Host:
    """A network namespace with eth0 and lo, both up; 10.0.0.<number>/24 and, where wanted,
    2001:db8::<number>/64.
    """

    def __init__(self, number, ipv6=False):
        self.number = number
        self.address = f"10.0.0.{number}"
        self.address6 = f"2001:db8::{number}"
        self.mac = bytes((2, 0, 0, 0, 0, number))
        self.namespace = new_namespace()
        with self.inside():
            self.tap = _open_tap()
            if not ipv6:
                self.sysctl("ipv6/conf/all/disable_ipv6", 1)
                self.sysctl("ipv6/conf/default/disable_ipv6", 1)
            else:
                self.sysctl("ipv6/conf/eth0/router_solicitations", 0)
        self.ip("link", "set", "dev", "eth0", "address", self.mac.hex(":"))
        self.ip("address", "add", f"{self.address}/24", "dev", "eth0")
        if ipv6:
            self.ip("address", "add", f"{self.address6}/64", "dev", "eth0", "nodad")
        self.ip("link", "set", "dev", "lo", "up")
        self.ip("link", "set", "dev", "eth0", "up")

    def inside(self):
        return entered(self.namespace)

    def ip(self, *words):
        with self.inside():
            subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)

    def sysctl(self, name, value):
        with self.inside(), open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
            file.write(f"{value}\n")

    def new_socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM):
        with self.inside():
            made = socket.socket(family, kind)
        made.settimeout(20)
        return made

    def listen(self, port, family=socket.AF_INET, address=None):
        listener = self.new_socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address or ("::" if family == socket.AF_INET6 else "0.0.0.0"), port))
        listener.listen(64)
        return listener

    def sockets(self):
        """What this kernel holds: {(local port, remote port): state}, listeners left out."""
        held = {}
        with self.inside():
            for table in ("tcp", "tcp6"):
                path = f"/proc/thread-self/net/{table}"
                if not os.path.exists(path):
                    continue
                with open(path, encoding="ascii") as file:
                    rows = file.read().splitlines()[1:]
                for row in rows:
                    _, local, remote, state = row.split()[:4]
                    ports = int(local.rsplit(":", 1)[1], 16), int(remote.rsplit(":", 1)[1], 16)
                    if ports[1] != 0:
                        held[ports] = STATES[int(state, 16)]
        return held

    def close(self):
        os.close(self.tap)
        os.close(self.namespace)


class Mirror:
    """The switch's mirror port: a namespace of its own, whose eth0 gets a copy of all frames and
    sends none.
    """

    def __init__(self, vlan=None):
        self.tag = struct.pack("!HH", 0x8100, vlan) if vlan else b""
        self.namespace = new_namespace()
        with entered(self.namespace):
            self.tap = _open_tap()
            for scope in ("all", "default"):
                with open(
                    f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6", "w", encoding="ascii"
                ) as file:
                    file.write("1\n")
            subprocess.run(["ip", "link", "set", "dev", "eth0", "arp", "off", "up"], check=True)

    def show(self, frame):
        os.write(self.tap, frame[:12] + self.tag + frame[12:])

    def close(self):
        os.close(self.tap)
        os.close(self.namespace)


class Seen:
    """What a recipe needs to know of a frame in order to choose it: who sent it, its bits and its
    payload.
    """

    def __init__(self, sender, frame):
        self.sender = sender
        self.flags = 0
        self.payload_bytes = 0
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == 0x0800 and frame[23] == socket.IPPROTO_TCP:
            tcp = 14 + (frame[14] & 0x0F) * 4
            end = 14 + struct.unpack_from("!H", frame, 16)[0]
        elif kind == 0x86DD and frame[20] == socket.IPPROTO_TCP:
            tcp = 54
            end = 54 + struct.unpack_from("!H", frame, 18)[0]
        else:
            return
        self.flags = frame[tcp + 13] & 0x3F
        self.payload_bytes = end - tcp - (frame[tcp + 12] >> 4) * 4

    def is_pure_ack(self):
        return self.flags == ACK and self.payload_bytes == 0


class Switch(threading.Thread):
    """Carries frames from host to host, `delay_s` later; the mirror sees them half way.

    `lose` is asked about every frame: "before" loses it before the mirror, "after" behind it, None
    carries it.
    """

    def __init__(self, hosts, mirror=None, delay_s=0.005):
        super().__init__(daemon=True)
        self.hosts = hosts
        self.mirror = mirror
        self.delay_s = delay_s
        self.lose = lambda seen: None
        self._due = []
        self._order = itertools.count()
        self._wake, self._waker = os.pipe()

    def run(self):
        taps = {host.tap: host for host in self.hosts}
        poll = select.poll()
        for descriptor in (*taps, self._wake):
            poll.register(descriptor, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll(self._wait_ms()):
                if descriptor == self._wake:
                    return
                self._accept(taps[descriptor])
            self._deliver(time.monotonic())

    def stop(self):
        os.write(self._waker, b"x")
        self.join()
        os.close(self._wake)
        os.close(self._waker)

    def _wait_ms(self):
        if not self._due:
            return None
        return max(0, (self._due[0][0] - time.monotonic()) * 1000)

    def _accept(self, host):
        with contextlib.suppress(BlockingIOError):
            frame = os.read(host.tap, 65536)
            now = time.monotonic()
            fate = self.lose(Seen(host, frame))
            if self.mirror is not None and fate != "before":
                self._push(now + self.delay_s / 2, self.mirror.show, frame)
            if fate is None:
                for other in self.hosts:
                    if other is not host and (frame[0] & 1 or frame[:6] == other.mac):
                        self._push(
                            now + self.delay_s,
                            lambda data, tap=other.tap: os.write(tap, data),
                            frame,
                        )

    def _push(self, at, action, frame):
        heapq.heappush(self._due, (at, next(self._order), action, frame))

    def _deliver(self, now):
        while self._due and self._due[0][0] <= now:
            _, _, action, frame = heapq.heappop(self._due)
            action(frame)


class Lab:
    """Hosts, switch and, where wanted, a mirror; as a context manager it takes everything down at
    the end.
    """

    def __init__(self, hosts=2, ipv6=False, mirror=False, vlan=None, delay_s=0.005):
        self._down = contextlib.ExitStack()
        with contextlib.ExitStack() as building:
            self.hosts = []
            for number in range(1, hosts + 1):
                self.hosts.append(Host(number, ipv6))
                building.callback(self.hosts[-1].close)
            self.mirror = None
            if mirror:
                self.mirror = Mirror(vlan)
                building.callback(self.mirror.close)
            self.switch = Switch(self.hosts, self.mirror, delay_s)
            self.switch.start()
            building.callback(self.switch.stop)
            self._down = building.pop_all()
        self.client, self.server = self.hosts[0], self.hosts[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._down.close()
