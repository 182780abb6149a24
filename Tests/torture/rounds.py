"""Rounds on one data directory: load, kill, look into the files, start, ask, end."""

import shutil
import subprocess
import threading

from book import DONE, Book
from client import Client
from ledgercheck import Ledger
from load import Writer
from repeat import repeat_keyed
from server import PATIENCE, Failure, Server
from verify import verify_http, verify_ledger
from watch import Reader, Snapshotter

WRITERS = 8
READERS = 2
WRITES_MAX = 200  # before the kill


class Rounds:
    """One data directory and all that was ever asked of it."""

    def __init__(self, options, features, folder, chance):
        self.book = Book()
        self.verified = 0
        self._options = options
        self._features = features
        self._folder = folder
        self._data = folder / "data"
        self._chance = chance
        self._killed = None  # a server that may not be gone yet
        folder.mkdir()

    def play(self, number):
        """One round; what is found is in the book."""
        first = len(self.book.requests)
        try:
            self._load_and_kill(f"{number}-{self._chance.getrandbits(32):08x}")
            ledger = self._read_files()
            found = verify_ledger(self.book, ledger)
            self.verified += sum(1 for request in self.book.requests[first:] if request.answer)
            server = Server(self._options, self._data)
            try:
                client = Client(server.port)
                state = verify_http(self.book, ledger, client, self._chance)
                # What is damaged makes no sense to go on with.
                if self.book.findings: return
                self.book.settle(state, found)
                if self._features.keys: repeat_keyed(self.book, first, found, client, self._chance)
                client.close()
            finally:
                self._end(server)
        except Failure as failure:
            self.book.find(str(failure))

    def finish(self):
        """Looks into the files once more, and has the program itself check them."""
        if self._killed: self._killed.reap()
        verify_ledger(self.book, self._read_files())
        check = subprocess.run([self._options.binary, "check", "--data", str(self._data)],
                               capture_output=True, text=True, timeout=PATIENCE)
        if check.returncode != 0: self.book.find(f"tandem check: {check.stderr.strip() or check.stdout.strip()}")

    # MARK: Steps

    def _load_and_kill(self, name):
        """Starts, writes and reads on all threads, and kills when so many writes were answered."""
        # The one before may be on its way out: a start waits for its lock.
        server = Server(self._options, self._data)
        if self._killed: self._killed.reap()
        self._killed = None
        before = self.book.done_count
        last = before + self._chance.randint(1, WRITES_MAX)
        self.book.begin()
        is_killed = threading.Event()
        threads = [threading.Thread(target=watcher.run, args=(is_killed,))
                   for watcher in self._watchers(server.port, name, before, last)]
        for thread in threads: thread.start()
        is_reached = self.book.wait_until_done(last, PATIENCE)
        has_ended = server.has_ended()
        is_killed.set()
        server.kill()
        self.book.end()
        for thread in threads: thread.join()
        if has_ended: self.book.find("the server ended before the kill")
        elif not is_reached: self.book.find("writes were not answered in time")

    def _watchers(self, port, name, before, last):
        watchers = [Writer(self.book, self._features, port, f"{name}-w{number}") for number in range(WRITERS)]
        watchers += [Reader(self.book, port, f"{name}-r{number}") for number in range(READERS)]
        if self._features.snapshots: watchers.append(Snapshotter(self.book, port, self._snapshot_counts(before, last)))
        return watchers

    def _snapshot_counts(self, before, last):
        """When to ask for snapshots: in some rounds not at all, in some right when the kill comes."""
        counts = [self._chance.randint(before + 1, last) for _ in range(self._chance.randint(0, 2))]
        if self._chance.random() < 0.4: counts.append(last)
        return sorted(counts)

    def _read_files(self):
        """Reads a copy, so that what was found can be looked at when the server has gone on."""
        copy = self._folder / "stopped"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self._data, copy)
        return Ledger(copy)

    def _end(self, server):
        if self._chance.random() < 0.5:
            server.send_kill()
            self._killed = server
        else:
            server.terminate()
