"""Tandem beside nginx over TLS 1.3: requests on connections that are kept, and whole connections."""

from . import certificate, handshakes, nginx, report, rounds, wrk
from .servers import has_flag, start_tandem

THRESHOLD = 1.1
KEPT = "GET /health, TLS 1.3"
FULL = "a connection, full handshake"
RESUMED = "a connection, resumed"


def measure(options, scratch, answers):
    print()
    if not has_flag(options.tandem, "--tls-cert"):
        report.table(rounds.HEADER, [rounds.row_not_there(what, connections, "nginx", THRESHOLD)
                                     for what, connections in ((KEPT, wrk.CONNECTIONS), (FULL, 1), (RESUMED, 1))])
        return
    made = certificate.made(scratch / "certificate")
    folder = scratch / "tls"
    folder.mkdir()
    flags = ["--tls-cert", made.file, "--tls-key", made.key]
    with start_tandem(options.tandem, folder / "data", folder, flags=flags) as tandem, \
            nginx.start(folder / "nginx", answers.health.read_bytes(), answers.leads, made) as rival:
        report.table(rounds.HEADER, rows(options, (tandem, rival), answers, made))
    report.note(f"{certificate.CIPHER}, X25519, ECDSA on P-256. A connection is a handshake, one GET /health and the "
                "end, one after the other.")


def rows(options, servers, answers, made, threshold=THRESHOLD):
    """A line each for kept connections and for both kinds of handshake, of two servers."""
    def kept(server):
        return wrk.prepared(server, "none", "/health", "check.lua", [answers.health],
                            environment=made.client_environment)

    def opened(kind):
        return lambda server: handshakes.prepared(options.handshakes, server, kind, answers.health)

    def row(what, connections, load):
        runs = rounds.run(options, {server.name: load(server) for server in servers})
        return rounds.row(what, connections, runs, *(server.name for server in servers), threshold)
    return [row(KEPT, wrk.CONNECTIONS, kept), row(FULL, 1, opened("new")), row(RESUMED, 1, opened("resumed"))]
