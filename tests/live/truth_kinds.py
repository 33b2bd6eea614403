"""The kinds of runs: what the applications do, and what befalls which segments on which leg."""

import asyncio
import contextlib
import socket

from forwarder import LOST, ONCE, late, twice
from lab import ACK, FIN, RST, SYN
from pairs import REQUEST, abort

KINDS = []
FINE = ONCE, ONCE


class Kind:
    """One run: `copies` connections that begin within `spread_s`, act, and are watched until
    `settle_s` after the last has done its part. `delay_s` is one way, both legs together.
    """

    def __init__(
        self,
        name,
        act,
        fault=None,
        copies=12,
        settle_s=2.0,
        delay_s=0.01,
        spread_s=0.3,
        **sysctls,
    ):
        self.name, self.act, self.fault, self.copies = name, act, fault, copies
        self.settle_s, self.delay_s, self.spread_s = settle_s, delay_s, spread_s
        self.sysctls = sysctls


def kind(name, **how):
    def register(act):
        KINDS.append(Kind(name, act, **how))
        return act

    return register


def first(choose, before=ONCE, behind=ONCE, times=1):
    """A fault that meets a connection's first `times` segments that `choose` picks."""

    def fault(talk, segment):
        if not choose(segment) or talk.memory.get(choose, 0) >= times:
            return FINE
        talk.memory[choose] = talk.memory.get(choose, 0) + 1
        return before, behind

    return fault


def wave(number):
    return lambda segment: segment.wave == number


def from_side(side, flags, payload=None):
    """Segments of a side with exactly these of FIN, SYN, RST and ACK; with payload or without."""
    return lambda segment: (
        segment.side == side and segment.flags == flags and payload in (None, segment.is_data())
    )


def all_twice(talk, segment):
    return FINE if segment.flags & SYN else (ONCE, twice(0.002))


async def four_way(pair):
    await pair.open()
    await pair.exchange()
    pair.client.close()
    await pair.answer_end(pair.server)


for number in (1, 2, 3, 4):
    KINDS.append(Kind(f"wave {number} lost before", four_way, first(wave(number), before=LOST)))
    KINDS.append(Kind(f"wave {number} lost behind", four_way, first(wave(number), behind=LOST)))
    KINDS.append(
        Kind(f"wave {number} twice behind", four_way, first(wave(number), behind=twice(0.3)))
    )
    KINDS.append(
        Kind(f"wave {number} late behind", four_way, first(wave(number), behind=late(0.35)))
    )
KINDS.append(Kind("four way, client first", four_way, copies=40))
KINDS.append(Kind("four way, all twice behind", four_way, all_twice))
KINDS.append(Kind("wave 3 twice before", four_way, first(wave(3), before=twice(0.1))))
KINDS.append(Kind("wave 4 lost behind, 3 times", four_way, first(wave(4), behind=LOST, times=3)))
KINDS.append(Kind("wave 1 lost behind, twice", four_way, first(wave(1), behind=LOST, times=2)))


@kind("four way, server first", copies=40)
async def server_first(pair):
    await pair.open()
    await pair.exchange()
    pair.server.close()
    await pair.answer_end(pair.client)


async def three_segment(pair):
    await pair.open()
    await pair.exchange()
    pair.client.close()
    await pair.answer_end(pair.server, 0)


KINDS.append(Kind("three segments", three_segment, copies=40))
KINDS.append(
    Kind("three segments, last ACK lost behind", three_segment, first(wave(4), behind=LOST))
)
KINDS.append(
    Kind("three segments, FIN+ACK lost behind", three_segment, first(wave(3), behind=LOST))
)


async def simultaneous(pair):
    await pair.open()
    await pair.exchange()
    pair.client.close()
    pair.server.close()


CLIENTS_FIN = from_side("client", FIN | ACK)
KINDS.append(Kind("simultaneous", simultaneous, copies=40, delay_s=0.03))
for where in ("before", "behind"):
    KINDS.append(
        Kind(
            f"simultaneous, one FIN lost {where}",
            simultaneous,
            first(CLIENTS_FIN, **{where: LOST}),
            delay_s=0.03,
        )
    )
    KINDS.append(
        Kind(
            f"simultaneous, one ACK lost {where}",
            simultaneous,
            first(wave(2), **{where: LOST}),
            delay_s=0.03,
        )
    )


@kind("half-close", copies=20)
async def half_close(pair):
    await pair.open()
    await pair.send(pair.client, REQUEST)
    pair.client.shutdown(socket.SHUT_WR)
    await pair.receive(pair.server, len(REQUEST))
    await asyncio.sleep(0.2)
    await pair.send(pair.server, b"r" * 20000)
    await pair.receive(pair.client, 20000)
    pair.server.close()
    await pair.answer_end(pair.client, 0)


async def send_and_close(pair):
    await pair.open()
    await pair.exchange()
    await pair.send(pair.client, b"d" * 600)
    await asyncio.sleep(0.002)
    pair.client.close()
    await pair.answer_end(pair.server)


def _last_data(segment):
    return segment.side == "client" and segment.payload_bytes == 600


KINDS.append(
    Kind("FIN overtakes data before", send_and_close, first(_last_data, before=late(0.02)))
)
KINDS.append(
    Kind("FIN overtakes data behind", send_and_close, first(_last_data, behind=late(0.02)))
)
KINDS.append(Kind("FIN beyond data lost before", send_and_close, first(_last_data, before=LOST)))
KINDS.append(Kind("FIN beyond data lost behind", send_and_close, first(_last_data, behind=LOST)))


