"""The longest time one writer waits while a snapshot is written, and without one over as long a time."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from .servers import Failure


def measure(tandem, pairs):
    """The longest writes of each pair in milliseconds, beside a snapshot and without one."""
    address = urlsplit(tandem.url)
    writer = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    return [_pair(tandem, writer, pair) for pair in range(pairs)]


def _pair(tandem, writer, pair):
    with ThreadPoolExecutor(1) as other:
        started = time.monotonic()
        snapshot = other.submit(tandem.expect, 200, "POST", "/internal/snapshot", b"", timeout=120)
        beside = _longest(writer, f"beside-{pair}", snapshot.done)
        # Fails here when the snapshot did.
        snapshot.result()
    took = time.monotonic() - started
    ends = time.monotonic() + took
    return beside * 1000, _longest(writer, f"quiet-{pair}", lambda: time.monotonic() > ends) * 1000


def _longest(writer, mark, is_over):
    """Creates one lead after the other until it is over; the longest wait in seconds."""
    longest, number = 0, 0
    while not is_over():
        number += 1
        body = json.dumps({"email": f"{mark}-{number}@example.com"})
        before = time.monotonic()
        writer.request("POST", "/v1/leads", body, {"Content-Type": "application/json"})
        answer = writer.getresponse()
        answer.read()
        longest = max(longest, time.monotonic() - before)
        if answer.status != 201:
            raise Failure(f"tandem: POST /v1/leads answered {answer.status}")
    return longest
