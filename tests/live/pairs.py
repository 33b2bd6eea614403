"""The two ends of one connection, for scripts that run many connections at once."""

import asyncio
import contextlib
import socket
import struct

PATIENCE_S = 12
REQUEST = b"GET / HTTP/1.1\r\nHost: lab.example\r\n\r\n"


class Pair:
    """A client's and a server's socket. What a script does not close is kept until the capture has
    ended.
    """

    def __init__(self, bench, port, number):
        self.bench, self.port, self.number = bench, port, number
        self.loop = asyncio.get_running_loop()
        self.client = self.server = None

    def new_client(self, port=None):
        made = self.bench.client.new_socket()
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((self.bench.client.address, port or self.port))
        self.bench.kept.append(made)
        return made

    async def open(self, greeting=b""):
        """Connects and accepts; `greeting` travels in the SYN (TCP Fast Open)."""
        self.client = self.new_client()
        accepted = self.bench.accepted(self.port)
        target = (self.bench.server.address, self.bench.port)
        if greeting:
            with contextlib.suppress(BlockingIOError):
                self.client.sendto(greeting, socket.MSG_FASTOPEN, target)
        else:
            await asyncio.wait_for(self.loop.sock_connect(self.client, target), PATIENCE_S)
        self.server = await asyncio.wait_for(accepted, PATIENCE_S)

    async def exchange(self, length=200):
        """A request and a response of `length` octets, both read to their end."""
        await self.send(self.client, REQUEST)
        await self.receive(self.server, len(REQUEST))
        await self.send(self.server, b"x" * length)
        await self.receive(self.client, length)
        await asyncio.sleep(0.1)

    async def send(self, end, data):
        await asyncio.wait_for(self.loop.sock_sendall(end, data), PATIENCE_S)

    async def receive(self, end, length):
        while length > 0:
            part = await asyncio.wait_for(self.loop.sock_recv(end, length), PATIENCE_S)
            if not part:
                raise RuntimeError(f"the stream ended {length} octets early")
            length -= len(part)

    async def drain(self, end):
        """Reads to the end of the stream, or until a reset."""
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(self.loop.sock_recv(end, 65536), PATIENCE_S):
                pass

    async def answer_end(self, end, think_s=0.15):
        """Reads the end of the stream, thinks, closes."""
        await self.drain(end)
        await asyncio.sleep(think_s)
        end.close()


def abort(end):
    """Closes with a RST: SO_LINGER with a time of 0."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
