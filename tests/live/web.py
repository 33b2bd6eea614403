"""The recipe of web.pcap: 130 s of a small web site, seen at its switch.

10.0.0.1 browses, 10.0.0.2 is the web server (port 80) and asks an application server, 10.0.0.3
(port 8080). Most connections close as they should; one is refused, one dies in a keep-alive race,
one is half-closed, one leaks.
"""

import socket

from recipe import recipe
from stage import REQUEST, UNSAID, expect_end, receive, response

WEB_PORT, APP_PORT, CLOSED_PORT = 80, 8080, 9090
KEEPALIVE_S = 5


class Site:
    """The three hosts' listeners and the ports that are handed out in turn."""

    def __init__(self, stage):
        self.stage = stage
        self.browser, self.web, self.app = stage.lab.hosts
        self.web_listener = stage.listen(WEB_PORT, self.web)
        self.app_listener = stage.listen(APP_PORT, self.app)
        self.browser_port, self.web_port = 50000, 41000

    def browse(self):
        """A browser's connection with one request and its response: (port, browser's end, web
        server's).
        """
        self.browser_port += 1
        ends = self.stage.converse(
            self.web_listener, self.browser_port, source=self.browser, target=self.web
        )
        return self.browser_port, *ends

    def ask(self):
        """A connection of the web server to the application server: (port, web server's end,
        application's).
        """
        self.web_port += 1
        ends = self.stage.converse(
            self.app_listener, self.web_port, source=self.web, target=self.app
        )
        return self.web_port, *ends

    def expect_browse(self, port, kind, closer, **more):
        self.stage.expect(
            kind,
            closer,
            port=port,
            server_port=WEB_PORT,
            source=self.browser,
            target=self.web,
            **more,
        )

    def expect_ask(self, port, kind, closer, server_port=APP_PORT, **more):
        self.stage.expect(
            kind,
            closer,
            port=port,
            server_port=server_port,
            source=self.web,
            target=self.app,
            **more,
        )


def _visit(site, turn):
    """One page view, closed in one of three ordinary ways."""
    port, browser, web = site.browse()
    first, second = (web, browser) if turn % 3 == 0 else (browser, web)
    first.close()
    expect_end(second)
    if turn % 3 == 2:
        site.stage.pause(0.12)
    second.close()
    site.stage.pause()
    site.expect_browse(
        port,
        "four_way" if turn % 3 == 2 else "three_segment",
        "server" if turn % 3 == 0 else "client",
    )


def _leak(site):
    """The browser closes, the web server forgets the descriptor."""
    port, browser, _ = site.browse()
    browser.close()
    site.stage.pause()
    site.expect_browse(
        port,
        "half_closed",
        "client",
        client_state="unknown",
        anomalies=[{"event": "close_wait_stuck", "side": "server"}],
    )


def _upload(site):
    """The browser ends its upload with shutdown(SHUT_WR), and gets 2,000 octets half a second
    later.
    """
    port, browser, web = site.browse()
    browser.sendall(REQUEST)
    browser.shutdown(socket.SHUT_WR)
    receive(web, len(REQUEST))
    expect_end(web)
    site.stage.pause(0.5)
    web.sendall(b"u" * 2000)
    receive(browser, 2000)
    web.close()
    expect_end(browser)
    browser.close()
    site.stage.pause()
    site.expect_browse(
        port, "four_way", "client", teardown={"half_close": {"side": "server", "bytes": 2000}}
    )


def _race(site):
    """The application server ends its keep-alive just as the web server sends the next request."""
    port, web, app = site.ask()
    site.stage.pause(KEEPALIVE_S - 0.1)
    app.close()
    site.stage.pause(0.003)
    web.sendall(REQUEST)
    site.stage.pause(0.2)
    site.expect_ask(
        port,
        "fin_then_rst",
        "server",
        teardown={"reset": {"by": "server", "form": "reply"}},
        anomalies=[{"event": "http_keepalive_race"}],
    )


def _refused(site):
    """The web server tries a port where the application does not listen."""
    site.web_port += 1
    probe = site.stage.bound(site.web, site.web_port)
    if probe.connect_ex((site.app.address, CLOSED_PORT)) == 0:
        raise RuntimeError("the connection was not refused")
    site.expect_ask(site.web_port, "refused", UNSAID, server_port=CLOSED_PORT)


def _ask(site, turn):
    """One question to the application server: either side closes first."""
    port, web, app = site.ask()
    app.sendall(response(400 + 150 * turn))
    receive(web, len(response(400 + 150 * turn)))
    first, second = (app, web) if turn % 2 == 0 else (web, app)
    first.close()
    expect_end(second)
    second.close()
    site.stage.pause()
    site.expect_ask(port, "three_segment", "server" if turn % 2 == 0 else "client")


@recipe(
    "130 s of a small web site, captured at its switch: a browser (10.0.0.1), the server "
    "(10.0.0.2:80) and the application behind it (10.0.0.3:8080).",
    "30 connections: 26 in order (one of them half-closed for half a second), "
    "one refused, one keep-alive race, one leaked in CLOSE_WAIT, one still open",
    point="mirror",
    hosts=3,
)
def web(stage):
    site = Site(stage)
    _leak(site)
    for turn in range(15):
        stage.until(1 + 3 * turn)
        _visit(site, turn)
        if turn % 3 == 1:
            _ask(site, turn // 3)
    _upload(site)
    _race(site)
    _refused(site)
    stage.until(70)
    port, _, _ = site.browse()
    site.expect_browse(port, "none", None)
    for turn in range(5):
        stage.until(100 + 5 * turn)
        _visit(site, turn)
    stage.until(128)
    stage.tick()
