"""A million leads: what they take in memory, how long a start takes, what reads cost beside a thousand."""

import json
import random
from statistics import mean, median

from . import pauses, report, wrk
from .servers import start_tandem

FEW = 1000
IDS_READ = 100_000
START_THRESHOLD = 5
RESIDENT_THRESHOLD = 1.5
READ_THRESHOLD = 1.2
PAGE_THRESHOLD = 60
LATENCY_THRESHOLD = 1
PAUSE_THRESHOLD = 20
PAGE = "/v1/leads?stage=mql&sort=-captured_at&limit=50"
PAGE_AS_MADE = "/v1/leads?stage=mql&sort=-created_at&limit=50"


def measure(options, scratch):
    few, many = scratch / "few", scratch / "many"
    _make(options, few, FEW)
    has_snapshots = _make(options, many, options.leads)
    start, resident = _start(options, many, scratch)
    few_ids, many_ids = scratch / "few-ids", scratch / "many-ids"
    _write_ids(options, few, scratch, few_ids)
    size = _write_ids(options, many, scratch, many_ids)
    reads = [(_read(options, few, scratch, few_ids), _read(options, many, scratch, many_ids))
             for _ in range(options.pairs)]
    pages = [_page(options, many, scratch, PAGE) for _ in range(options.pairs)]
    as_made = [_page(options, many, scratch, PAGE_AS_MADE) for _ in range(options.pairs)]
    waits = _pauses(options, many, scratch) if has_snapshots else None

    ratios = [of_many.microseconds / of_few.microseconds for of_few, of_many in reads]
    cost, latency = _cost(pages), median(p99 for _, p99, _ in pages) * 1000
    origin = "a snapshot" if any((many / "snapshots").iterdir()) else "the journal"
    report.title(f"million: {options.leads:,} leads of {size:.0f} bytes, medians of {options.pairs} runs")
    report.table(["what", "figure", "threshold", ""], [
        [f"start from {origin}", f"{start:.1f} s", f"≤ {START_THRESHOLD} s", report.verdict(start <= START_THRESHOLD)],
        ["resident memory after it", f"{resident:.2f} GiB", f"≤ {RESIDENT_THRESHOLD} GiB",
         report.verdict(resident <= RESIDENT_THRESHOLD)],
        [f"one lead, against {FEW:,} leads", f"{median(ratios):.2f} ({report.spread(ratios)})", f"≤ {READ_THRESHOLD}",
         report.verdict(median(ratios) <= READ_THRESHOLD)],
        [f"page of 50, {pages[0][2] / 1000:.0f} KB", f"{cost:.0f} µs", f"≤ {PAGE_THRESHOLD} µs",
         report.verdict(cost <= PAGE_THRESHOLD)],
        ["the same, p99 of one client", f"{latency:.2f} ms", f"≤ {LATENCY_THRESHOLD} ms",
         report.verdict(latency <= LATENCY_THRESHOLD)],
        _pause_row(waits)])
    report.note(f"One lead costs {median(run.microseconds for run, _ in reads):.2f} µs of {FEW:,} leads and "
                f"{median(run.microseconds for _, run in reads):.2f} µs of {options.leads:,}.")
    report.note(f"The page is {PAGE}; sorted by created_at it costs "
                f"{_cost(as_made):.0f} µs.")


def _make(options, folder, count):
    """Makes leads through the import, as a user would, and a snapshot; tells whether there is a route for one."""
    with start_tandem(options.tandem, folder, folder.parent, pinned=False, flags=["--open"]) as tandem:
        for first in range(0, count, 10_000):
            rows = [_lead(number) for number in range(first, min(first + 10_000, count))]
            tandem.expect(200, "POST", "/v1/imports", json.dumps({"resource": "leads", "rows": rows}).encode())
        # Without the route, what a server writes when it is stopped has to do.
        return tandem.request("POST", "/internal/snapshot", b"", timeout=120)[0] == 200