async def unread_data(pair):
    await pair.open()
    await pair.send(pair.client, REQUEST)
    await pair.receive(pair.server, len(REQUEST))
    await pair.send(pair.server, b"x" * 500)
    await asyncio.sleep(0.1)
    pair.client.close()


KINDS.append(Kind("unread data", unread_data))


@kind("linger 0")
async def linger_zero(pair):
    await pair.open()
    await pair.exchange()
    abort(pair.client)


@kind("linger 0 in CLOSE_WAIT")
async def linger_zero_late(pair):
    await pair.open()
    await pair.exchange()
    pair.client.close()
    await pair.drain(pair.server)
    await asyncio.sleep(0.1)
    abort(pair.server)


async def abort_then_write(pair):
    await pair.open()
    await pair.exchange()
    abort(pair.client)
    await asyncio.sleep(0.3)
    await pair.send(pair.server, b"late")


KINDS.append(
    Kind(
        "RST lost behind, then data",
        abort_then_write,
        first(from_side("client", RST | ACK), behind=LOST),
    )
)


@kind("orphaned FIN_WAIT_2 gets data")
async def orphan_data(pair):
    await pair.open()
    await pair.exchange()
    pair.client.close()
    await pair.drain(pair.server)
    await asyncio.sleep(0.2)
    await pair.send(pair.server, b"late")


@kind("orphaned FIN_WAIT_2 expires", **{"ipv4/tcp_fin_timeout": 1}, settle_s=2)
async def orphan_expires(pair):
    await pair.open()
    await pair.exchange()
    pair.client.close()
    await pair.drain(pair.server)
    await asyncio.sleep(3)
    pair.server.close()


@kind("CLOSE_WAIT leak")
async def close_wait_leak(pair):
    await pair.open()
    await pair.exchange()
    pair.client.close()
    await pair.drain(pair.server)


@kind("TIME_WAIT reuse, holder connects")
async def reuse_by_holder(pair):
    await four_way(pair)
    await asyncio.sleep(1.3)
    await four_way(pair)


@kind("TIME_WAIT reuse, peer connects")
async def reuse_by_peer(pair):
    await server_first(pair)
    await asyncio.sleep(1.3)
    await server_first(pair)


KINDS.append(
    Kind(
        "TIME_WAIT assassination by old data",
        four_way,
        first(from_side("server", ACK, True), behind=twice(1.0)),
    )
)
KINDS.append(
    Kind(
        "TIME_WAIT survives, and answers again (RFC 1337)",
        four_way,
        first(from_side("server", ACK, True), behind=(0.0, 1.0, 1.7)),
        **{"ipv4/tcp_rfc1337": 1},
    )
)


@kind(
    "old SYN meets TIME_WAIT",
    fault=first(from_side("client", SYN), behind=twice(1.0)),
)
async def old_syn_time_wait(pair):
    await server_first(pair)


@kind(
    "old SYN meets ESTABLISHED",
    fault=first(from_side("client", SYN), behind=twice(0.3)),
)
async def old_syn_established(pair):
    await pair.open()
    await pair.exchange()
    await asyncio.sleep(0.5)
    pair.client.close()
    await pair.answer_end(pair.server)


KINDS.append(Kind("SYN lost behind", four_way, first(from_side("client", SYN), behind=LOST)))
KINDS.append(
    Kind("SYN-ACK lost behind", four_way, first(from_side("server", SYN | ACK), behind=LOST))
)
KINDS.append(
    Kind(
        "handshake's ACK lost behind", four_way, first(from_side("client", ACK, False), behind=LOST)
    )
)


async def keepalive_race(pair):
    await pair.open()
    await pair.exchange()
    await asyncio.sleep(1.2)
    pair.server.close()
    await asyncio.sleep(0.003)
    await pair.send(pair.client, REQUEST)
    await asyncio.sleep(0.3)


KINDS.append(Kind("keep-alive race", keepalive_race, delay_s=0.03))


@kind("stale write")
async def stale_write(pair):
    await pair.open()
    await pair.exchange()
    pair.server.close()
    await asyncio.sleep(0.3)
    await pair.send(pair.client, REQUEST)


@kind("zero window at the close", copies=6)
async def zero_window(pair):
    pair.bench.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await pair.open()
    with contextlib.suppress(BlockingIOError):
        for _ in range(8):
            pair.client.send(b"z" * 2000)
    pair.client.close()
    await asyncio.sleep(1)
    await pair.answer_end(pair.server)


async def fast_open(pair):
    await pair.open(REQUEST)
    await pair.receive(pair.server, len(REQUEST))
    await pair.send(pair.server, b"x" * 200)
    pair.server.close()
    await pair.answer_end(pair.client)


KINDS.append(Kind("TFO, the server closes at once", fast_open, **{"ipv4/tcp_fastopen": 0x207}))


@kind("refused", copies=20)
async def refused(pair):
    await pair.bench.shut()
    with contextlib.suppress(ConnectionRefusedError):
        await pair.loop.sock_connect(
            pair.new_client(), (pair.bench.server.address, pair.bench.port)
        )


@kind("connect given up", delay_s=0.03)
async def given_up(pair):
    client = pair.new_client()
    with contextlib.suppress(BlockingIOError):
        client.connect((pair.bench.server.address, pair.bench.port))
    await asyncio.sleep(0.02)
    client.close()
