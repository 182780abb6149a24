"""Clients whose requests are none: cut, mutated, random, framed badly."""

from clients.client import FINE, REFUSED, Client

BAD_CHUNKS = [
    b"zz\r\nabc\r\n", b"-1\r\na\r\n", b"5\r\nabc\r\n0\r\n\r\n", b"3\r\nabcdef\r\n", b"ffffffffffffffffff\r\n", b"3\nabc\n0\n\n",
    b" 3\r\nabc\r\n", b"3;" + b"x" * 20000 + b"\r\nabc\r\n", b"0\r\n" + b"X: y\r\n" * 5000 + b"\r\n", b"\r\n", b"0x3\r\nabc\r\n",
    b"0\r\nbad trailer\r\n\r\n"]
BAD_FRAMES = [
    "Content-Length: 5\r\nContent-Length: 6", "Content-Length: +5", "Content-Length: 5, 6", "Content-Length: -1",
    "Content-Length: 99999999999999999999", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip",
    "Transfer-Encoding: chunked, chunked", "Transfer-Encoding : chunked", "Content-Length: 0x5", "Content-Length:"]


class Broken(Client):
    """What follows a broken request is never answered as if it were a good one."""

    may_be_cut = True
    source = "127.0.0.6"
    pause = 0.02

    def door(self):
        """Mostly plain; the way through TLS is another one."""
        return self.secure() if self.chance.random() < 0.2 else self.plain()

    def head(self, method, path, fields):
        """A head with a key and fields that are taken as they are."""
        return (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.scene.server.key}\r\n"
                f"Content-Type: application/json\r\n{fields}\r\n\r\n").encode()


class BadChunks(Broken):
    """Chunks that are none."""

    def round(self):
        """A refusal, and the end."""
        with self.door() as wire:
            chunks = self.chance.choice(BAD_CHUNKS)
            if self.chance.random() < 0.5: chunks = b"2\r\n{}\r\n" + chunks
            self.say(wire, self.head("POST", "/v1/leads", "Transfer-Encoding: chunked") + chunks)
            wire.socket.settimeout(30)
            self.answers_until_end(wire, REFUSED)


class BadFrames(Broken):
    """Lengths that contradict each other, or are none."""

    def round(self):
        """A refusal, and nothing that was smuggled behind it."""
        with self.door() as wire:
            smuggled = self.scene.request("GET", "/health")
            self.say(wire, self.head("POST", "/v1/leads", self.chance.choice(BAD_FRAMES)) + b"hello" + smuggled)
            self.answers_until_end(wire, REFUSED)


class Cutter(Broken):
    """Leaves in the middle of a body: in good order, abruptly, or by a half close."""

    def round(self):
        """No lead is made of half a body."""
        body = b'{"name":"' + b"x" * self.chance.choice([10, 1000, 20000]) + b'"}'
        path = self.chance.choice(["/v1/leads", "/v1/batch", "/v1/imports", "/v1/touches"])
        data = self.scene.request("POST", path, body)
        with self.door() as wire:
            self.say(wire, data[:self.chance.randrange(len(data) - len(body), len(data))])
            way = self.chance.randrange(3)
            if way == 0: wire.reset()
            if way == 1:
                wire.finish()
                self.answers_until_end(wire, REFUSED)


class Noise(Broken):
    """Random bytes, some of which begin as requests do."""

    def round(self):
        """A refusal or an end."""
        noise = self.chance.randbytes(self.chance.randrange(1, 5000))
        start = self.chance.choice([b"", b"GET ", b"GET / HTTP/1.1\r\n", b"POST /v1/leads HTTP/1.1\r\nHost: a\r\n"])
        with self.door() as wire:
            self.say(wire, start + noise)
            wire.finish()
            self.answers_until_end(wire, REFUSED)


class Mutant(Broken):
    """Good requests with some bytes changed, left out, doubled or exchanged."""

    def round(self):
        """Whatever the answer is, it is one, and no fault of the server's."""
        good = self.chance.choice([
            self.scene.request("GET", "/v1/leads?limit=2&sort=-captured_at&count=true"),
            self.scene.request("GET", "/v1/leads?q=abc&fields=name,email"),
            self.scene.request("POST", "/v1/accounts", b'{"name":""}'),
            self.scene.request("POST", "/v1/batch", b'{"operations":[{"method":"DELETE","path":"/v1/leads/@9"}]}'),
            self.scene.request("PATCH", f"/v1/leads/{self.scene.changed_lead}", b'{"tags":["a","b"],"title":"\\u00e9"}'),
            self.scene.request("GET", "/v1/changes?after=0&limit=5"),
            self.head("POST", "/v1/batch", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"])
        data = bytearray(good * self.chance.choice([1, 1, 3]))
        for _ in range(self.chance.randrange(1, 6)): self._mutate(data)
        with self.door() as wire:
            self.say(wire, bytes(data))
            wire.finish()
            self.answers_until_end(wire, REFUSED | FINE | {403, 409})

    def _mutate(self, data):
        place = self.chance.randrange(len(data))
        count = self.chance.randrange(1, 20)
        way = self.chance.randrange(5)
        if way == 0: data[place] = self.chance.randrange(256)
        if way == 1: data[place] ^= 1 << self.chance.randrange(8)
        if way == 2 and len(data) > 40: del data[place:place + count]
        if way == 3: data[place:place] = data[place:place + count]
        if way == 4: data[place:place] = self.chance.choice([b"\r\n", b"\0", b"\r", b"\n", b" ", b"%", b"\xff", b"{" * 500])
