"""Readers of what has no end or is long: the feed of changes, and backups."""

import io
import re
import tarfile
import zlib

from clients.client import Client
from wire import Wrong

EVENT = re.compile(rb"id: ?(\d+)\n")


class Follower(Client):
    """Follows the feed for some events, then leaves: in order, abruptly, or with a RST."""

    may_be_cut = False

    def round(self):
        """Every entry comes once and in order."""
        wants_gzip = self.chance.random() < 0.5
        with (self.plain, self.secure, self.at_path)[self.number % 3]() as wire:
            fields = ["Accept: text/event-stream", *(["Accept-Encoding: gzip"] if wants_gzip else [])]
            self.say(wire, self.scene.request("GET", "/v1/stream", fields=fields))
            status, head = wire.head()
            self.scene.book.answered(status)
            if status != 200: raise Wrong(f"no stream: {status} {head}")
            self._follow(wire, head)
            if self.number % 3 == 0 and self.chance.random() < 0.5: wire.reset()

    def _follow(self, wire, head):
        unpack = zlib.decompressobj(31).decompress if head.get("content-encoding") == "gzip" else bytes
        wanted, last, text = self.chance.randrange(1, 60), None, b""
        for chunk in wire.chunks():
            text += unpack(chunk)
            *lines, text = text.split(b"\n")
            for line in lines:
                found = EVENT.match(line + b"\n")
                if not found: continue
                seq = int(found[1])
                if last is not None and seq <= last: raise Wrong(f"event {seq} came after event {last}")
                last, wanted = seq, wanted - 1
            if wanted <= 0 or self.scene.is_over.is_set(): return


class LazyFollower(Client):
    """Asks for the whole feed and does not read it, until the server has had enough."""

    may_be_cut = True
    source = "127.0.0.3"

    def round(self):
        """Reads a little now and then through a small window."""
        with self.plain(window=4096) as wire:
            self.say(wire, self.scene.request("GET", "/v1/stream?after=0"))
            for _ in range(self.chance.randrange(2, 12)):
                if self.scene.is_over.wait(0.5): return
                if not wire.socket.recv(1024): return


class Keeper(Client):
    """Takes a backup, and looks whether it is an archive that can be read."""

    pause = 5

    def round(self):
        """The whole of it."""
        with (self.plain, self.secure)[self.number % 2]() as wire:
            self.say(wire, self.scene.request("GET", "/internal/backup"))
            answer = self.expect(wire.answer(), {200})
            with tarfile.open(fileobj=io.BytesIO(answer.body)) as archive:
                names = archive.getnames()
        if not any("journal" in name for name in names): raise Wrong(f"a backup without a journal: {names}")


class LazyKeeper(Client):
    """Takes a backup slowly, and most often leaves in the middle."""

    may_be_cut = True
    source = "127.0.0.3"
    pause = 0.5

    def round(self):
        """Some reads with pauses between them, and away."""
        with (self.plain, self.secure)[self.number % 2](window=4096) as wire:
            self.say(wire, self.scene.request("GET", "/internal/backup"))
            for _ in range(self.chance.randrange(1, 20)):
                if self.scene.is_over.wait(self.chance.random() * 0.5): return
                if not wire.socket.recv(8192): return
            if self.number % 2 == 0 and self.chance.random() < 0.5: wire.reset()
