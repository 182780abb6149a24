"""Load of leads made one after the other on each connection, by a client that takes as little as Redis' own."""

from urllib.parse import urlsplit

from . import load
from .wrk import CONNECTIONS


def run(program, server, template, number, seconds, pinned):
    """Loads the server and fails unless every lead was made; no other run on it may have the number."""
    command = [program, urlsplit(server.url).port, seconds, server.key, template, number, CONNECTIONS]
    return load.run(server, "/v1/leads", command, seconds + 60, pinned)
