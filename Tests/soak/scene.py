"""What the clients of one run share."""

import random
import ssl
import threading


class Scene:
    """Where the server is, what it may be asked with, and whether the run is over."""

    def __init__(self, server, book, seed, authorities, pace=1):
        self.server = server
        self.book = book
        self.seed = seed
        # By how much longer everybody waits between two rounds, and for what a slow program is slow to do.
        self.pace = pace
        self.is_over = threading.Event()
        self.bodies_max = server.BODY_BYTES_MAX
        self._authorities = authorities

    def chance(self, name):
        """The chances of one client, the same in a run with the same seed."""
        return random.Random(f"{self.seed} {name}")

    def trusting(self):
        """What a client of TLS believes: the certificates of this run and no other."""
        # Not the default one, which reads all authorities of the system each time.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for file in self._authorities: context.load_verify_locations(file)
        return context

    def request(self, method, path, body=None, fields=()):
        """A request in bytes, as a good client makes it."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.server.key}"]
        if body is not None: lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, *fields, "", ""]).encode() + (body or b"")
