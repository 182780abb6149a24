"""A server under measure: started, waited for, timed, stopped."""

import ctypes
import hashlib
import os
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

SERVER_CORE = "0"
LISTENING = re.compile(r"listening on (https?://\S+)")
ADMINISTRATOR_KEY = re.compile(r"tk_[A-Za-z0-9]+")


class Failure(Exception):
    """The benchmark cannot go on: a wrong answer, a dead server, a failed build."""


class Server:
    """One server process, pinned on its core; `url` is for one that does not print where it listens."""

    def __init__(self, name, command, log, environment=None, ready_within=60, pinned=True, url=None):
        self.name = name
        self.key = None
        self.url = None
        # How a client of TLS speaks to it, where it does.
        self.context = None
        self._log = Path(log)
        self._ready = threading.Event()
        prefix = ["taskset", "-c", SERVER_CORE] if pinned else []
        started = time.monotonic()
        with open(self._log, "wb") as errors:
            # taskset replaces itself by the server, so the process id is the server's.
            self.process = subprocess.Popen(
                prefix + [str(word) for word in command],
                stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})}, text=True, errors="replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if url:
            self._wait_until_connected(url, ready_within)
        else:
            self._wait_until_ready(ready_within)
        self.seconds_to_ready = self._ready_at - started

    def _read(self):
        # Read to the end, or a talkative server would block on a full pipe.
        for line in self.process.stdout:
            if key := ADMINISTRATOR_KEY.search(line):
                self.key = key.group()
            if listening := LISTENING.search(line):
                self.url = listening.group(1).rstrip("/")
                self._ready_at = time.monotonic()
                self._ready.set()
        self._ready.set()

    def _wait_until_ready(self, seconds):
        in_time = self._ready.wait(seconds)
        if self.url is None:
            self.stop()
            why = "ended before it listened" if in_time else f"did not listen within {seconds} s"
            raise Failure(f"{self.name} {why}:\n{self._tail()}")

    def _wait_until_connected(self, url, seconds):
        address, deadline = urlsplit(url), time.monotonic() + seconds
        while not _accepts(address.hostname, address.port):
            self.check_alive()
            if time.monotonic() > deadline:
                self.stop()
                raise Failure(f"{self.name} did not listen within {seconds} s:\n{self._tail()}")
            time.sleep(0.01)
        self.url, self._ready_at = url, time.monotonic()

    def _tail(self):
        return self._log.read_text(errors="replace")[-2000:]

    def check_alive(self):
        if self.process.poll() is not None:
            raise Failure(f"{self.name} died with {self.process.returncode}:\n{self._tail()}")

    def processor_seconds(self):
        """User and system time of all threads, also of those that have ended, in nanosecond steps."""
        self.check_alive()
        clock = ctypes.c_int()
        error = ctypes.CDLL(None).clock_getcpuclockid(self.process.pid, ctypes.byref(clock))
        if error:
            raise Failure(f"no processor clock of {self.name}: {os.strerror(error)}")
        return time.clock_gettime(clock.value)

    def pages_faulted(self):
        """Pages of memory that it was given when it first touched them."""
        self.check_alive()
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1]
        return int(after_name.split()[7])

    def resident_bytes(self):
        self.check_alive()
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def request(self, method, path, body=None, key=None, timeout=60, fields=None):
        """One request, outside any measurement; answers status, headers and body."""
        headers = {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json", **(fields or {})}
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.context) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
        except OSError as error:
            self.check_alive()
            raise Failure(f"{self.name}: {method} {path}: {error}") from error

    def expect(self, status, method, path, body=None, key=None, timeout=60, fields=None):
        got, headers, answer = self.request(method, path, body, key, timeout, fields)
        if got != status:
            raise Failure(f"{self.name}: {method} {path} answered {got}, not {status}: {answer[:500]!r}")
        return headers, answer

    def raw_answer(self, path, key):
        """The bytes of the whole answer, head and body, to one GET on a connection that is kept."""
        address = urlsplit(self.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
                               f"Authorization: Bearer {key}\r\n\r\n".encode())
            answer = b""
            while not _is_whole(answer):
                received = connection.recv(65536)
                if not received:
                    raise Failure(f"{self.name}: GET {path} ended after {answer!r}")
                answer += received
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise Failure(f"{self.name}: GET {path} answered {answer!r}")
        return answer

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                # A server of many records writes a snapshot before it ends.
                self.process.wait(120)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _is_whole(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\nContent-Length: *(\d+)", head)
    return length is not None and len(body) == int(length.group(1))


def _accepts(host, port):
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def free_port():
    """For a server to which port 0 means none; a port of our own choice may be another server's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def has_flag(binary, flag):
    """Whether `tandem serve` knows a flag; an older binary may not."""
    return flag in subprocess.run([binary, "serve", "--help"], capture_output=True, text=True).stdout


def start_tandem(binary, data, scratch, pinned=True, flags=(), environment=None):
    return Server(
        "tandem", [binary, "serve", "--listen", "127.0.0.1:0", "--data", data, *flags],
        Path(scratch) / "tandem.log", {**({"TANDEM_LOOPS": "1"} if pinned else {}), **(environment or {})}, pinned=pinned)


def start_hummingbird(binary, health, key, leads, scratch, name="hummingbird"):
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    return Server(name, [binary, "0", health, key_hash, leads], Path(scratch) / f"{name}.log")


def start_epoll(binary, answer, scratch):
    return Server("epoll", [binary, answer], Path(scratch) / "epoll.log")
