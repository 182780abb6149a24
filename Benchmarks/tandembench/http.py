"""Processor time per request: Tandem against Hummingbird on the same core, the same routes, the same bytes."""

import hashlib
import json
from statistics import median

from . import leads, report, wrk
from .servers import Failure, start_rival, start_tandem

THRESHOLD = 0.5
CONTROL_KEY = "tk_control"


def measure(options, scratch):
    health, body, lead_id, tandem = _prepare(options, scratch)
    with tandem:
        files = _files(scratch, health, lead_id, body)
        with _rival(options, scratch, files, tandem.key) as rival:
            report.title(f"http: {wrk.CONNECTIONS} connections, one event loop, server on core 0, load on core 1, "
                         f"{options.pairs} pairs of {options.duration} s")
            rows = [
                _compare("GET /health", "/health", files["health"], tandem, rival, options),
                _compare("GET /v1/leads/{id}", f"/v1/leads/{lead_id}", files["lead"], tandem, rival, options),
            ]
            _print(rows, rival.name, tandem.name, len(health), len(body))


def _prepare(options, scratch):
    """The bytes both will answer, and the first of the two servers."""
    if options.control:
        health, body, lead_id = b'{"status":"ok"}', leads.of_size("000000001"), "control"
        files = _files(scratch, health, lead_id, body)
        return health, body, lead_id, _rival(options, scratch, files, CONTROL_KEY, "control")
    tandem = start_tandem(options.tandem, scratch / "data", scratch)
    try:
        if tandem.key is None:
            raise Failure("tandem printed no administrator key")
        lead_id, body = _create_lead(tandem)
        _, health = tandem.expect(200, "GET", "/health")
    except BaseException:
        tandem.stop()
        raise
    return health, body, lead_id, tandem


def _create_lead(tandem):
    """A lead whose answer has about 600 bytes."""
    return _posted(tandem, leads.short("000000001"))


def _posted(tandem, lead):
    headers, _ = tandem.expect(201, "POST", "/v1/leads", lead)
    location = headers["Location"]
    _, body = tandem.expect(200, "GET", location)
    json.loads(body)
    return location.rsplit("/", 1)[1], body


def _files(scratch, health, lead_id, body):
    folder = scratch / "leads"
    folder.mkdir(exist_ok=True)
    files = {"health": scratch / "health", "lead": folder / lead_id, "leads": folder}
    files["health"].write_bytes(health)
    files["lead"].write_bytes(body)
    return files


def _rival(options, scratch, files, key, name="hummingbird"):
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    rival = start_rival(options.rival, files["health"], key_hash, files["leads"], scratch, name)
    rival.key = key
    return rival


def _compare(route, path, expected, tandem, rival, options):
    servers = (tandem, rival)
    for server in servers:
        _expect_key_is_checked(server, path)
        wrk.run(server, server.key, path, options.warm_up, "check.lua", [expected])
    pairs = [
        tuple(wrk.run(server, server.key, path, options.duration, "check.lua", [expected]) for server in servers)
        for _ in range(options.pairs)]
    return route, pairs


def _expect_key_is_checked(server, path):
    if path != "/health":
        server.expect(401, "GET", path, key="tk_wrong")


def _print(rows, rival, tandem, health_size, lead_size):
    header = ["route", f"µs/request {tandem}", f"µs/request {rival}", "ratio", "min–max",
              f"requests/s {tandem}", f"requests/s {rival}", "busy", f"≤ {THRESHOLD}"]
    report.table(header, [_row(route, pairs) for route, pairs in rows])
    report.note(f"Medians; the ratio is the median of the pairs' ratios. "
                f"Bodies: {health_size} and {lead_size} bytes, each answer compared.")


def _row(route, pairs):
    ours, theirs = zip(*pairs)
    ratios = [mine.microseconds / other.microseconds for mine, other in pairs]
    ratio = median(ratios)
    busy = "/".join(f"{median(run.processor_seconds / run.seconds for run in side):.0%}" for side in (ours, theirs))
    return [route,
            f"{median(run.microseconds for run in ours):.2f}",
            f"{median(run.microseconds for run in theirs):.2f}",
            f"{ratio:.2f}", report.spread(ratios),
            f"{median(run.per_second for run in ours):,.0f}",
            f"{median(run.per_second for run in theirs):,.0f}",
            busy, report.verdict(ratio <= THRESHOLD)]
