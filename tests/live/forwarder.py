"""A switch that treats chosen segments badly, before and behind the tap, and keeps what passes it.

It is the laboratory's switch with two legs: from the sender to the tap, and from the tap to the
receiver. On each leg a segment can be lost, be late or come twice. It writes the tap's capture
itself, with the clock that the kernel's tracepoints use, and notes what each host really sent.
"""

import contextlib
import os
import struct
import time

from lab import ACK, FIN, RST, SYN, Switch

LINKTYPE_ETHERNET = 1
PCAP_NS = 0xA1B23C4D
LOST = ()
ONCE = (0.0,)


def late(seconds):
    """A leg that carries the segment once, so much later."""
    return (seconds,)


def twice(seconds):
    """A leg that carries the segment, and once more so much later."""
    return (0.0, seconds)


class Segment:
    """What a fault needs to know of an IPv4 segment: its side, numbers, bits, and its part in the
    close.
    """

    def __init__(self, frame, side):
        tcp = 14 + (frame[14] & 0x0F) * 4
        total = struct.unpack_from("!H", frame, 16)[0]
        self.side = side
        sport, dport, self.seq, self.ack = struct.unpack_from("!HHII", frame, tcp)
        self.ports = (sport, dport) if side == "client" else (dport, sport)
        self.flags = frame[tcp + 13] & (FIN | SYN | RST | ACK)
        self.payload_bytes = 14 + total - tcp - (frame[tcp + 12] >> 4) * 4
        self.wave = 0

    def is_data(self):
        return self.payload_bytes > 0

    def fin_number(self):
        return (self.seq + self.payload_bytes) & 0xFFFFFFFF

    def word(self):
        """What it is, in a word."""
        if self.flags & RST:
            return "RST"
        if self.wave:
            return f"wave {self.wave}"
        return "SYN" if self.flags & SYN else "data" if self.is_data() else "ACK"


class Talk:
    """One tuple as its hosts really conducted it: which FIN came first, who sent a RST and when,
    how many RSTs never came to the tap, and which segments fared otherwise than the network
    carries them: {"wave 1 lost before the tap": how many}.
    """

    def __init__(self):
        self.fins = {}
        self.resets = []
        self.unseen_resets = 0
        self.mistreated = {}
        self.memory = {}

    def note(self, segment, now):
        """Takes a segment as it leaves its host and tells its wave: 1 to 4, 0 for none."""
        if segment.flags & SYN:
            self.fins = {}
        if segment.flags & RST:
            self.resets.append((now, segment.side))
        elif segment.flags & FIN:
            self.fins.setdefault(segment.side, segment.fin_number())
            segment.wave = 1 if next(iter(self.fins)) == segment.side else 3
        else:
            for place, (side, number) in enumerate(self.fins.items()):
                covered = segment.ack == (number + 1) & 0xFFFFFFFF
                if side != segment.side and covered and not segment.is_data():
                    segment.wave = 2 if place == 0 else 4


    def note_faults(self, segment, before, behind):
        """Takes how the segment will fare on both legs."""
        self.unseen_resets += bool(segment.flags & RST) and not before
        for leg, place in ((before, "before"), (behind if before else ONCE, "behind")):
            if leg == ONCE:
                continue
            fate = "lost" if leg == LOST else "late" if len(leg) == 1 else "doubled"
            word = f"{segment.side}'s {segment.word()} {fate} {place} the tap"
            self.mistreated[word] = self.mistreated.get(word, 0) + 1


def _is_tcp(frame):
    return frame[12:14] == b"\x08\x00" and frame[23] == 6


class Tap:
    """A capture of Ethernet frames, on the clock of time.monotonic()."""

    def __init__(self, path):
        self._file = open(path, "wb")  # noqa: SIM115
        self._file.write(struct.pack("<IHHiIII", PCAP_NS, 2, 4, 0, 0, 262144, LINKTYPE_ETHERNET))

    def show(self, frame):
        """Writes the frame down; returns the time that it bears, in nanoseconds."""
        nanoseconds = time.monotonic_ns()
        seconds = divmod(nanoseconds, 10**9)
        self._file.write(struct.pack("<IIII", *seconds, len(frame), len(frame)) + frame)
        return nanoseconds

    def close(self):
        self._file.close()


class Forwarder(Switch):
    """`fault(talk, segment)` returns what befalls a segment, as two legs of delays in seconds: one
    for each copy that the leg carries. The capture is whole once close() has returned.
    """

    def __init__(self, hosts, path, delay_s):
        super().__init__(hosts, None, delay_s)
        self.fault = lambda talk, segment: (ONCE, ONCE)
        self.talks = {}
        self._tap = Tap(path)

    def close(self):
        self.stop()
        self._tap.close()

    def _accept(self, host):
        with contextlib.suppress(BlockingIOError):
            while True:
                self._take(host, os.read(host.tap, 65536))

    def _take(self, host, frame):
        now = time.monotonic()
        before = behind = ONCE
        if _is_tcp(frame):
            segment = Segment(frame, "client" if host is self.hosts[0] else "server")
            talk = self.talks.setdefault(segment.ports, Talk())
            talk.note(segment, now)
            before, behind = self.fault(talk, segment)
            talk.note_faults(segment, before, behind)
        for extra in before:
            self._push(
                now + self.delay_s / 2 + extra, lambda data: self._pass(host, data, behind), frame
            )

    def _pass(self, host, frame, behind):
        """The frame is at the tap: it is written down, then goes on."""
        now = self._tap.show(frame) / 1e9
        for other in self.hosts:
            if other is not host and (frame[0] & 1 or frame[:6] == other.mac):
                for extra in behind:
                    self._push(
                        now + self.delay_s / 2 + extra,
                        lambda data, to=other: self._arrive(to, data),
                        frame,
                    )

    def _arrive(self, host, frame):
        os.write(host.tap, frame)
