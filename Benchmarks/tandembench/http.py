"""Processor time per request: Tandem beside other servers, beside itself, and over TLS."""

from . import answers, control, itself, report, rivals, tls
from .servers import start_tandem


def measure(options, scratch):
    report.title(f"http: a core and one event loop for the server, a core for the load, "
                 f"{options.pairs} pairs of {options.duration} s")
    if options.control:
        control.measure(options, scratch)
        return
    with start_tandem(options.tandem, scratch / "data", scratch) as tandem:
        expected = answers.of(tandem, scratch)
        rivals.measure(options, scratch, tandem, expected)
        itself.measure(options, tandem, expected)
    tls.measure(options, scratch, expected)
