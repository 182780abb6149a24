"""Connections that are held open: idle ones that were each answered once, and slow ones that drip."""

import resource
import socket
import ssl
import threading
from urllib.parse import urlsplit

from .servers import Failure

REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Each slow client sends so many bytes a second.
DRIPS = 2
# What a process has open besides.
OTHER_FILES = 100


def allow_files(wanted):
    """Lets this process and its children open as many files as they may; how many of the wanted that are."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - OTHER_FILES)


class Idle:
    """Clients that asked once and stay; each round of them comes from an address of its own, or ports would run out."""

    def __init__(self, server, count, source):
        self._clients = []
        try:
            for _ in range(count): self._clients.append(_asked_once(server, source))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def check(self):
        """Fails unless the server still holds all of them."""
        for client in self._clients:
            try:
                client.setblocking(False)
                if not client.recv(1, socket.MSG_PEEK):
                    raise Failure("an idle connection was ended while it was held")
            except BlockingIOError:
                continue

    def close(self):
        for client in self._clients: client.close()


def trusting():
    """A client of TLS that takes any certificate: who it speaks to is known here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _asked_once(server, source):
    client = _connected(server, source)
    if server.context is None:
        _ask(server, client)
        return client
    secure = server.context.wrap_socket(client, server_hostname="localhost")
    _ask(server, secure)
    # The session's memory is the client's own affair; what is held is the connection.
    return socket.socket(fileno=secure.detach())


def _ask(server, client):
    client.sendall(REQUEST)
    answer = client.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise Failure(f"{server.name}: GET /health answered {answer[:500]!r}")


class Slow:
    """Clients that drip a head or a body, a byte each in turn, for as long as this is open."""

    def __init__(self, server, count, source):
        self._clients = [_connected(server, source) for _ in range(count)]
        for number, client in enumerate(self._clients):
            client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: " if number % 2 else
                           b"POST /v1/leads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n")
        self._is_over = threading.Event()
        self._fault = None
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _drip(self):
        pause = 1 / (DRIPS * len(self._clients))
        try:
            while True:
                for client in self._clients:
                    if self._is_over.wait(pause): return
                    client.sendall(b" ")
        except OSError as error:
            self._fault = error

    def check(self):
        """Fails unless the server still listens to all of them."""
        if self._fault: raise Failure(f"a slow client was cut off while it was held: {self._fault}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()
        for client in self._clients: client.close()


def _connected(server, source):
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=60, source_address=(source, 0))
