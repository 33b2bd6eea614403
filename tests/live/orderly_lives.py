"""Connections that end well, in all the ways that well-behaved programs end them.

For a crowd: each acts on a Pair. A life's `true` ids are the anomalies above info that describe
what really happens in it.
"""

import asyncio
import dataclasses
import socket
from collections.abc import Callable

REQUEST = b"GET /page HTTP/1.1\r\nHost: lab.example\r\n\r\n"
LAST_REQUEST = b"GET /page HTTP/1.1\r\nHost: lab.example\r\nConnection: close\r\n\r\n"
OLD_REQUEST = b"GET /page HTTP/1.0\r\n\r\n"
TLS_HELLO = b"\x16\x03\x01\x00\xc8" + bytes(200)
TLS_DATA = b"\x17\x03\x03\x01\x2c" + bytes(300)
TLS_NOTIFY = b"\x15\x03\x03\x00\x1a" + bytes(26)
SLOW_S = 1.6


@dataclasses.dataclass
class Life:
    """What the two applications do, and which anomalies above info are true of it."""

    name: str
    act: Callable
    true: tuple = ()


LIVES = []


def life(name, *true):
    def register(act):
        LIVES.append(Life(name, act, true))
        return act

    return register


def life_of(number):
    """The life of a crowd's connection: they take turns."""
    return LIVES[number % len(LIVES)]


async def live(pair):
    """The act of a crowd."""
    await pair.open()
    await life_of(pair.number).act(pair)


def _response(length, *headers):
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + b"x" * length


async def _say(pair, sender, data):
    """The data, read to its end by the other side."""
    receiver = pair.server if sender is pair.client else pair.client
    await asyncio.gather(pair.send(sender, data), pair.receive(receiver, len(data)))


async def _http(pair, request, response):
    await _say(pair, pair.client, request)
    await _say(pair, pair.server, response)


async def _close(pair, closer, think_s):
    closer.close()
    await pair.answer_end(pair.server if closer is pair.client else pair.client, think_s)


@life("nothing said, client closes")
async def nothing_said(pair):
    await _close(pair, pair.client, 0)


@life("client closes, server thinks")
async def client_first(pair):
    await pair.exchange()
    await _close(pair, pair.client, 0.15)


@life("client closes, server at once")
async def client_first_at_once(pair):
    await pair.exchange()
    await _close(pair, pair.client, 0)


@life("server closes, client thinks")
async def server_first(pair):
    await pair.exchange()
    await _close(pair, pair.server, 0.15)


@life("server closes, client at once")
async def server_first_at_once(pair):
    await pair.exchange()
    await _close(pair, pair.server, 0)


@life("server takes its time to close", "slow_close")
async def slow_answer(pair):
    await pair.exchange()
    await _close(pair, pair.client, SLOW_S)


@life("both close at once")
async def both(pair):
    await pair.exchange()
    pair.client.close()
    pair.server.close()


@life("client half-closes, server goes on")
async def client_half(pair):
    await pair.send(pair.client, REQUEST)
    pair.client.shutdown(socket.SHUT_WR)
    await pair.drain(pair.server)
    await _say(pair, pair.server, _response(9000))
    await _close(pair, pair.server, 0)


@life("server half-closes, client goes on")
async def server_half(pair):
    await pair.exchange()
    pair.server.shutdown(socket.SHUT_WR)
    await pair.drain(pair.client)
    await _say(pair, pair.client, b"u" * 5000)
    await _close(pair, pair.client, 0)


@life("HTTP, three requests, client closes")
async def http_three(pair):
    for length in (20, 900, 5000):
        await _http(pair, REQUEST, _response(length))
        await asyncio.sleep(0.05)
    await _close(pair, pair.client, 0)


@life("HTTP, Connection: close")
async def http_last(pair):
    await _say(pair, pair.client, LAST_REQUEST)
    await pair.send(pair.server, _response(700, "Connection: close"))
    await _close(pair, pair.server, 0)


@life("HTTP/1.0, the close ends the answer")
async def http_old(pair):
    await _say(pair, pair.client, OLD_REQUEST)
    await pair.send(pair.server, b"HTTP/1.0 200 OK\r\n\r\n" + b"y" * 40000)
    await _close(pair, pair.server, 0)


@life("HTTP, server closes the idle connection")
async def http_idle(pair):
    await _http(pair, REQUEST, _response(300))
    await asyncio.sleep(1.3)
    await _close(pair, pair.server, 0)


@life("HTTP, client closes the idle connection")
async def http_idle_client(pair):
    await _http(pair, REQUEST, _response(300))
    await asyncio.sleep(1.3)
    await _close(pair, pair.client, 0)


@life("a long answer, server closes")
async def long_answer(pair):
    await _say(pair, pair.client, REQUEST)
    await _say(pair, pair.server, _response(150000))
    await _close(pair, pair.server, 0.02)


@life("an upload, client closes with its last octet")
async def upload(pair):
    await asyncio.gather(
        pair.send(pair.client, b"u" * 60000), pair.receive(pair.server, 20000)
    )
    await _close(pair, pair.client, 0.01)


@life("TLS, close_notify both ways")
async def tls(pair):
    for sender, record in ((pair.client, TLS_HELLO), (pair.server, TLS_HELLO)):
        await _say(pair, sender, record)
    await _say(pair, pair.client, TLS_DATA)
    await _say(pair, pair.server, TLS_DATA)
    await pair.send(pair.client, TLS_NOTIFY)
    pair.client.shutdown(socket.SHUT_WR)
    await pair.drain(pair.server)
    await pair.send(pair.server, TLS_NOTIFY)
    await _close(pair, pair.server, 0)


@life("kept alive by probes, client closes")
async def probes(pair):
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1)):
        pair.client.setsockopt(socket.IPPROTO_TCP, option, value)
    pair.client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    await pair.exchange()
    await asyncio.sleep(2.3)
    await _close(pair, pair.client, 0)
