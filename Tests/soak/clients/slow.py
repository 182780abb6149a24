"""Clients that take their time, which is all they do."""

import socket

from clients.client import FINE, Client
from wire import Wrong


class Slow(Client):
    """Drips bytes until the server has had enough."""

    may_be_cut = True
    source = "127.0.0.5"
    pause = 0.2

    def drip(self, wire, data, pause):
        """Sends a byte after the other; says whether the server had something to say before the end."""
        wire.socket.settimeout(pause)
        for byte in data:
            if self.scene.is_over.is_set(): return False
            wire.send(bytes([byte]))
            try:
                wire.socket.recv(1, socket.MSG_PEEK)
                return True
            except TimeoutError:
                continue
        return False


class SlowHead(Slow):
    """A head that drips in: it is refused in time, however lively it drips."""

    def round(self):
        """The answer is 408, not the end of patience."""
        with self.plain() as wire:
            self.say(wire, b"GET /health HTTP/1.1\r\n")
            if not self.drip(wire, b"X-Slow: " + b"a" * 1000, 0.1 * self.scene.pace):
                if not self.scene.is_over.is_set(): raise Wrong("a head dripped in as a whole and was not refused")
                return
            wire.socket.settimeout(30)
            self.answers_until_end(wire, {408})


class SlowBody(Slow):
    """A body that drips in below the least rate."""

    def round(self):
        """The answer is 408, or what the body was good for where the run ends."""
        with self.plain() as wire:
            head = self.scene.request("POST", "/v1/leads", b"x" * 5000).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            self.say(wire, head)
            if not self.drip(wire, b" " * 1000, 0.1 * self.scene.pace):
                if not self.scene.is_over.is_set(): raise Wrong("a body dripped in for long and was not refused")
                return
            wire.socket.settimeout(30)
            self.answers_until_end(wire, {408})


class SlowReader(Slow):
    """Asks for long answers many times and reads them slowly or not at all."""

    def round(self):
        """The server stops reading when nobody takes its answers, and ends the connection in the end."""
        with self.plain(window=4096) as wire:
            self.say(wire, self.scene.request("GET", "/openapi.json") * 50)
            for _ in range(self.chance.randrange(1, 30)):
                if self.scene.is_over.wait(0.2): return
                if self.chance.random() < 0.7 and not wire.socket.recv(2048): return


class Idler(Slow):
    """Asks once and then stays, until the server ends the connection in good order."""

    def round(self):
        """An answer, and an end."""
        with (self.plain, self.secure)[self.number % 2]() as wire:
            self.say(wire, self.scene.request("GET", "/health"))
            self.expect(wire.answer(), FINE)
            if rest := wire.rest(): raise Wrong(f"told what it did not ask: {rest[:300]!r}")


class HalfClosed(Client):
    """Ends its side behind its requests and still wants every answer."""

    source = "127.0.0.5"

    def round(self):
        """Three answers, and the end."""
        with (self.plain, self.at_path)[self.number % 2]() as wire:
            requests = [self.scene.request("GET", path) for path in ("/health", "/v1/leads?limit=50", "/openapi.json")]
            self.say(wire, b"".join(requests))
            wire.finish()
            for _ in requests:
                answer = self.expect(wire.answer(), {200})
                if answer.closes: return
            if rest := wire.rest(): raise Wrong(f"more than three answers: {rest[:300]!r}")
