"""nginx beside itself: how far the ratios stray from 1 is the noise of the machine."""

from . import answers, certificate, leads, nginx, report, rivals, rounds, tls


def measure(options, scratch):
    expected = answers.written(scratch, b'{"status":"ok"}\n', "control", leads.of_size("000000001"))
    made = certificate.made(scratch / "certificate")

    def start(name, *more):
        return nginx.start(scratch / f"{name}-{len(more)}", expected.health.read_bytes(), expected.leads, *more,
                           name=name)
    with start("control") as ours, start("nginx") as theirs:
        rows = [row for what, path, body, _ in rivals.routes(expected)
                for row in rivals.rows(options, what, path, body, {"nginx": None}, ours, {"nginx": theirs})]
    with start("control", made) as ours, start("nginx", made) as theirs:
        rows += tls.rows(options, (ours, theirs), expected, made, None)
    report.table(rounds.HEADER, rows)
