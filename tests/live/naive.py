"""The yardstick: an observer who moves both endpoints as segments pass the tap.

This is what a state machine without certainty does. It takes every segment for received, every RST
for obeyed and the first FIN for the first close; where that is wrong, so is it. Its records have the
shape of tcpbye's, as far as the comparison looks at them.
"""

import datetime
import struct

from lab import ACK, FIN, RST, SYN

CLIENT, SERVER = "client", "server"
ON_FIN_SENT = {"syn_received": "fin_wait_1", "established": "fin_wait_1", "close_wait": "last_ack"}
ON_FIN = {"established": "close_wait", "fin_wait_1": "closing", "fin_wait_2": "time_wait"}
ON_ACK_OF_FIN = {"fin_wait_1": "fin_wait_2", "closing": "time_wait", "last_ack": "closed"}


class Watched:
    """One incarnation of one tuple."""

    def __init__(self):
        self.state = {CLIENT: "closed", SERVER: "listen"}
        self.path = {CLIENT: [], SERVER: []}
        self.fin = {}
        self.closer = self.reset = None

    def move(self, side, table, now):
        """Takes the side where the table leads from its state; a word leads there from anywhere."""
        to = table if isinstance(table, str) else table.get(self.state[side])
        if to and to != self.state[side]:
            self.state[side] = to
            self.path[side].append({"timestamp": now, "state": to})

    def take(self, side, segment, now):
        flags, end, ack = segment
        peer = SERVER if side == CLIENT else CLIENT
        if flags & RST:
            self.reset = self.reset or side
            self.closer = self.closer or side
            self.move(CLIENT, "closed", now)
            self.move(SERVER, "closed", now)
        elif flags & SYN:
            self._take_syn(flags, now)
        else:
            self.move(SERVER, {"syn_received": "established"} if side == CLIENT else {}, now)
            if flags & ACK and self.fin.get(peer) == ack:
                self.move(peer, ON_ACK_OF_FIN, now)
            if flags & FIN and side not in self.fin:
                self.fin[side] = end
                self.closer = self.closer or side
                self.move(side, ON_FIN_SENT, now)
                self.move(peer, ON_FIN, now)

    def _take_syn(self, flags, now):
        if flags & ACK:
            self.move(CLIENT, {"syn_sent": "established"}, now)
        else:
            self.move(CLIENT, {"closed": "syn_sent"}, now)
            self.move(SERVER, {"listen": "syn_received"}, now)

    def record(self):
        held = [
            {"side": side, "ended_by": "timer"}
            for side, path in self.path.items()
            if any(step["state"] == "time_wait" for step in path)
        ]
        return {
            "src_ip": "10.0.0.1",
            **{side: {"path": path} for side, path in self.path.items()},
            "time_wait": held,
            "teardown": {"closer": self.closer, "reset": self.reset and {"by": self.reset}},
        }


def _frames(path):
    """(time in nanoseconds, frame) of a nanosecond capture."""
    with open(path, "rb") as file:
        file.read(24)
        while head := file.read(16):
            seconds, nanoseconds, length, _ = struct.unpack("<IIII", head)
            yield seconds * 10**9 + nanoseconds, file.read(length)


def _segment(frame):
    """((sport, dport), (flags, end, ack)) of an IPv4 TCP frame, or None."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    tcp = 14 + (frame[14] & 0x0F) * 4
    total = struct.unpack_from("!H", frame, 16)[0]
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", frame, tcp)
    payload = 14 + total - tcp - (offset >> 4) * 4
    end = seq + payload + bool(flags & SYN) + bool(flags & FIN)
    return (sport, dport), (flags, end & 0xFFFFFFFF, ack)


def naive_records(path, server_port):
    """What the naive observer says of a capture: {(client's port, server's port): [record]}."""
    watched = {}
    for nanoseconds, frame in _frames(path):
        found = _segment(frame)
        if found is None:
            continue
        ports, segment = found
        side = CLIENT if ports[1] == server_port else SERVER
        lives = watched.setdefault(ports if side == CLIENT else ports[::-1], [])
        opens = segment[0] & (SYN | ACK) == SYN
        if not lives or (opens and lives[-1].fin):
            lives.append(Watched())
        stamp = datetime.datetime.fromtimestamp(nanoseconds // 10**9, datetime.timezone.utc)
        now = f"{stamp:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9:09}Z"
        lives[-1].take(side, segment, now)
    return {ports: [life.record() for life in lives] for ports, lives in watched.items()}
