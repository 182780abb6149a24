"""A million leads: what they take in memory, how long a start takes, what reads cost beside a thousand."""

import http.client
import json
import random
import threading
import time
from statistics import median
from urllib.parse import urlsplit

from . import report, wrk
from .servers import Failure, start_tandem

START_THRESHOLD = 5
RESIDENT_THRESHOLD = 1.5
READ_THRESHOLD = 1.2
PAGE_THRESHOLD = 60
LATENCY_THRESHOLD = 1
PAUSE_THRESHOLD = 20
PAGE = "/v1/leads?stage=mql&sort=-created_at&limit=50"
PAGE_BY_CAPTURE = "/v1/leads?stage=mql&sort=-captured_at&limit=50"


def measure(options, scratch):
    few, many = scratch / "few", scratch / "many"
    _make(options, few, 1000)
    _make(options, many, options.leads)
    start = _start(options, many, scratch)
    reads = [(_read(options, few, scratch), _read(options, many, scratch)) for _ in range(options.pairs)]
    pages = [_page(options, many, scratch, PAGE) for _ in range(options.pairs)]
    by_capture = _page(options, many, scratch, PAGE_BY_CAPTURE)
    quiet, pause = _pauses(options, many, scratch)
    ratios = [of_many.microseconds / of_few.microseconds for of_few, of_many in reads]
    cost, latency = median(run.microseconds for run, _, _ in pages), median(p99 for _, p99, _ in pages) * 1000
    report.title(f"million: {options.leads:,} leads")
    report.table(["what", "figure", "threshold", ""], [
        ["start from a snapshot", f"{start[0]:.1f} s", f"≤ {START_THRESHOLD} s",
         report.verdict(start[0] <= START_THRESHOLD)],
        ["resident memory after it", f"{start[1]:.2f} GiB", f"≤ {RESIDENT_THRESHOLD} GiB",
         report.verdict(start[1] <= RESIDENT_THRESHOLD)],
        ["one lead, against 1,000 leads", f"{median(ratios):.2f} ({report.spread(ratios)})", f"≤ {READ_THRESHOLD}",
         report.verdict(median(ratios) <= READ_THRESHOLD)],
        [f"page of 50, {pages[0][2] / 1000:.0f} KB", f"{cost:.0f} µs", f"≤ {PAGE_THRESHOLD} µs",
         report.verdict(cost <= PAGE_THRESHOLD)],
        ["the same, p99 of one client", f"{latency:.2f} ms", f"≤ {LATENCY_THRESHOLD} ms",
         report.verdict(latency <= LATENCY_THRESHOLD)],
        ["longest write beside a snapshot", f"{pause:.0f} ms (without {quiet:.0f})", f"≤ {PAUSE_THRESHOLD} ms",
         report.verdict(pause <= PAUSE_THRESHOLD)]])
    report.note(f"The page is {PAGE}; sorted by captured_at, of which the order is another, it costs "
                f"{by_capture[0].microseconds:.0f} µs.")


def _make(options, folder, count):
    """Makes leads through the import, as a user would; a fifth of them is mql."""
    with start_tandem(options.tandem, folder, folder.parent, pinned=False, flags=["--open"]) as tandem:
        for first in range(0, count, 10_000):
            rows = [_lead(number) for number in range(first, min(first + 10_000, count))]
            tandem.expect(200, "POST", "/v1/imports", json.dumps({"resource": "leads", "rows": rows}).encode())
        tandem.expect(200, "POST", "/internal/snapshot", b"")


def _lead(number):
    chance = random.Random(number)
    lead = {"name": f"{chance.choice(FIRST)} {chance.choice(LAST)}", "email": f"lead-{number:09}@example.com",
            "company": chance.choice(COMPANIES),
            "captured_at": f"2026-{chance.randint(1, 10):02}-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:00:00Z"}
    return lead | ({"stage": "mql"} if chance.random() < 0.2 else {})


FIRST = "Ada Bruno Carla Dmitri Elena Farid Greta Hugo Ines Jonas Katrin Luca Mara Nils Olga Piotr".split()
LAST = "Nowak Silva Berg Costa Lindqvist Meier Rossi Dubois Janssen Kowalski Petrov Schmidt Weber".split()
COMPANIES = ["Nordlicht GmbH", "Borealis AG", "Casaverde SL", "Helios BV", "Kestrel Ltd", "Lumen SA"]


def _start(options, data, scratch):
    runs = []
    for _ in range(options.pairs):
        with start_tandem(options.tandem, data, scratch, pinned=False, flags=["--open"]) as tandem:
            runs.append((tandem.seconds_to_ready, tandem.resident_bytes() / 2**30))
    return median(seconds for seconds, _ in runs), median(size for _, size in runs)


def _read(options, data, scratch):
    with start_tandem(options.tandem, data, scratch, flags=["--open"]) as tandem:
        _, body = tandem.expect(200, "GET", "/v1/leads?limit=500&fields=id")
        ids, path = [], "/v1/leads?limit=500&fields=id"
        # Ids from all over, or the processor would keep what a few need close by.
        for _ in range(20):
            page = json.loads(tandem.expect(200, "GET", path)[1])
            ids += [lead["id"] for lead in page["data"]]
            path = page["next"]
            if path is None:
                break
        file = scratch / "ids"
        file.write_text("\n".join(random.Random(1).sample(ids, min(1000, len(ids)))))
        return wrk.run(tandem, "none", "/", options.duration, "read.lua", [file])


def _page(options, data, scratch, path):
    with start_tandem(options.tandem, data, scratch, flags=["--open"]) as tandem:
        body = tandem.expect(200, "GET", path)[1]
        file = scratch / "page"
        file.write_bytes(body)
        alone = wrk.run(tandem, "none", path, options.duration, "check.lua", [file], connections=1)
        return wrk.run(tandem, "none", path, options.duration, "check.lua", [file]), alone.p99, len(body)


def _pauses(options, data, scratch):
    """The longest time a writer waits, in milliseconds: beside nothing, and beside a snapshot."""
    with start_tandem(options.tandem, data, scratch, pinned=False, flags=["--open"]) as tandem:
        address = urlsplit(tandem.url)
        writer = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        quiet = _longest(writer, "a", lambda started: time.monotonic() - started > 5)
        done = threading.Event()

        def snapshot():
            tandem.expect(200, "POST", "/internal/snapshot", b"", timeout=120)
            done.set()
        thread = threading.Thread(target=snapshot)
        thread.start()
        beside = _longest(writer, "b", lambda _: done.is_set())
        thread.join()
        return quiet * 1000, beside * 1000


def _longest(connection, mark, is_over):
    started, longest, number = time.monotonic(), 0, 0
    while not is_over(started):
        number += 1
        body = json.dumps({"email": f"{mark}{started}-{number}@example.com"})
        before = time.monotonic()
        connection.request("POST", "/v1/leads", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        longest = max(longest, time.monotonic() - before)
        if answer.status != 201:
            raise Failure(f"tandem: POST /v1/leads answered {answer.status}")
    return longest
