"""Hummingbird beside itself: how far the ratios stray from 1 is the noise of the machine."""

from . import answers, leads, report, rounds, wrk
from .rivals import CONNECTIONS
from .servers import start_hummingbird

KEY = "tk_control"
NAMES = ("control", "hummingbird")


def measure(options, scratch):
    expected = answers.written(scratch, b'{"status":"ok"}\n', "control", leads.of_size("000000001"))

    def start(name):
        return start_hummingbird(options.rival, expected.health, KEY, expected.leads, scratch, name)
    with start(NAMES[0]) as one, start(NAMES[1]) as other:
        rows = [_row(options, (one, other), *route, connections)
                for route in (("GET /health", "/health", expected.health),
                              ("GET /v1/leads/{id}", expected.lead_path, expected.lead))
                for connections in CONNECTIONS]
        report.table(rounds.HEADER, rows)


def _row(options, servers, what, path, body, connections):
    runs = rounds.run(options, {
        server.name: wrk.prepared(server, KEY, path, "check.lua", [body], connections) for server in servers})
    return rounds.row(what, connections, runs, *NAMES, None)
