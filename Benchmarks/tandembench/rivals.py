"""Tandem beside other servers which answer the same bytes."""

from contextlib import ExitStack

from . import nginx, report, rounds, wrk
from .servers import start_epoll, start_hummingbird

CONNECTIONS = (64, 256)
HEALTH_THRESHOLDS = {"nginx": 1.0, "epoll": 1.2, "hummingbird": 0.33}
LEAD_THRESHOLDS = {"nginx": 0.6, "hummingbird": 0.5}


def measure(options, scratch, tandem, answers):
    with ExitStack() as stack:
        rivals = {rival.name: stack.enter_context(rival) for rival in _started(options, scratch, tandem, answers)}
        for server in (tandem, rivals["hummingbird"]):
            server.expect(401, "GET", answers.lead_path, key="tk_wrong")
        report.table(rounds.HEADER, [row for route in routes(answers) for row in rows(options, *route, tandem, rivals)])
        for what, path, _, thresholds in routes(answers):
            _note_sizes(what, path, [tandem, *(rivals[name] for name in thresholds)])
        report.note("Medians, Tandem's first; µs are of processor time per request, and so is the ratio.")


def routes(answers):
    """What a route is called, its path, the file of its body, and the thresholds by the rivals that have it."""
    return [("GET /health", "/health", answers.health, HEALTH_THRESHOLDS),
            ("GET /v1/leads/{id}", answers.lead_path, answers.lead, LEAD_THRESHOLDS)]


def rows(options, what, path, body, thresholds, ours, rivals):
    for connections in CONNECTIONS:
        # All are sent the key, so that all read the same bytes.
        runs = rounds.run(options, {
            server.name: wrk.prepared(server, ours.key, path, "check.lua", [body], connections)
            for server in (ours, *(rivals[name] for name in thresholds))})
        for name, threshold in thresholds.items():
            yield rounds.row(what, connections, runs, ours.name, name, threshold)


def _started(options, scratch, tandem, answers):
    yield nginx.start(scratch / "nginx", answers.health.read_bytes(), answers.leads)
    answer = scratch / "answer"
    answer.write_bytes(tandem.raw_answer("/health", tandem.key))
    yield start_epoll(options.epoll_server, answer, scratch)
    yield start_hummingbird(options.rival, answers.health, tandem.key, answers.leads, scratch)


def _note_sizes(what, path, servers):
    heads, bodies = zip(*(server.raw_answer(path, servers[0].key).split(b"\r\n\r\n", 1) for server in servers))
    sizes = ", ".join(f"{server.name} {len(head) + 4}" for server, head in zip(servers, heads))
    report.note(f"{what}: a body of {len(bodies[0])} bytes, each compared; heads in bytes: {sizes}.")
