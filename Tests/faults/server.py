"""One server process and questions to it."""
import http.client
import json
import pathlib
import re
import select
import subprocess
import time

PATIENCE = 20  # seconds for what takes milliseconds: an end to waiting for a server that hangs


class Hung(Exception):
    """The server did not answer, start or end in time."""


class Options:
    """The arguments of `serve` that this binary knows."""

    def __init__(self, binary, segment_bytes=4096):
        self.binary = str(binary)
        usage = subprocess.run([self.binary, "serve", "--help"], capture_output=True, text=True, check=True).stdout
        self.more = ["--segment-bytes", str(segment_bytes)] if "--segment-bytes" in usage else []


class Server:
    """A server on a free port of loopback, or the word of why it did not start."""

    def __init__(self, options, data, environment=None, errors=None):
        self.data = pathlib.Path(data)
        self.errors_path = errors or f"{data}.errors"
        with open(self.errors_path, "w") as errors_file:
            self.process = subprocess.Popen(
                [options.binary, "serve", "--open", "--listen", "127.0.0.1:0", "--loops", "1", "--data", str(data),
                 *options.more], stdout=subprocess.PIPE, stderr=errors_file, text=True, env=environment)
        self.port = None
        self._connection = None
        self._wait_until_it_listens()

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not select.select([self.process.stdout], [], [], deadline - time.monotonic())[0]: break
            line = self.process.stdout.readline()
            if not line:
                self.process.wait(PATIENCE)
                return
            found = re.match(r"tandem listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return
        self.kill()
        raise Hung("the server neither listened nor ended")

    @property
    def started(self):
        return self.port is not None

    def errors(self):
        with open(self.errors_path) as file:
            return file.read()

    def connection(self):
        """A connection of the caller's own, for one thread."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, method, path, body=None):
        if not self._connection:
            self._connection = self.connection()
        return ask(self._connection, method, path, body)

    def end(self):
        """Asks the server to end and returns how it did."""
        if self._connection:
            self._connection.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Hung("the server did not end when asked to") from None
        finally:
            self.process.stdout.close()

    def kill(self):
        """Ends the server whatever it does; nothing where it has ended."""
        if self.process.poll() is None: self.process.kill()
        self.process.wait()


class Answer:
    """An answer: its status, its body read as JSON where it is, and the id of its request."""

    def __init__(self, status, text, request):
        self.status = status
        self.request = request
        self.text = text
        try:
            self.body = json.loads(text)
        except ValueError:
            self.body = None

    @property
    def done(self):
        return 200 <= self.status < 300

    @property
    def unknown(self):
        """Whether the server says that it does not know what became of the write."""
        return self.status == 503 and isinstance(self.body, dict) and self.body.get("outcome") == "unknown"

    def __str__(self):
        if isinstance(self.body, dict) and "detail" in self.body: return f"{self.status}: {self.body['detail']}"
        return f"{self.status} {self.text.strip()[:300]}"


def ask(connection, method, path, body=None):
    """One request; `Hung` where no answer comes, `OSError` or `HTTPException` where the server is gone."""
    try:
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        return Answer(response.status, response.read().decode(), response.getheader("Request-Id"))
    except TimeoutError:
        raise Hung(f"no answer to {method} {path}") from None


def check(options, data):
    """What `tandem check` says of a directory: whether it is clean, and the words."""
    done = subprocess.run([options.binary, "check", "--data", str(data)],
                          capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode == 0, (done.stdout + done.stderr).strip()
