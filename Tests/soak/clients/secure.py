"""Clients of TLS: those that resume, those that leave rudely, and those that speak something else."""

import ssl
import struct
import socket

from clients.client import REFUSED, Client
from wire import Wire, Wrong


class Resumer(Client):
    """Connects, asks, leaves, and comes again with its session."""

    def round(self):
        """Two connections, the second by the first one's ticket, where the server has not been told otherwise."""
        context = self.scene.trusting()
        if self.chance.random() < 0.3: context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.secure(context=context) as wire:
            self._ask(wire)
            session = wire.socket.session
        with self.secure(context=context, session=session) as wire: self._ask(wire)

    def _ask(self, wire):
        self.say(wire, self.scene.request("GET", "/health"))
        self.expect(wire.answer(), {200})


class RudeSecureClient(Client):
    """Ends connections without TLS's goodbye: between requests, in one, in an answer."""

    may_be_cut = True
    source = "127.0.0.4"

    def round(self):
        """One connection, ended somewhere."""
        wire = self.secure()
        data = self.scene.request("GET", self.chance.choice(["/openapi.json", "/health", "/v1/leads?limit=100"]))
        count = self.chance.choice([0, 10, len(data)])
        self.say(wire, data[:count])
        if self.chance.random() < 0.5: return self._vanish(wire)
        if self.chance.random() < 0.5 and count == len(data): wire.socket.recv(100)
        # Below TLS, so that no goodbye is said.
        socket.socket(fileno=wire.socket.detach()).close()

    def _vanish(self, wire):
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket(fileno=wire.socket.detach()).close()


class HalfHandshake(Client):
    """Begins a handshake and stops within it, for a moment or until the server has had enough."""

    may_be_cut = True
    source = "127.0.0.4"

    def round(self):
        """A part of the first message, sometimes broken."""
        hello = bytearray(_hello())
        if self.chance.random() < 0.3: hello[self.chance.randrange(len(hello))] ^= 1 << self.chance.randrange(8)
        with Wire(self.scene.server.secure, source=self.source) as wire:
            self.say(wire, bytes(hello[:self.chance.randrange(1, len(hello) + 1)]))
            if self.chance.random() < 0.3: return wire.rest()
            self.scene.is_over.wait(self.chance.random())


class WrongProtocol(Client):
    """Sends garbage, or plain HTTP, where TLS is spoken; and TLS where it is not."""

    may_be_cut = True
    source = "127.0.0.4"

    def round(self):
        """One of the three."""
        self.chance.choice([self._garbage, self._plain, self._tls_on_plain])()

    def _garbage(self):
        with Wire(self.scene.server.secure, source=self.source) as wire:
            self.say(wire, self.chance.randbytes(self.chance.randrange(1, 3000)))
            wire.finish()
            wire.rest()

    def _plain(self):
        with Wire(self.scene.server.secure, source=self.source) as wire:
            self.say(wire, self.scene.request("GET", "/health"))
            answer = self.expect(wire.answer(), {400})
            if b"https" not in answer.body: raise Wrong(f"does not say what is spoken: {answer}")

    def _tls_on_plain(self):
        with self.plain() as wire:
            self.say(wire, _hello())
            wire.finish()
            self.answers_until_end(wire, REFUSED)


def _hello():
    """The first message of a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise Wrong("a handshake that ended before it began")
