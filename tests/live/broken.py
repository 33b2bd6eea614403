"""Recipes of connections that are refused, reset, forgotten or never answered."""

from lab import ACK, SYN
from recipe import recipe
from stage import REQUEST, SERVER_PORT, abort, expect_end, kill_holder, receive, response


@recipe("The client connects to a port where nothing listens.", "refused by the server's kernel")
def refused(stage):
    client = stage.bound(stage.client, stage.port)
    try:
        client.connect((stage.server.address, SERVER_PORT))
    except ConnectionRefusedError:
        stage.pause()
        stage.expect(
            "refused", teardown={"reset": {"by": "server", "form": "refusal"}}, time_wait=[]
        )
        return
    raise RuntimeError("the connection was not refused")


@recipe(
    "The server has sent nothing; the client closes with SO_LINGER 0.",
    "RST by the client: an abort",
    point="server",
)
def linger_zero(stage):
    client, server = stage.connect(stage.listen())
    client.sendall(REQUEST)
    receive(server, len(REQUEST))
    stage.pause()
    abort(client)
    stage.pause()
    stage.expect(
        "rst_abort",
        "client",
        teardown={"reset": {"by": "client", "form": "abort", "class": "exact"}},
        time_wait=[],
    )


@recipe(
    "The server responds; the client closes without reading it.",
    "RST by the client instead of a FIN",
)
def unread_data(stage):
    client, server = stage.connect(stage.listen())
    client.sendall(REQUEST)
    receive(server, len(REQUEST))
    server.sendall(response())
    stage.pause()
    client.close()
    stage.pause()
    stage.expect(
        "rst_abort",
        "client",
        teardown={"reset": {"by": "client", "form": "abort", "class": "exact"}},
        time_wait=[],
    )


@recipe(
    "After 1.5 s of silence the server closes; the client's next request, sent 5 ms later, "
    "crosses the FIN (20 ms each way).",
    "RST by the server at its FIN's number",
    point="mirror",
    delay_s=0.02,
)
def keepalive_race(stage):
    _race(stage)


@recipe(
    "As keepalive_race, recorded at the client: the request left before the FIN arrived.",
    "RST by the server at its FIN's number",
    delay_s=0.02,
)
def keepalive_race_at_client(stage):
    _race(stage)


def _race(stage):
    client, server = stage.converse()
    stage.pause(1.5)
    server.close()
    stage.pause(0.005)
    client.sendall(REQUEST)
    stage.pause(0.2)
    stage.expect(
        "fin_then_rst",
        "server",
        teardown={"reset": {"by": "server", "form": "reply", "class": "fin_minus_one"}},
        anomalies=[{"event": "http_keepalive_race"}],
        time_wait=[],
    )


@recipe(
    "After 1.5 s of silence the server closes; 0.3 s later the client, which has not looked, "
    "sends a request.",
    "RST by the server just beyond its FIN",
    point="mirror",
)
def stale_write(stage):
    client, server = stage.converse()
    stage.pause(1.5)
    server.close()
    stage.pause(0.3)
    client.sendall(REQUEST)
    stage.pause(0.2)
    stage.expect(
        "fin_then_rst",
        "server",
        teardown={"reset": {"by": "server", "form": "reply", "class": "exact"}},
        anomalies=[{"event": "stale_pool_write"}],
        time_wait=[],
    )


@recipe(
    "The client closes; the server never does. The capture ends 2 s later.",
    "the server stays in CLOSE_WAIT, the client in FIN_WAIT_2",
)
def close_wait_leak(stage):
    client, server = stage.converse()
    client.close()
    expect_end(server)
    stage.pause(2)
    stage.tick()
    stage.expect("half_closed", "client", time_wait=[])


@recipe(
    "The client's process is killed with SIGKILL while 20,000 octets wait for it unread.",
    "the kernel sends a RST",
)
def killed_reader(stage):
    client, server = stage.connect(stage.listen())
    client.sendall(REQUEST)
    receive(server, len(REQUEST))
    server.sendall(response(20000))
    stage.pause(0.2)
    kill_holder(client)
    stage.pause()
    stage.expect(
        "rst_abort", "client", teardown={"reset": {"by": "client", "form": "abort"}}, time_wait=[]
    )


@recipe(
    "The client is cut off, loses its connection and connects again from the same port: the "
    "server still holds the old one and challenges the SYN.",
    "the old connection is reset by the client's answer; the new one closes in three " "segments",
    point="mirror",
)
def rebooted_client(stage):
    listener = stage.listen()
    client, _ = stage.converse(listener)
    stage.lab.switch.lose = lambda seen: "before"
    abort(client)
    stage.pause(0.5)
    stage.lab.switch.lose = lambda seen: None
    stage.expect(
        "rst_abort",
        "client",
        client_state="closed",
        server_state="closed",
        teardown={"reset": {"by": "client"}},
        anomalies=[{"event": "syn_in_established"}],
    )
    client, server = stage.converse(listener)
    client.close()
    expect_end(server)
    server.close()
    stage.pause()
    stage.expect("three_segment", "client", time_wait=[{"side": "client"}])


@recipe(
    "The client's SYNs vanish behind the mirror; the capture ends after 5 s.",
    "a connection attempt without answer",
    point="mirror",
)
def connect_timeout(stage):
    stage.lab.switch.lose = lambda seen: "after" if seen.flags & (SYN | ACK) == SYN else None
    client = stage.bound(stage.client, stage.port)
    client.settimeout(5)
    try:
        client.connect((stage.server.address, SERVER_PORT))
    except TimeoutError:
        stage.expect("connect_timeout", server_state="unknown", time_wait=[])
        return
    raise RuntimeError("the connection attempt was answered")
