"""Where one run takes place: two hosts, the forwarder between them, a listener, and a capture."""

import asyncio
import contextlib
import os
import re
import time

from forwarder import Forwarder
from lab import Host
from pairs import Pair, abort
from truth import FIN_TIMEOUT_S

FIRST_CLIENT_PORT = 20000


class Bench:
    """Made for a kind of run and a server port that no other run has; the clock of `ended` is the
    kernel's events'.
    """

    forwarder_class = Forwarder

    def __init__(self, kind, port, directory):
        self.kind, self.port = kind, port
        name = re.sub(r"[^a-z0-9]+", "-", kind.name.lower()).strip("-")
        self.path = os.path.join(directory, f"{name}.pcap")
        self.kept = []
        self.mishaps = []
        self.ended = None
        self.listener = None
        self._accepting = None
        self._waiting = {}
        self._down = contextlib.ExitStack()
        with contextlib.ExitStack() as building:
            self.client, self.server = self._host(building, 1), self._host(building, 2)
            for own, other in ((self.client, self.server), (self.server, self.client)):
                own.ip("neigh", "add", other.address, "lladdr", other.mac.hex(":"), "dev", "eth0")
            self.forwarder = self.forwarder_class([self.client, self.server], self.path, kind.delay_s)
            if kind.fault:
                self.forwarder.fault = kind.fault
            self.forwarder.start()
            building.callback(self.forwarder.close)
            self._down = building.pop_all()

    def _host(self, building, number):
        host = Host(number)
        building.callback(host.close)
        host.sysctl("ipv4/tcp_fin_timeout", FIN_TIMEOUT_S)
        for name, value in self.kind.sysctls.items():
            host.sysctl(name, value)
        return host

    def accepted(self, port):
        """A future of the next connection from that client port."""
        self._waiting[port] = asyncio.get_running_loop().create_future()
        return self._waiting[port]

    async def shut(self):
        """From now on nothing listens. The loop forgets the descriptor before it is closed."""
        self._accepting.cancel()
        await asyncio.wait([self._accepting])
        self.listener.close()

    async def run(self):
        """Lets the kind's connections live, then ends the capture and forgets the sockets."""
        self.listener = self.server.listen(self.port)
        self.listener.listen(4096)
        self.listener.setblocking(False)
        if "ipv4/tcp_fastopen" in self.kind.sysctls:
            self.listener.setsockopt(6, 23, 16)
        self._accepting = asyncio.create_task(self._accept())
        try:
            await asyncio.gather(*(self._live(number) for number in range(self.kind.copies)))
            await asyncio.sleep(self.kind.settle_s)
        finally:
            self._accepting.cancel()
            self._end()

    async def _accept(self):
        loop = asyncio.get_running_loop()
        while True:
            made, (_, port) = await loop.sock_accept(self.listener)
            made.setblocking(False)
            self.kept.append(made)
            waiting = self._waiting.pop(port, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(made)

    async def _live(self, number):
        await asyncio.sleep(self.kind.spread_s * number / self.kind.copies)
        try:
            await self.kind.act(Pair(self, FIRST_CLIENT_PORT + number, number))
        except (OSError, RuntimeError, TimeoutError, asyncio.TimeoutError) as error:
            self.mishaps.append(f"port {FIRST_CLIENT_PORT + number}: {error!r}")

    def _end(self):
        self.ended = time.monotonic()
        self._down.pop_all().close()
        for kept in (*self.kept, self.listener):
            if kept.fileno() >= 0:
                abort(kept)
