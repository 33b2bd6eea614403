"""What the kernels really did: each socket's path through the states, mini-sockets included.

The tracepoint sock:inet_sock_set_state follows full sockets. Where one ends, a mini-socket can take
its place in FIN_WAIT_2 or TIME_WAIT; its timer tells which, for how long, and how it ends. The
namespaces' tcp_fin_timeout must differ from TIME_WAIT's 60 s, so that the two can be told apart.
"""

import os
import re
import time

from kernel import PREFIX, TRACEFS, WORDS

FIN_TIMEOUT_S = 30
TICKING_CLOCK = 6  # CLOCK_MONOTONIC_COARSE: it moves with the kernel's timer ticks
TIME_WAIT_FLOOR_S = 55
RESTART_S = 0.002
HAND_OVER_S = 0.0003
BEFORE_MINI = ("TCP_FIN_WAIT1", "TCP_FIN_WAIT2", "TCP_CLOSING")
BUFFER_KIB = 48 * 1024
EVENTS = (
    ("sock/inet_sock_set_state", None),
    ("timer/timer_start", "function.function == tw_timer_handler"),
    ("timer/timer_expire_entry", "function.function == tw_timer_handler"),
    ("timer/timer_cancel", None),
)
HEAD = re.compile(r"\[(\d+)\] .{4,5} +(\d+\.\d+): (\w+): (.*)")
CHANGE = re.compile(
    r"sport=(\d+) dport=(\d+) saddr=(\S+) daddr=(\S+) .*oldstate=(\w+) newstate=(\w+)"
)
TIMER = re.compile(r"timer=(\S+)")
TIMEOUT = re.compile(r"timeout=(-?\d+)")


class Watch:
    """Records the events while it lasts, on the clock of time.monotonic()."""

    def __init__(self):
        self._home = os.path.join(TRACEFS, "instances", f"{PREFIX}{os.getpid()}")

    def __enter__(self):
        os.mkdir(self._home)
        self._write("trace_clock", "mono")
        self._write("buffer_size_kb", str(BUFFER_KIB))
        for event, condition in EVENTS:
            if condition:
                self._write(f"events/{event}/filter", condition)
            self._write(f"events/{event}/enable", "1")
        return self

    def __exit__(self, *_):
        for event, _ in EVENTS:
            self._write(f"events/{event}/enable", "0")
        os.rmdir(self._home)

    def _write(self, name, value):
        with open(os.path.join(self._home, name), "w", encoding="ascii") as file:
            file.write(value)

    def read(self):
        """All sockets' lives so far; what is read is gone from the buffer."""
        lives = Lives()
        with open(os.path.join(self._home, "trace"), encoding="ascii", errors="replace") as file:
            for match in filter(None, map(HEAD.search, file)):
                lives.take(int(match[1]), float(match[2]), match[3], match[4])
        self._write("trace", "")
        return lives.sockets


class Lives:
    """Puts events together into lives: {(address, port, peer's, port): [[(time, state), ...]]}."""

    def __init__(self):
        self.sockets = {}
        self._tick_s = time.clock_getres(TICKING_CLOCK)
        self._started = {}
        self._mini = {}
        self._cancelled = {}

    def take(self, cpu, now, event, text):
        if event == "inet_sock_set_state":
            self._change(cpu, now, CHANGE.search(text))
            return
        timer = TIMER.search(text)[1]
        if event == "timer_start":
            self._start(cpu, now, timer, int(TIMEOUT.search(text)[1]) * self._tick_s)
        elif timer in self._mini:
            life = self._mini.pop(timer)
            self._cancelled[timer] = now, life, len(life)
            life.append((now, "closed"))

    def _start(self, cpu, now, timer, seconds):
        """A timer starts for a new mini-socket, whose full one then ends on the same processor, or
        is set anew: cancelled and started in one breath.
        """
        state = "time_wait" if seconds > TIME_WAIT_FLOOR_S else "fin_wait_2"
        ended, life, steps = self._cancelled.pop(timer, (0, None, 0))
        undo = None
        if now - ended <= RESTART_S:
            undo = life, steps, ended
            del life[steps:]
            self._mini[timer] = life
            if life[-1][1] != state:
                life.append((now, state))
        self._started[cpu] = now, timer, state, undo

    def _end(self, lives, begun):
        """A full socket ends in favour of the mini-socket that has just begun."""
        _, timer, state, undo = begun
        if undo is not None:
            life, steps, ended = undo
            life[steps:] = [(ended, "closed")]
        self._mini[timer] = lives[-1]
        return state

    def _change(self, cpu, now, match):
        sport, dport, saddr, daddr, old, new = match.groups()
        if dport == "0":
            return
        lives = self.sockets.setdefault((saddr, int(sport), daddr, int(dport)), [])
        if WORDS[old] in ("closed", "listen"):
            lives.append([])
        if not lives:
            return
        state = WORDS[new]
        if state == "closed" and old in BEFORE_MINI and cpu in self._started:
            begun = self._started.pop(cpu)
            if now - begun[0] <= HAND_OVER_S:
                state = self._end(lives, begun)
        if not lives[-1] or lives[-1][-1][1] != state:
            lives[-1].append((now, state))
