"""What a recipe acts on: sockets in a laboratory, and the truth about the connections that it
makes.
"""

import os
import signal
import socket
import struct
import time

SERVER_PORT = 80
REQUEST = b"GET / HTTP/1.1\r\nHost: lab.example\r\n\r\n"
SETTLE_S = 0.1
SERVER_THINKS_S = 0.15
UNSAID = object()
IN_ORDER = ("four_way", "three_segment", "simultaneous")


def response(length=200):
    """An HTTP response whose body makes it `length` octets or a little more."""
    body = b"x" * max(0, length - 60)
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def receive(connection, length):
    """Reads exactly `length` octets."""
    got = b""
    while len(got) < length:
        part = connection.recv(length - len(got))
        if not part:
            raise RuntimeError(f"the connection ended after {len(got)} of {length} octets")
        got += part
    return got


def expect_end(connection):
    """Reads the end of the stream, and fails if anything else comes."""
    if connection.recv(1) != b"":
        raise RuntimeError("octets where the end of the stream was due")


def abort(connection):
    """Closes with a RST: SO_LINGER with a time of 0."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def kill_holder(connection):
    """Hands the connection to a child process alone, and kills that."""
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(1)
    connection.close()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _with_end(path, state, kind):
    """The path of a full socket, and what its mini-socket went through after it."""
    if path[-1] != "closed" or path[-2] not in ("fin_wait_2", "closing"):
        return path
    if state == "closed":
        return path[:-1] + (["time_wait"] if kind in IN_ORDER else []) + ["closed"]
    return path[:-1] + (["time_wait"] if state == "time_wait" else [])


class Stage:
    """One recipe's run. Sockets are kept open until the capture has ended, unless the recipe closes
    them.
    """

    def __init__(self, lab, tracer, port):
        self.lab = lab
        self.tracer = tracer
        self.port = port
        self.client, self.server = lab.client, lab.server
        self.flows = []
        self._kept = []
        self._began = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Aborts what is still open: an orderly close would outlive the laboratory for minutes."""
        for kept in self._kept:
            if kept.fileno() >= 0:
                abort(kept)

    def keep(self, *things):
        self._kept.extend(things)
        return things[0]

    def pause(self, seconds=SETTLE_S):
        time.sleep(seconds)

    def until(self, seconds):
        """Waits until so long after the recipe's begin."""
        time.sleep(max(0, self._began + seconds - time.monotonic()))

    def bound(self, host, port, family=socket.AF_INET):
        made = self.keep(host.new_socket(family))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
        return made

    def listen(self, port=SERVER_PORT, host=None, family=socket.AF_INET):
        return self.keep((host or self.server).listen(port, family))

    def connect(self, listener, port=None, source=None, target=None):
        """A connection through the laboratory: (the client's socket, the server's)."""
        client = self.bound(source or self.client, port or self.port, listener.family)
        server = target or self.server
        address = server.address6 if listener.family == socket.AF_INET6 else server.address
        client.connect((address, listener.getsockname()[1]))
        accepted, _ = listener.accept()
        accepted.settimeout(20)
        self.keep(accepted)
        return client, accepted

    def exchange(self, client, server, length=200):
        """A request and its response, and time for the last acknowledgement."""
        client.sendall(REQUEST)
        receive(server, len(REQUEST))
        answer = response(length)
        server.sendall(answer)
        receive(client, len(answer))
        self.pause()

    def converse(self, listener=None, port=None, **hosts):
        client, server = self.connect(listener or self.listen(), port, **hosts)
        self.exchange(client, server)
        return client, server

    def expect(
        self,
        kind,
        closer=UNSAID,
        port=None,
        server_port=SERVER_PORT,
        source=None,
        target=None,
        family=socket.AF_INET,
        client_state=None,
        server_state=None,
        **more,
    ):
        """Notes the truth about one connection. States not given are read from the kernels at the
        end.
        """
        source, target = source or self.client, target or self.server
        names = [
            (host.address6 if family == socket.AF_INET6 else host.address)
            for host in (source, target)
        ]
        teardown = {
            "type": kind,
            **({} if closer is UNSAID else {"closer": closer}),
            **more.pop("teardown", {}),
        }
        record = {
            "src_ip": names[0],
            "src_port": port or self.port,
            "dest_ip": names[1],
            "dest_port": server_port,
            "teardown": teardown,
            **more,
        }
        self.flows.append((record, source, target, [client_state, server_state]))

    def truth(self):
        """What must be found: the records' expected parts, with the states and paths that the
        kernels tell now.
        """
        truth = {"flows": [], "paths": []}
        seen = {}
        for record, source, target, states in self.flows:
            ports = record["src_port"], record["dest_port"]
            incarnation = seen[ports] = seen.get(ports, -1) + 1
            held = source.sockets().get(ports, "closed"), target.sockets().get(
                ports[::-1], "closed"
            )
            paths = {}
            for side, given, now in zip(("client", "server"), states, held):
                state = given or now
                if state != "unknown":
                    record.setdefault(side, {})["state"] = state
                path = self._path(record, side, incarnation)
                if path:
                    paths[side] = _with_end(path, state, record["teardown"]["type"])
            truth["flows"].append(record)
            truth["paths"].append(paths)
        return truth

    def _path(self, record, side, incarnation):
        ends = [(record["src_ip"], record["src_port"]), (record["dest_ip"], record["dest_port"])]
        own, peer = ends if side == "client" else ends[::-1]
        paths = self.tracer.paths(*own, *peer)
        return paths[incarnation] if incarnation < len(paths) else []

    def tick(self):
        """Something that is not TCP, so that the capture's clock goes on: a UDP datagram to the
        discard port.
        """
        with self.client.new_socket(kind=socket.SOCK_DGRAM) as datagram:
            datagram.sendto(b"tick", (self.server.address, 9))
        self.pause()
