#!/usr/bin/env python3
"""Asks a server everything that openapi.json describes, and holds each answer against what that says of it."""

import argparse
import sys
import tempfile
from pathlib import Path

import reading
import story
import writing
from description import Description
from server import Server

REPOSITORY = Path(__file__).resolve().parent.parent.parent


class Asker:
    """Asks, and keeps what is not as described."""

    def __init__(self, server, description):
        self.server = server
        self.description = description
        self.count = 0
        self.faults = {}

    def __call__(self, method, address, body=None, fields=(), key=None):
        status, told, answer = self.server.ask(method, address, body, fields, key)
        self.count += 1
        for fault in self.description.faults(method, address, status, told, answer):
            # One of a kind is enough to read.
            self.faults.setdefault((method, self.description.operation(method, address)[0], fault.split(":")[0]),
                                   f"{method} {address} {status}: {fault}")
        return status, answer

    def get(self, address, status=200):
        """An answer that must be there."""
        given, answer = self("GET", address)
        if given != status: self.faults[address] = f"GET {address}: {given} in place of {status}: {answer}"
        return answer

    def made(self, address, body):
        """What must be done."""
        given, answer = self("POST", address, body)
        if given in (200, 201): return answer
        raise SystemExit(f"contract: POST {address} {body}: {given} {answer}")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tandem", default=REPOSITORY / ".build/release/tandem", help="the binary")
    binary = options.parse_args().tandem
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, folder)
        try:
            description = Description(server.ask("GET", "/openapi.json")[2])
            ask = Asker(server, description)
            # The writes first, so that what they make is read too.
            maker = writing.everything(ask)
            story.everything(ask, maker.made)
            reading.everything(ask)
            maker.delete_all()
        finally:
            status = server.stop()
    faults = list(ask.faults.values()) + description.example_faults()
    # A stream has no end to wait for.
    described = {(method.upper(), path) for path, methods in description.document["paths"].items()
                 for method in methods if method != "parameters" and path != "/v1/stream"}
    unanswered = described - {(method, path) for method, path, name in description.answered if name.startswith("2")}
    faults += [f"{method} {path} was never answered with what it is for" for method, path in sorted(unanswered)]
    faults += [f"no answer had {place}" for place in description.unseen()]
    faults += [f"no answer had the field {field}" for field in description.fields_unseen()]
    if status != 0: faults.append(f"the server ended with {status}")
    for fault in faults: print(f"contract: {fault}", file=sys.stderr)
    print(f"contract: {ask.count} answers of {len(described)} operations, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__": sys.exit(main())
