"""Recipes of connections that close in order: both FINs are sent and acknowledged."""

import socket

from lab import FIN
from recipe import recipe
from stage import REQUEST, SERVER_PORT, SERVER_THINKS_S, expect_end, kill_holder, receive, response


@recipe(
    "Request, response; the client closes, the server closes 150 ms after it read the end.",
    "four segments, client first",
)
def four_way(stage):
    client, server = stage.converse()
    client.close()
    expect_end(server)
    stage.pause(SERVER_THINKS_S)
    server.close()
    stage.pause()
    stage.expect("four_way", "client", time_wait=[{"side": "client", "via": "fin_wait_2"}])


@recipe(
    "As four_way, but the server closes as soon as it reads the end: its ACK travels in its FIN.",
    "three segments, client first",
    form="pcapng",
)
def three_segment(stage):
    client, server = stage.converse()
    client.close()
    expect_end(server)
    server.close()
    stage.pause()
    stage.expect("three_segment", "client", time_wait=[{"side": "client", "via": "fin_wait_1"}])


@recipe(
    "The server closes right after its response, the client 150 ms after it read the end.",
    "four segments, server first; TIME_WAIT on the server",
    point="server",
    snaplen=96,
)
def server_first(stage):
    client, server = stage.converse()
    server.close()
    expect_end(client)
    stage.pause(SERVER_THINKS_S)
    client.close()
    stage.pause()
    stage.expect("four_way", "server", time_wait=[{"side": "server", "via": "fin_wait_2"}])


@recipe(
    "Both close at once; each FIN takes 30 ms to the other side.",
    "both through CLOSING, TIME_WAIT on both",
    point="mirror",
    delay_s=0.03,
)
def simultaneous(stage):
    client, server = stage.converse()
    client.close()
    server.close()
    stage.pause(0.2)
    stage.expect(
        "simultaneous",
        "both",
        time_wait=[{"side": "client", "via": "closing"}, {"side": "server", "via": "closing"}],
    )


@recipe(
    "The client calls shutdown(SHUT_WR) after its request; the server reads the end, thinks for "
    "0.3 s, sends 3,000 octets and closes.",
    "four segments; a half-close in which the server sends 3,000 octets",
    form="pcapng",
)
def half_close(stage):
    client, server = stage.connect(stage.listen())
    client.sendall(REQUEST)
    client.shutdown(socket.SHUT_WR)
    receive(server, len(REQUEST))
    expect_end(server)
    stage.pause(0.3)
    server.sendall(b"r" * 3000)
    receive(client, 3000)
    stage.pause()
    server.close()
    expect_end(client)
    client.close()
    stage.pause()
    stage.expect(
        "four_way",
        "client",
        teardown={"half_close": {"side": "server", "bytes": 3000}},
        time_wait=[{"side": "client", "via": "fin_wait_2"}],
    )


@recipe(
    "The client's process is killed with SIGKILL; the server closes 150 ms after it read the end.",
    "the kernel sends the FIN: four segments, client first",
)
def killed_process(stage):
    client, server = stage.converse()
    kill_holder(client)
    expect_end(server)
    stage.pause(SERVER_THINKS_S)
    server.close()
    stage.pause()
    stage.expect("four_way", "client", time_wait=[{"side": "client"}])


@recipe("four_way over IPv6.", "four segments, client first", form="pcapng", ipv6=True)
def ipv6_four_way(stage):
    client, server = stage.converse(stage.listen(family=socket.AF_INET6))
    client.close()
    expect_end(server)
    stage.pause(SERVER_THINKS_S)
    server.close()
    stage.pause()
    stage.expect(
        "four_way", "client", family=socket.AF_INET6, ip_v=6, time_wait=[{"side": "client"}]
    )


@recipe(
    "four_way as a trunk's mirror port shows it: every frame tagged 802.1Q, VLAN 10.",
    "four segments, client first",
    point="mirror",
    vlan=10,
)
def vlan_tagged(stage):
    client, server = stage.converse()
    client.close()
    expect_end(server)
    stage.pause(SERVER_THINKS_S)
    server.close()
    stage.pause()
    stage.expect("four_way", "client", vlan=[10], time_wait=[{"side": "client"}])


@recipe(
    "Client and server on one host, captured on lo; the client closes first.",
    "three segments, client first",
    interface="lo",
    point="server",
)
def loopback(stage):
    host = stage.server
    client, server = stage.converse(source=host, target=host)
    client.close()
    expect_end(server)
    server.close()
    stage.pause()
    stage.expect(
        "three_segment", "client", source=host, target=host, time_wait=[{"side": "client"}]
    )


@recipe(
    "Captured on the pseudo-interface any (link type LINUX_SLL2); the server closes first, the "
    "client at once.",
    "three segments, server first",
    interface="any",
    point="server",
)
def any_interface(stage):
    client, server = stage.converse()
    server.close()
    expect_end(client)
    client.close()
    stage.pause()
    stage.expect("three_segment", "server", time_wait=[{"side": "server"}])