def _lead(number):
    """A lead whose record has about 600 bytes; a fifth of them is mql."""
    chance = random.Random(number)
    lead = {"name": f"{chance.choice(FIRST)} {chance.choice(LAST)}", "email": f"lead-{number:09}@example.com",
            "company": chance.choice(COMPANIES), "title": TITLE,
            "captured_at": f"2026-{chance.randint(1, 10):02}-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:00:00Z"}
    return lead | ({"stage": "mql"} if chance.random() < 0.2 else {})


FIRST = "Ada Bruno Carla Dmitri Elena Farid Greta Hugo Ines Jonas Katrin Luca Mara Nils Olga Piotr".split()
LAST = "Nowak Silva Berg Costa Lindqvist Meier Rossi Dubois Janssen Kowalski Petrov Schmidt Weber".split()
COMPANIES = ["Nordlicht GmbH", "Borealis AG", "Casaverde SL", "Helios BV", "Kestrel Ltd", "Lumen SA"]
TITLE = "Head of Procurement and Supply"


def _start(options, data, scratch):
    """Seconds until it listens and GiB resident then; both cores are free to it."""
    runs = []
    for _ in range(options.pairs):
        with start_tandem(options.tandem, data, scratch, pinned=False, flags=["--open"]) as tandem:
            runs.append((tandem.seconds_to_ready, tandem.resident_bytes() / 2**30))
    return median(seconds for seconds, _ in runs), median(size for _, size in runs)


def _write_ids(options, data, scratch, file):
    """Writes ids of leads from all over, or the processor would keep near what a few need; answers a lead's size."""
    with start_tandem(options.tandem, data, scratch, flags=["--open"]) as tandem:
        sample = json.loads(tandem.expect(200, "GET", "/v1/leads?limit=500")[1])["data"]
        ids, path = [], "/v1/leads?limit=500&fields=id"
        while path:
            page = json.loads(tandem.expect(200, "GET", path)[1])
            ids += [lead["id"] for lead in page["data"]]
            path = page["next"]
    file.write_text("\n".join(random.Random(1).sample(ids, min(IDS_READ, len(ids)))))
    return mean(len(json.dumps(lead, separators=(",", ":"))) for lead in sample)


def _read(options, data, scratch, ids):
    with start_tandem(options.tandem, data, scratch, flags=["--open"]) as tandem:
        _wait_for_figures(tandem)
        return wrk.run(tandem, "none", "/", options.duration, "read.lua", [ids])


def _page(options, data, scratch, path):
    """Many clients for the cost, one for the latency, and the page's size."""
    with start_tandem(options.tandem, data, scratch, flags=["--open"]) as tandem:
        _wait_for_figures(tandem)
        body = tandem.expect(200, "GET", path)[1]
        file = scratch / "page"
        file.write_bytes(body)
        alone = wrk.run(tandem, "none", path, options.duration, "check.lua", [file], connections=1)
        return wrk.run(tandem, "none", path, options.duration, "check.lua", [file]), alone.p99, len(body)


def _wait_for_figures(tandem):
    """The columns behind the figures are made after a start, which is not what a read costs."""
    tandem.request("GET", "/v1/metrics/leads_created", timeout=120)


def _cost(pages):
    return median(run.microseconds for run, _, _ in pages)


def _pauses(options, data, scratch):
    with start_tandem(options.tandem, data, scratch, pinned=False, flags=["--open"]) as tandem:
        return pauses.measure(tandem, options.pairs)


def _pause_row(waits):
    label, threshold = "longest write beside a snapshot", f"≤ {PAUSE_THRESHOLD} ms"
    if waits is None:
        return [label, "no POST /internal/snapshot", threshold, "not there"]
    beside, quiet = zip(*waits)
    return [label, f"{median(beside):.0f} ms ({report.spread(beside, '{:.0f}')}; without {median(quiet):.0f})",
            threshold, report.verdict(median(beside) <= PAUSE_THRESHOLD)]
