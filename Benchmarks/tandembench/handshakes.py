"""Load of whole TLS 1.3 connections, one after the other: a handshake, one GET /health, the end."""

from urllib.parse import urlsplit

from . import load


def prepared(program, server, kind, body):
    """A run that lacks nothing but its seconds; the kind is new or resumed."""
    port = urlsplit(server.url).port

    def run(seconds):
        return load.run(server, f"handshakes, {kind}", [program, port, seconds, kind, body], seconds + 60)
    return run