@recipe(
    "The server closes first and keeps TIME_WAIT; 2 s later the client connects again from the "
    "same port (SO_REUSEADDR), and closes first this time.",
    "the SYN ends the server's TIME_WAIT; a second connection",
    point="mirror",
)
def port_reuse(stage):
    listener = stage.listen()
    client, server = stage.converse(listener)
    server.close()
    expect_end(client)
    client.close()
    stage.pause(2)
    stage.expect(
        "three_segment",
        "server",
        client_state="closed",
        server_state="closed",
        time_wait=[{"side": "server", "ended_by": "reuse"}],
        anomalies=[{"event": "time_wait_recycled_linux_isn"}],
    )
    client, server = stage.converse(listener)
    client.close()
    expect_end(server)
    server.close()
    stage.pause()
    stage.expect("three_segment", "client", time_wait=[{"side": "client"}])


@recipe(
    "three_segment, then silence for 66 s and one UDP datagram.",
    "TIME_WAIT ends by its timer, within the capture",
    form="pcapng",
)
def time_wait_expires(stage):
    client, server = stage.converse()
    client.close()
    expect_end(server)
    server.close()
    stage.pause(66)
    stage.tick()
    stage.expect(
        "three_segment",
        "client",
        time_wait=[{"side": "client", "ended_by": "timer", "duration_ns": 60000000000}],
    )


@recipe(
    "The server reads nothing; the client sends 30,000 octets into a buffer of 4 KiB and closes. "
    "After 1.5 s the server reads all and closes 150 ms after the end.",
    "the FIN waits behind a zero window; client first",
    snaplen=96,
)
def zero_window(stage):
    listener = stage.keep(stage.server.new_socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("0.0.0.0", SERVER_PORT))
    listener.listen(1)
    client, server = stage.connect(listener)
    client.sendall(b"z" * 30000)
    client.close()
    stage.pause(1.5)
    receive(server, 30000)
    expect_end(server)
    stage.pause(SERVER_THINKS_S)
    server.close()
    stage.pause()
    stage.expect("four_way", "client", time_wait=[{"side": "client"}])


@recipe(
    "Two connections with TCP Fast Open: the first gets the cookie, the second carries its "
    "request in the SYN.",
    "both three segments, client first",
)
def fast_open(stage):
    stage.client.sysctl("ipv4/tcp_fastopen", 3)
    stage.server.sysctl("ipv4/tcp_fastopen", 3)
    listener = stage.listen()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
    for port in (stage.port, stage.port + 1):
        client = stage.bound(stage.client, port)
        client.settimeout(None)
        client.sendto(REQUEST, socket.MSG_FASTOPEN, (stage.server.address, SERVER_PORT))
        server = stage.keep(listener.accept()[0])
        server.settimeout(20)
        receive(server, len(REQUEST))
        server.sendall(response())
        receive(client, len(response()))
        stage.pause()
        client.close()
        expect_end(server)
        server.close()
        stage.pause()
        stage.expect("three_segment", "client", port=port, flow={"payload_toserver": len(REQUEST)})


@recipe(
    "Both connect to each other's bound port at once (20 ms each way); 10.0.0.1 closes first.",
    "simultaneous open; three segments, 10.0.0.1 first",
    point="mirror",
    delay_s=0.02,
)
def simultaneous_open(stage):
    ends = stage.bound(stage.client, stage.port), stage.bound(stage.server, SERVER_PORT)
    stage.client.new_socket(kind=socket.SOCK_DGRAM).sendto(b"", (stage.server.address, 9))
    stage.pause()
    for end, host, port in zip(ends, (stage.server, stage.client), (SERVER_PORT, stage.port)):
        end.setblocking(False)
        end.connect_ex((host.address, port))
    stage.pause(0.2)
    for end in ends:
        end.settimeout(20)
    stage.exchange(*ends)
    ends[0].close()
    expect_end(ends[1])
    ends[1].close()
    stage.pause()
    stage.expect(
        "three_segment",
        "client",
        anomalies=[{"event": "simultaneous_open"}],
        time_wait=[{"side": "client"}],
    )


@recipe(
    "four_way whose last ACK is lost behind the mirror: the server repeats its FIN, the client "
    "its ACK.",
    "four segments, client first; TIME_WAIT restarted once",
    point="mirror",
)
def last_ack_lost(stage):
    client, server = stage.converse()
    client.close()
    expect_end(server)
    stage.pause(SERVER_THINKS_S)
    stage.lab.switch.lose = Once(lambda seen: seen.sender is stage.client and seen.is_pure_ack())
    server.close()
    stage.pause(1)
    stage.expect(
        "four_way",
        "client",
        time_wait=[{"side": "client", "restarts": 1}],
        anomalies=[{"event": "last_ack_lost"}],
    )


@recipe(
    "four_way whose first FIN is lost behind the mirror: the client repeats it.",
    "four segments, client first; the first FIN sent twice",
    point="mirror",
)
def first_fin_lost(stage):
    client, server = stage.converse()
    stage.lab.switch.lose = Once(lambda seen: seen.sender is stage.client and seen.flags & FIN)
    client.close()
    expect_end(server)
    stage.pause(SERVER_THINKS_S)
    server.close()
    stage.pause()
    stage.expect(
        "four_way",
        "client",
        anomalies=[{"event": "fin_retransmitted"}],
        time_wait=[{"side": "client"}],
    )


class Once:
    """A switch's `lose` that loses one frame behind the mirror: the first that is wanted."""

    def __init__(self, wanted):
        self.wanted = wanted

    def __call__(self, seen):
        if self.wanted is not None and self.wanted(seen):
            self.wanted = None
            return "after"
        return None
