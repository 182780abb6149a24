"""Tandem beside nginx over TLS 1.3: requests on connections that are kept, and whole connections."""

from . import certificate, handshakes, nginx, report, rounds, wrk
from .servers import has_flag, start_tandem

THRESHOLD = 1.1
KEPT, NEW, RESUMED = "GET /health, TLS 1.3", "a connection, full handshake", "a connection, resumed"


def measure(options, scratch, answers):
    print()
    if not has_flag(options.tandem, "--tls-cert"):
        report.table(rounds.HEADER, [
            rounds.row_not_there(KEPT, wrk.CONNECTIONS, "nginx", THRESHOLD),
            rounds.row_not_there(NEW, 1, "nginx", THRESHOLD),
            rounds.row_not_there(RESUMED, 1, "nginx", THRESHOLD)])
        return
    made = certificate.made(scratch / "certificate")
    flags = ["--tls-cert", made.file, "--tls-key", made.key]
    folder = scratch / "tls"
    folder.mkdir()
    with start_tandem(options.tandem, folder / "data", folder, flags=flags) as tandem, \
            nginx.start(folder / "nginx", answers.health.read_bytes(), answers.leads, made) as rival:
        servers = (tandem, rival)
        report.table(rounds.HEADER, [
            _row(options, KEPT, wrk.CONNECTIONS, {server.name: _kept(server, answers, made) for server in servers}),
            *(_row(options, what, 1, {server.name: handshakes.prepared(options.handshakes, server, kind, answers.health)
                                      for server in servers})
              for what, kind in ((NEW, "new"), (RESUMED, "resumed")))])
        report.note(f"{certificate.CIPHER}, X25519, ECDSA on P-256. A connection is a handshake, one GET /health and "
                    "the end, one after the other.")


def _row(options, what, connections, loads):
    return rounds.row(what, connections, rounds.run(options, loads), "tandem", "nginx", THRESHOLD)


def _kept(server, answers, made):
    return wrk.prepared(server, "none", "/health", "check.lua", [answers.health], environment=made.client_environment)
