"""Durable creates against the disk: how many leads one synced append of the disk pays for."""

import os
import time
from statistics import median

from . import leads, report, wrk
from .servers import Failure, start_tandem

THRESHOLD = 3
RECORD = b"x" * (leads.SIZE - 1) + b"\n"


def measure(options, scratch):
    template = scratch / "lead.json"
    template.write_bytes(leads.of_size("@UNIQUE@"))
    with start_tandem(options.tandem, scratch / "data", scratch) as tandem:
        if tandem.key is None:
            raise Failure("tandem printed no administrator key")
        _create(tandem, template, 0, options.warm_up)
        pairs = [(_create(tandem, template, pair, options.duration), _appends_per_second(scratch, options.append_time))
                 for pair in range(1, options.pairs + 1)]
    report.title(f"create: POST /v1/leads, {wrk.CONNECTIONS} connections, against write + fdatasync of "
                 f"{len(RECORD)} bytes by one thread, {options.pairs} pairs")
    _print(pairs)


def _create(tandem, template, run, seconds):
    return wrk.run(tandem, tandem.key, "/v1/leads", seconds, "create.lua", [template, run])


def _appends_per_second(scratch, seconds):
    """Synced appends to a file beside the data directory, so on the same file system."""
    file = os.open(scratch / "appends", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        started = time.monotonic()
        appends = 0
        while time.monotonic() - started < seconds:
            os.write(file, RECORD)
            os.fdatasync(file)
            appends += 1
        return appends / (time.monotonic() - started)
    finally:
        os.close(file)


def _print(pairs):
    ratios = [run.per_second / appends for run, appends in pairs]
    ratio = median(ratios)
    header = ["route", "creates/s", "synced appends/s", "ratio", "min–max", "µs/create", f"≥ {THRESHOLD}"]
    report.table(header, [[
        "POST /v1/leads",
        f"{median(run.per_second for run, _ in pairs):,.0f}",
        f"{median(appends for _, appends in pairs):,.0f}",
        f"{ratio:.2f}", report.spread(ratios),
        f"{median(run.microseconds for run, _ in pairs):.2f}",
        report.verdict(ratio >= THRESHOLD)]])
    report.note("Medians; the ratio is the median of the pairs' ratios. Every answer was 201.")
