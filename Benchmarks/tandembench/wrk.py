"""Load by wrk, pinned on the core the server does not use."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .servers import Failure

LOAD_CORE = "1"
CONNECTIONS = 64
HERE = Path(__file__).parent


@dataclass
class Run:
    """What one run of load cost the server."""

    requests: int
    seconds: float
    processor_seconds: float
    p99: float

    @property
    def per_second(self):
        return self.requests / self.seconds

    @property
    def microseconds(self):
        return self.processor_seconds / self.requests * 1e6


def run(server, key, path, seconds, script, arguments, connections=CONNECTIONS, pinned=True):
    """Loads the server and fails unless every answer was right."""
    command = [
        *(["taskset", "-c", LOAD_CORE] if pinned else []), "wrk", "--threads", "1", "--connections", str(connections),
        "--duration", f"{seconds}s", "--timeout", "10s", "--header", f"Authorization: Bearer {key}",
        "--script", str(HERE / script), server.url + path, "--", *map(str, arguments)]
    before = server.processor_seconds()
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    used = server.processor_seconds() - before
    result = _result(done, server, path)
    if result["wrong"] or result["errors"] or not result["requests"]:
        raise Failure(f"{server.name}: {path}: {result['wrong']} wrong answers, {result['errors']} errors "
                      f"of {result['requests']} requests")
    return Run(result["requests"], result["microseconds"] / 1e6, used, result["p99"] / 1e6)


def _result(done, server, path):
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise Failure(f"{server.name}: wrk on {path} failed:\n{done.stdout}{done.stderr}")
