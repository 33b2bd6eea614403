"""The kernel's own word on each socket: every change of state, from the tracepoint
sock:inet_sock_set_state.

The tracepoint follows full sockets only. Where a socket ends from FIN_WAIT_2 or CLOSING, a mini-
socket takes its place unseen: in TIME_WAIT, or as an orphan that is still in FIN_WAIT_2; the socket
tables tell which (lab.Host.sockets).
"""

import ctypes
import os
import re

from lab import NoRights

CLONE_NEWNS = 0x00020000
MS_REC_PRIVATE = 0x4000 | 0x40000
TRACEFS = "/sys/kernel/tracing"
EVENT = "events/sock/inet_sock_set_state/enable"
PREFIX = "tcpbye_"

WORDS = {
    "TCP_ESTABLISHED": "established",
    "TCP_SYN_SENT": "syn_sent",
    "TCP_SYN_RECV": "syn_received",
    "TCP_FIN_WAIT1": "fin_wait_1",
    "TCP_FIN_WAIT2": "fin_wait_2",
    "TCP_TIME_WAIT": "time_wait",
    "TCP_CLOSE": "closed",
    "TCP_CLOSE_WAIT": "close_wait",
    "TCP_LAST_ACK": "last_ack",
    "TCP_LISTEN": "listen",
    "TCP_CLOSING": "closing",
    "TCP_NEW_SYN_RECV": "syn_received",
}
LINE = re.compile(
    r"inet_sock_set_state: .* sport=(\d+) dport=(\d+) .* saddrv6=(\S+) daddrv6=(\S+) "
    r"oldstate=(\w+) newstate=(\w+)"
)

_libc = ctypes.CDLL(None, use_errno=True)


def mount_tracefs():
    """Mounts tracefs where only this process and its children see it: it ends with them."""
    if (
        _libc.unshare(CLONE_NEWNS) != 0
        or _libc.mount(None, b"/", None, MS_REC_PRIVATE, None) != 0
        or _libc.mount(b"tracefs", TRACEFS.encode(), b"tracefs", 0, None) != 0
    ):
        raise NoRights(f"{TRACEFS}: cannot mount tracefs: {os.strerror(ctypes.get_errno())}")
    _remove_left_behind(os.path.join(TRACEFS, "instances"))


def _remove_left_behind(instances):
    """Takes down what a run that was killed left in the tracing system."""
    for name in os.listdir(instances):
        process = name.removeprefix(PREFIX)
        if process != name and not os.path.exists(f"/proc/{process}"):
            os.rmdir(os.path.join(instances, name))


class Tracer:
    """Watches while it lasts; its instance of the tracing system is this process's own."""

    def __init__(self):
        self._home = os.path.join(TRACEFS, "instances", f"{PREFIX}{os.getpid()}")

    def __enter__(self):
        os.mkdir(self._home)
        self._write("trace_clock", "mono")
        self._write(EVENT, "1")
        return self

    def __exit__(self, *_):
        self._write(EVENT, "0")
        os.rmdir(self._home)

    def _write(self, name, value):
        with open(os.path.join(self._home, name), "w", encoding="ascii") as file:
            file.write(value)

    def paths(self, address, port, peer_address, peer_port):
        """One list of states for each incarnation of a socket, oldest first; without the states
        before its first.
        """
        wanted = str(port), str(peer_port), address, peer_address
        found = []
        with open(os.path.join(self._home, "trace"), encoding="ascii", errors="replace") as file:
            for match in filter(None, map(LINE.search, file)):
                sport, dport, saddr, daddr, old, new = match.groups()
                if (
                    sport,
                    dport,
                    saddr.removeprefix("::ffff:"),
                    daddr.removeprefix("::ffff:"),
                ) != wanted:
                    continue
                if WORDS[old] in ("closed", "listen"):
                    found.append([])
                elif not found:
                    raise RuntimeError(f"a socket's first event: {match.group()}")
                found[-1].append(WORDS[new])
        return found
