"""The server under test: one process that listens plainly, with TLS and at a path at once."""

import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import sanitizers

REPOSITORY = Path(__file__).resolve().parent.parent.parent
START = 120  # seconds for a start, which a sanitizer makes long
STOP = 120
PLAIN = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")
SECURE = re.compile(r"listening on https://127\.0\.0\.1:(\d+)")
PATH = re.compile(r"listening on unix:(\S+)")


class Failure(Exception):
    """The server did not do what it must, so the run cannot go on."""


class Server:
    """A process that keeps its number through all its starts."""

    BODY_BYTES_MAX = 65536
    CONNECTIONS_PER_ADDRESS = 150
    # Short, so that a minute has many of each; a sanitizer makes all else ten times as long.
    TIMES = ["--header-time", "2s", "--idle-time", "4s", "--write-time", "3s"]
    SLOW_TIMES = ["--header-time", "10s", "--idle-time", "20s", "--write-time", "10s"]
    LIMITS = ["--answer-time", "60s", "--body-rate", "1024", "--body-bytes", str(BODY_BYTES_MAX), "--header-bytes", "16384",
              "--header-fields", "60", "--request-line-bytes", "4096", "--grace", "10s",
              "--connections-per-address", str(CONNECTIONS_PER_ADDRESS), "--segment-bytes", "4194304"]

    def __init__(self, binary, folder, sanitizer):
        self.folder = Path(folder)
        self.certificates = [self._make_certificate(name) for name in ("first", "second")]
        self._certificate_number = 0
        self._put_certificate()
        self.errors = self.folder / "errors"
        self._lines = []
        self._changed = threading.Condition()
        self.start_count = 0
        self._key = None
        self._process = subprocess.Popen(
            [binary, "serve", "--data", self.folder / "data", "--listen", "http://127.0.0.1:0", "--listen",
             "https://127.0.0.1:0", "--listen", f"unix:{self.folder}/socket", "--tls-cert", self.folder / "cert.pem",
             "--tls-key", self.folder / "key.pem", *(self.TIMES if sanitizer == "none" else self.SLOW_TIMES), *self.LIMITS],
            stdout=subprocess.PIPE, stderr=open(self.errors, "ab"), text=True,
            env=sanitizers.environment(sanitizer))
        threading.Thread(target=self._read, daemon=True).start()
        self._wait_until_started(1)
        self.plain = ("127.0.0.1", int(self._found(PLAIN)))
        self.secure = ("127.0.0.1", int(self._found(SECURE)))
        self.path = self._found(PATH)
        self.key = self._found(re.compile(r"administrator key: (\S+)"))

    @property
    def pid(self): return self._process.pid

    @property
    def status(self):
        """The status it ended with; `None` while it runs."""
        return self._process.poll()

    # MARK: Its output

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line)
                # The path is told last of the three.
                if PATH.search(line): self.start_count += 1
                self._changed.notify_all()
        with self._changed: self._changed.notify_all()

    def _wait_until_started(self, count):
        with self._changed:
            self._changed.wait_for(lambda: self.start_count >= count or self.status is not None, START)
            if self.start_count < count: raise Failure(f"the server did not start: {self.last_words()}")

    def _found(self, pattern):
        with self._changed:
            for line in self._lines:
                if found := pattern.search(line): return found[1]
        raise Failure(f"the server did not say {pattern.pattern}")

    def last_words(self):
        """The end of what it wrote to its error stream."""
        return self.errors.read_text(errors="replace")[-4000:]

    def ended(self, seconds):
        """Waits so long for its end, and says whether it has come."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def open_files(self):
        """What its descriptors are."""
        folder = Path(f"/proc/{self.pid}/fd")
        return "\n".join(sorted(f"{link.name} {os.readlink(link)}" for link in folder.iterdir()))

    # MARK: Signals

    def start_anew(self):
        """Has it take its own place; nobody may notice."""
        before = self.start_count
        self._process.send_signal(signal.SIGUSR2)
        self._wait_until_started(before + 1)

    def change_certificate(self):
        """Gives it another certificate, which it reads while it serves."""
        self._certificate_number += 1
        self._put_certificate()
        self._process.send_signal(signal.SIGHUP)

    def stop(self):
        """Asks it to end; the status that it ended with."""
        self._process.terminate()
        try:
            return self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise Failure("the server did not end when asked to") from None

    def kill(self):
        """Ends it where a run was given up."""
        if self.status is None: self._process.kill()
        self._process.wait(STOP)

    # MARK: Certificates

    def _make_certificate(self, name):
        subprocess.run([REPOSITORY / "scripts/certificate", self.folder / name], check=True, stdout=subprocess.DEVNULL)
        return self.folder / name

    def _put_certificate(self):
        source = self.certificates[self._certificate_number % 2]
        for name in ("cert.pem", "key.pem"): shutil.copy(source / name, self.folder / name)
