"""Tandem beside its own /health: an answer without a body, and many requests at once."""

from . import report, rounds, wrk

NOT_MODIFIED_THRESHOLD = 1.1
PIPELINED_THRESHOLD = 0.33
DEPTH = 16


def measure(options, tandem, answers):
    tandem.expect(401, "GET", answers.lead_path, key="tk_wrong")

    def load(path, *arguments, **more):
        return wrk.prepared(tandem, tandem.key, path, *arguments, **more)
    runs = rounds.run(options, {
        "/health": load("/health", "check.lua", [answers.health]),
        "304": load(answers.lead_path, "check.lua", [answers.empty, 304],
                    headers=[f"If-None-Match: {answers.lead_tag}"]),
        "pipelined": load("/health", "pipelined.lua", [answers.health, DEPTH])})
    print()
    report.table(rounds.HEADER, [
        rounds.row("304 of the unchanged lead", wrk.CONNECTIONS, runs, "304", "/health", NOT_MODIFIED_THRESHOLD),
        rounds.row(f"GET /health, {DEPTH} at once", wrk.CONNECTIONS, runs, "pipelined", "/health",
                   PIPELINED_THRESHOLD)])
    report.note(f"All of Tandem. The latency of {DEPTH} at once is that of all of them together.")
