"""Load on a server, and what it cost: a generator pinned on the core the server does not use."""

import json
import subprocess
from dataclasses import dataclass

from .servers import Failure

LOAD_CORE = "1"


@dataclass
class Run:
    """What one run of load cost the server; the percentiles are in seconds."""

    requests: int
    seconds: float
    processor_seconds: float
    p50: float
    p99: float

    @property
    def per_second(self):
        return self.requests / self.seconds

    @property
    def microseconds(self):
        return self.processor_seconds / self.requests * 1e6

    @property
    def busy(self):
        return self.processor_seconds / self.seconds


def run(server, what, command, timeout, pinned=True, environment=None):
    """Runs a generator, which prints a RESULT, and fails unless every answer was right."""
    prefix = ["taskset", "-c", LOAD_CORE] if pinned else []
    before = server.processor_seconds()
    done = subprocess.run([*prefix, *map(str, command)], capture_output=True, text=True, timeout=timeout,
                          env=environment)
    used = server.processor_seconds() - before
    result = _result(done, server, what)
    if result["wrong"] or result["errors"] or not result["requests"]:
        raise Failure(f"{server.name}: {what}: {result['wrong']} wrong answers, {result['errors']} errors "
                      f"of {result['requests']} requests")
    return Run(result["requests"], result["microseconds"] / 1e6, used, result["p50"] / 1e6, result["p99"] / 1e6)


def _result(done, server, what):
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise Failure(f"{server.name}: the load on {what} failed:\n{done.stdout}{done.stderr}")
