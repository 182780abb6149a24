"""One server process."""

import re
import select
import signal
import subprocess
import time

PATIENCE = 20  # seconds for what takes milliseconds: an end to waiting for a server that hangs


class Failure(Exception):
    """The server did not do what it must, so the round cannot go on."""


class Options:
    """The arguments of `serve` that this binary knows."""

    def __init__(self, binary):
        self.binary = str(binary)
        usage = subprocess.run([self.binary, "serve", "--help"], capture_output=True, text=True, check=True).stdout
        self.more = ["--segment-bytes", "65536"] if "--segment-bytes" in usage else []


class Server:
    """A server that listens on a free port of loopback."""

    def __init__(self, options, data):
        self._errors = open(f"{data}.errors", "a+")
        self._process = subprocess.Popen(
            [options.binary, "serve", "--open", "--listen", "127.0.0.1:0", "--data", str(data), *options.more],
            stdout=subprocess.PIPE, stderr=self._errors, text=True)
        self.port = self._read_port()

    def _read_port(self):
        deadline = time.monotonic() + PATIENCE
        while select.select([self._process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
            line = self._process.stdout.readline()
            if not line: break
            found = re.match(r"tandem listening on http://127\.0\.0\.1:(\d+)", line)
            if found: return int(found[1])
        self.kill()
        raise Failure(f"the server did not start: {self._last_words()}")

    def _last_words(self):
        self._errors.seek(0)
        return " / ".join(self._errors.read().splitlines()[-3:])

    def has_ended(self):
        return self._process.poll() is not None

    def send_kill(self):
        """Kills it and does not wait until it is gone."""
        self._process.send_signal(signal.SIGKILL)

    def kill(self):
        self.send_kill()
        self.reap()

    def reap(self):
        """Waits for the end of a server that was killed."""
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def terminate(self):
        """Asks it to end, which it must do well."""
        self._process.terminate()
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("the server did not end when asked to") from None
        self._process.stdout.close()
        if status != 0: raise Failure(f"asked to end, the server ended with {status}: {self._last_words()}")
