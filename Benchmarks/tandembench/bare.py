"""A client that only receives: what a library makes of an answer would be counted as the server's time."""

import re
import socket
from urllib.parse import urlsplit

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class Connection:
    """One connection, kept from one question to the next."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host = address.netloc
        self._socket = socket.create_connection((address.hostname, address.port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> bytes:
        """The bytes of the answer, head and body."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        answer = bytearray()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            self._receive(answer)
        length = LENGTH.search(answer, 0, end + 2)
        if length is None:
            raise OSError(f"GET {path}: an answer of no told length")
        while len(answer) < end + 4 + int(length.group(1)):
            self._receive(answer)
        return bytes(answer)

    def _receive(self, answer: bytearray) -> None:
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise OSError("the server closed the connection")
        answer += piece

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
