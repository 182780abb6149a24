"""Clients whose requests are too much: of head, of fields, of body, of what a body decodes to."""

import gzip
import zlib

from clients.client import Client
from clients.broken import Broken


class HugeHead(Broken):
    """Lines, fields and heads beyond what is taken."""

    def round(self):
        """A refusal with the status that tells which."""
        data, status = self.chance.choice([
            (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 61 + b"\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20000 + b"\r\n\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"y" * 4000000, 431),
            (b"GET /" + b"a" * 4000000, 414)])
        with self.door() as wire:
            self.said = data[:200] + b"..."
            wire.send(data)
            self.answers_until_end(wire, {status})


class HugeBody(Broken):
    """Bodies beyond what is taken, told before or found out on the way."""

    def round(self):
        """413, whether the length was told or not."""
        body = b" " * (self.scene.bodies_max + self.chance.randrange(1, 100000))
        with self.door() as wire:
            if self.chance.random() < 0.5:
                self.said = b"a body of so many bytes: %d" % len(body)
                wire.send(self.scene.request("POST", "/v1/leads", body))
            else:
                self.said = b"chunks of so many bytes: %d" % len(body)
                wire.send(self.head("POST", "/v1/leads", "Transfer-Encoding: chunked"))
                wire.send(b"%x\r\n%s\r\n" % (len(body), body))
            self.answers_until_end(wire, {413})


class GzipBomb(Broken):
    """A body that is short and decodes to a long one, in one member or in very many; or is no gzip at all."""

    pause = 0.1
    _zeros = None

    def round(self):
        """413 for what is too long, 400 for what is no gzip."""
        body, statuses = self.chance.choice([
            (self._bomb(), {413}), (gzip.compress(b"") * 3000, {400, 413}), (gzip.compress(b"{}")[:-5], {400}),
            (b"\x1f\x8b\x08" + self.chance.randbytes(500), {400}), (zlib.compress(b"{}"), {400}),
            (gzip.compress(b"{}") + b"rest", {400})])
        fields = ["Content-Encoding: gzip"]
        with self.door() as wire:
            self.say(wire, self.scene.request("POST", self.chance.choice(["/v1/leads", "/v1/accounts"]), body, fields))
            # A body that is whole is answered, and the next request may follow: this client asks no more.
            wire.finish()
            self.answers_until_end(wire, statuses)

    def _bomb(self):
        # Made once: it takes its time.
        if GzipBomb._zeros is None: GzipBomb._zeros = gzip.compress(bytes(40 << 20))
        return GzipBomb._zeros


class DeepJSON(Broken):
    """Arrays in arrays, and very many operations of a batch."""

    pause = 0.2

    def round(self):
        """A refusal in words."""
        body = self.chance.choice([b"[" * 30000, b'{"a":' * 10000, b'{"name":' + b"1" * 60000 + b"}",
                                   b'{"operations":[' + b"{}," * 15000 + b"{}]}"])
        with self.door() as wire:
            self.say(wire, self.scene.request("POST", "/v1/batch", body))
            wire.finish()
            self.answers_until_end(wire, {400, 413, 422})


class Knocker(Client):
    """Connects and leaves at once, many times over: in good order or with a RST."""

    may_be_cut = True
    source = "127.0.0.7"
    pause = 0.2

    def round(self):
        """Fifty connections that say nothing, or a little."""
        wires = [self.plain() for _ in range(50)]
        for wire in wires:
            if self.chance.random() < 0.5: self.say(wire, self.scene.request("GET", "/v1/leads?limit=50"))
            if self.chance.random() < 0.5: wire.reset()
            else: wire.close()


class Crowd(Client):
    """More connections from one address than one may have."""

    source = "127.0.0.8"
    pause = 1
    surplus = 20

    def round(self):
        """Each is answered, those within the bound well and the others with 429; nobody else notices."""
        wires = []
        try:
            for _ in range(self.scene.server.CONNECTIONS_PER_ADDRESS + self.surplus):
                wires.append(self.plain())
                self._ask(wires[-1])
            statuses = [self.expect(wire.answer(), {200, 429}).status for wire in wires]
        finally:
            for wire in wires: wire.close()
        if 429 not in statuses: raise AssertionError(f"{len(wires)} connections of one address, all answered well")

    def _ask(self, wire):
        try:
            self.say(wire, self.scene.request("GET", "/health"))
        except ConnectionError:
            # It was refused before it asked, and what it was told is still there to read.
            pass
