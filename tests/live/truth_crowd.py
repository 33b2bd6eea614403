"""Crowds: many connections at once, each with a life drawn by lot, on a network that loses, doubles
and reorders segments by lot.
"""

import asyncio
import random
import socket

from forwarder import LOST, ONCE, late, twice
from pairs import REQUEST, abort
from truth_kinds import Kind

CROWD_DELAY_S = 0.01


class Lots:
    """A fault for all segments alike: each leg loses, doubles or delays them with these odds."""

    def __init__(self, seed, loss=0.0, duplication=0.0, reordering=0.0, legs=("before", "behind")):
        self._random = random.Random(seed)
        self._odds = loss, duplication, reordering
        self._legs = legs

    def __call__(self, talk, segment):
        return tuple(self._leg() if leg in self._legs else ONCE for leg in ("before", "behind"))

    def _leg(self):
        loss, duplication, reordering = self._odds
        if self._random.random() < loss:
            return LOST
        if self._random.random() < duplication:
            return twice(self._random.uniform(0.0005, 0.05))
        if self._random.random() < reordering:
            return late(self._random.uniform(0.001, 0.03))
        return ONCE


async def life(pair):
    """One connection: a request or three, then an end of one of seven sorts."""
    lot = random.Random(pair.port * 31 + pair.bench.port)
    await pair.open()
    for _ in range(lot.randint(1, 3)):
        await pair.exchange(lot.choice((20, 200, 4000)))
    ends = (pair.client, pair.server) if lot.random() < 0.6 else (pair.server, pair.client)
    await lot.choices((_in_order, _at_once, _half, _abort, _unread), (6, 2, 1, 1, 1))[0](
        pair, *ends, lot
    )


async def _in_order(pair, closing, other, lot):
    closing.close()
    await pair.answer_end(other, lot.choice((0, 0.02, 0.2)))


async def _at_once(pair, closing, other, lot):
    closing.close()
    await asyncio.sleep(lot.uniform(0, 0.02))
    other.close()


async def _half(pair, closing, other, lot):
    closing.shutdown(socket.SHUT_WR)
    await pair.drain(other)
    await pair.send(other, b"h" * lot.randint(1, 3000))
    other.close()
    await pair.answer_end(closing, 0)


async def _abort(pair, closing, other, lot):
    abort(closing)


async def _unread(pair, closing, other, lot):
    await pair.send(other, REQUEST)
    await asyncio.sleep(0.1)
    closing.close()


def crowds(size):
    """The crowds, each of `size` connections, the last of ten times as many."""

    def crowd(name, copies, **odds):
        return Kind(
            f"crowd of {copies}, {name}",
            life,
            Lots(7, **odds),
            copies=copies,
            settle_s=6,
            delay_s=CROWD_DELAY_S,
            spread_s=copies / 100,
        )

    everything = {"loss": 0.02, "duplication": 0.05, "reordering": 0.1}
    return [
        crowd("nothing befalls", size),
        crowd("2 % lost before", size, loss=0.02, legs=("before",)),
        crowd("2 % lost", size, loss=0.02),
        crowd("5 % doubled", size, duplication=0.05),
        crowd("10 % reordered", size, reordering=0.1),
        crowd("all of it", size * 10, **everything),
    ]
