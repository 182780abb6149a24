"""Redis as a rival: one server and its own load generator, each on a core or free to both."""

import csv
import io
import os
import shutil
import subprocess
import time

from .load import LOAD_CORE
from .servers import SERVER_CORE, Failure, free_port
from .wrk import CONNECTIONS


class Redis:
    """A server that appends every write to a file in `folder`, synced as `fsync` says."""

    def __init__(self, folder, fsync, pinned=True, environment=None):
        self.pinned = pinned
        self.port = str(free_port())
        folder.mkdir()
        self.process = subprocess.Popen(
            [*self._on(SERVER_CORE), "redis-server", "--port", self.port, "--dir", str(folder), "--save", "",
             "--appendonly", "yes", "--appendfsync", fsync], stdout=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})})
        self._wait()

    def _on(self, core):
        return ["taskset", "-c", core] if self.pinned else []

    def _wait(self):
        deadline = time.monotonic() + 10
        while subprocess.run(["redis-cli", "-p", self.port, "ping"], capture_output=True).stdout != b"PONG\n":
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure("redis-server did not start")

    def sets(self, bytes_each, seconds):
        """SETs a second of values of that size under a million keys, and their p99 in seconds."""
        # It counts requests and not seconds: a short run tells how many fit.
        rate, _ = self._run(bytes_each, 20_000)
        return self._run(bytes_each, max(20_000, int(rate * seconds)))

    def _run(self, bytes_each, count):
        done = subprocess.run(
            [*self._on(LOAD_CORE), "redis-benchmark", "-p", self.port, "-t", "set", "-d", str(bytes_each),
             "-c", str(CONNECTIONS), "-r", "1000000", "-n", str(count), "--csv"], capture_output=True, text=True)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        if not rows:
            raise Failure(f"redis-benchmark failed:\n{done.stdout}{done.stderr}")
        return float(rows[0]["rps"]), float(rows[0]["p99_latency_ms"]) / 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def is_installed():
    return all(shutil.which(program) for program in ("redis-server", "redis-cli", "redis-benchmark"))
