"""A good client beside 10,000 idle connections and 200 slow ones, and what an idle connection costs in memory."""

import time
from statistics import median

from . import answers, certificate, held, report, wrk
from .servers import Failure, start_tandem

IDLE, SLOW = 10_000, 200
P99_THRESHOLD = 3
BYTES_THRESHOLD = 4096
# Nobody is sent away and nobody's time is up.
FLAGS = ["--connections", 20_000, "--connections-per-address", 20_000, "--header-time", "60m", "--idle-time", "60m",
         "--body-rate", 1]
WARM_UP = 100
# Seconds after which an allocator has given back what it will give back.
SETTLE = 2


def measure(options, scratch):
    count = held.allow_files(IDLE + SLOW) - SLOW
    report.title(f"idle: a core and one event loop for the server, {count:,} idle connections and {SLOW} slow ones, "
                 f"{options.pairs} pairs of {options.duration} s")
    if count < IDLE:
        report.note(f"{IDLE:,} are not possible here: a process may not open as many files")
    with start_tandem(options.tandem, scratch / "data", scratch, flags=FLAGS) as tandem:
        expected = answers.of(tandem, scratch)
        tell_memory("plain", memory(tandem, count), BYTES_THRESHOLD)
        report.table(["what", "p50 µs quiet", "held", "p99 µs quiet", "held", "ratio", "min–max", ""],
                     waits(options, tandem, count, expected))
        report.note("One client, one connection, one request after the other. The ratio is that of a pair's p99.")
    made = certificate.made(scratch / "certificate")
    folder = scratch / "tls"
    folder.mkdir()
    flags = [*FLAGS, "--tls-cert", made.file, "--tls-key", made.key]
    with start_tandem(options.tandem, folder / "data", folder, flags=flags) as tandem:
        tandem.context = held.trusting()
        tell_memory("TLS", memory(tandem, count), None)


# MARK: Memory


def memory(server, count):
    """Bytes that a connection costs a server which has not had as many before, and one which has."""
    costs = []
    with held.Idle(server, WARM_UP, "127.0.0.2"):
        pass
    for source in ("127.0.0.3", "127.0.0.4"):
        _await_connections(server, 0)
        time.sleep(SETTLE)
        before = server.resident_bytes()
        with held.Idle(server, count, source) as idle:
            time.sleep(SETTLE)
            costs.append((server.resident_bytes() - before) / count)
            idle.check()
    _await_connections(server, 0)
    return costs


def tell_memory(kind, costs, threshold):
    verdict = f" (≤ {threshold:,}): {report.verdict(max(costs) <= threshold)}" if threshold else ""
    report.note(f"an idle {kind} connection: {costs[0]:,.0f} bytes of a server's memory that has not had as many before"
                f"{verdict}, {costs[1]:,.0f} of one that has")


def _await_connections(server, count, seconds=60):
    """Waits until the server holds no more connections than these, that of the question not counted."""
    ends = time.monotonic() + seconds
    while True:
        _, text = server.expect(200, "GET", "/internal/metrics")
        open_now = _open_connections(text.decode()) - 1
        if open_now <= count:
            return
        if time.monotonic() > ends:
            raise Failure(f"{server.name} still holds {open_now} connections")


def _open_connections(text):
    name = "tandem_http_connections"
    for line in text.splitlines():
        if line.startswith(name + " "):
            return int(line.split()[1])
    raise Failure(f"no {name} among the metrics")


# MARK: The good client


def waits(options, server, count, expected):
    """A line for each of two requests."""
    loads = {"GET /health": ("/health", expected.health), "GET /v1/leads/{id}": (expected.lead_path, expected.lead)}
    runs = {what: [] for what in loads}
    for load in loads.values():
        _run(server, load, options.warm_up)
    for pair in range(options.pairs):
        quiet = {what: _run(server, load, options.duration) for what, load in loads.items()}
        source = f"127.0.0.{10 + pair % 200}"
        with held.Idle(server, count, source) as idle, held.Slow(server, SLOW, source) as slow:
            for what, load in loads.items():
                runs[what].append((quiet[what], _run(server, load, options.duration)))
            idle.check()
            slow.check()
        _await_connections(server, 0)
    return [_row(what, pairs) for what, pairs in runs.items()]


def _run(server, load, seconds):
    path, body = load
    return wrk.run(server, server.key, path, seconds, "check.lua", [body], connections=1)


def _row(what, pairs):
    ratios = [beside.p99 / quiet.p99 for quiet, beside in pairs]

    def middle(side, figure):
        return f"{median(getattr(pair[side], figure) for pair in pairs) * 1e6:.0f}"
    return [what, middle(0, "p50"), middle(1, "p50"), middle(0, "p99"), middle(1, "p99"), f"{median(ratios):.2f}",
            report.spread(ratios), f"≤ {P99_THRESHOLD} {report.verdict(median(ratios) <= P99_THRESHOLD)}"]
