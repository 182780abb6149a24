"""One connection to the server, and the answers on it, read as strictly as a suspicious client would."""

import re
import socket
import struct

PATIENCE = 60  # seconds for what takes milliseconds: a server that hangs is a finding, a slow machine is not
BODILESS = (204, 304)
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [ -~]*\Z")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([^\r\n\0]*)\Z")


class Wrong(Exception):
    """An answer that is not as it must be."""


class Ended(Exception):
    """The server ended the connection where an answer might have begun."""


class Answer:
    """An answer that was received in full."""

    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body

    @property
    def closes(self):
        """Whether the server ends the connection after it."""
        return self.fields.get("connection", "").lower() == "close"

    def __str__(self):
        return f"{self.status} {self.fields} {self.body[:300]!r}"


class Wire:
    """A connection: plain, over TLS or at a path."""

    def __init__(self, place, source=None, context=None, session=None, window=None):
        self.socket = _connected(place, source, window)
        if context is not None:
            try:
                self.socket = context.wrap_socket(self.socket, server_hostname="localhost", session=session)
            except BaseException:
                self.socket.close()
                raise
        self._bytes = b""

    def __enter__(self): return self

    def __exit__(self, *_): self.close()

    # MARK: Sending

    def send(self, data):
        """Sends all of it."""
        self.socket.sendall(data)

    def finish(self):
        """Says that nothing more will be sent."""
        # Of the socket below TLS, whose own shutdown would have what still comes be read as it is on the wire.
        socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def close(self):
        """Ends the connection."""
        self.socket.close()

    def reset(self):
        """Ends the connection rudely: a RST, whatever is on its way."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # MARK: Receiving

    def answer(self, is_head=False):
        """The next answer; ones that only tell to go on are passed over."""
        while True:
            status, fields = self.head()
            if status >= 200: return Answer(status, fields, self._body(status, fields, is_head))

    def head(self):
        """The next answer's status and fields."""
        lines = self._head_lines()
        found = STATUS_LINE.match(lines[0])
        if not found: raise Wrong(f"a status line that is none: {lines[0]!r}")
        fields = {}
        for line in lines[1:]:
            field = FIELD.match(line)
            if not field: raise Wrong(f"a field that is none: {line!r}")
            name = field[1].decode().lower()
            if name in fields and name in ("content-length", "transfer-encoding"): raise Wrong(f"{name} twice")
            fields[name] = field[2].decode("latin-1")
        return int(found[1]), fields

    def _head_lines(self):
        while b"\r\n\r\n" not in self._bytes:
            if len(self._bytes) > 1 << 16: raise Wrong(f"a head without an end: {self._bytes[:300]!r}")
            self._more("in a head" if self._bytes else None)
        head, self._bytes = self._bytes.split(b"\r\n\r\n", 1)
        return head.split(b"\r\n")

    def _body(self, status, fields, is_head):
        if is_head or status in BODILESS: return b""
        if "content-length" in fields: return self.take(int(fields["content-length"]))
        if fields.get("transfer-encoding") == "chunked": return b"".join(self.chunks())
        raise Wrong(f"an answer whose end nobody knows: {status} {fields}")

    def chunks(self):
        """The chunks of a body, each when it is there."""
        while True:
            while b"\r\n" not in self._bytes: self._more("in a chunk's size")
            size, self._bytes = self._bytes.split(b"\r\n", 1)
            data = self.take(int(size, 16) + 2)
            if data[-2:] != b"\r\n": raise Wrong(f"a chunk that does not end: {data[-20:]!r}")
            if len(data) == 2: return
            yield data[:-2]

    def take(self, count):
        """So many bytes."""
        parts, length = [self._bytes], len(self._bytes)
        while length < count:
            part = self._received()
            if not part: raise Wrong(f"the connection ended {count - length} bytes before its answer did")
            parts.append(part)
            length += len(part)
        joined = b"".join(parts)
        self._bytes = joined[count:]
        return joined[:count]

    def rest(self):
        """All that comes until the server ends the connection."""
        parts = [self._bytes]
        while part := self._received(): parts.append(part)
        self._bytes = b""
        return b"".join(parts)

    def _more(self, where):
        part = self._received()
        if not part: raise Wrong(f"the connection ended {where}: {self._bytes[:300]!r}") if where else Ended()
        self._bytes += part

    def _received(self):
        return self.socket.recv(1 << 16)


def _connected(place, source, window):
    if isinstance(place, str):
        made = socket.socket(socket.AF_UNIX)
    else:
        made = socket.socket()
        if source: made.bind((source, 0))
        # So small a window that the server cannot get rid of what it has to say.
        if window: made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    made.settimeout(PATIENCE)
    try:
        made.connect(place)
    except BaseException:
        made.close()
        raise
    return made
