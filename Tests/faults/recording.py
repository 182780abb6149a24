"""A run of the server under several writers, written down: its calls, and what was answered when."""
import json
import pathlib
import re
import threading

import shim
from server import Hung, Server, ask

WRITERS = 4
SYNC_MS = 8  # so that the writes of several writers meet in a batch
NOTES = "some words that make entries of different sizes; "


class Writer:
    """One connection's writes on records of its own, and how all of them stood after each: a list of states by id.

    `requests[i]` is the request that led from `states[i]` to `states[i + 1]`. Each writer waits for its answers, so
    what the ledger holds of its records is always one of the states.
    """

    def __init__(self, number, states=None):
        self.number = number
        self.states = states or [{}]
        self.requests = []

    def write(self, connection, method, path, body=None):
        answer = ask(connection, method, path, body)
        assert answer.done, f"{method} {path} was answered {answer}"
        self.requests.append(answer.request)
        ids = set(self.states[-1]) | ({answer.body["id"]} if answer.body else set())
        self.states.append({id: body for id in ids if (body := self.read(connection, id))})
        return answer.body and answer.body["id"]

    @staticmethod
    def read(connection, id):
        answer = ask(connection, "GET", f"/v1/{id.split('_')[0]}s/{id}")
        return answer.body if answer.status == 200 else None

    def tell(self, server, part, rounds):
        """Ten writes a round: leads and a deal made, changed, won, and one lead deleted."""
        connection = server.connection()
        for turn in range(rounds):
            name = f"w{self.number}-{part}-{turn}"
            def lead(which, more=""):
                return self.write(connection, "POST", "/v1/leads",
                                  {"name": which + more, "email": f"{name}-{which}@x.example"})
            first, second = lead("a"), lead("b", " " + NOTES * (self.number % 4))
            self.write(connection, "PATCH", f"/v1/leads/{first}", {"title": NOTES * (turn % 4) + "1"})
            deal = self.write(connection, "POST", "/v1/deals",
                              {"name": name, "lead_ids": [first], "amount": {"amount": 5, "currency": "EUR"}})
            self.write(connection, "PATCH", f"/v1/leads/{second}", {"title": NOTES * 3})
            third = lead("c")
            self.write(connection, "DELETE", f"/v1/leads/{third}")
            self.write(connection, "POST", f"/v1/deals/{deal}/win")
            self.write(connection, "PATCH", f"/v1/leads/{second}", {"title": "2"})
            lead("d")
        connection.close()


def run(options, library, folder, part, writers, rounds):
    """Runs the server once over `folder`/data, with all writers at a time and a snapshot on the way."""
    folder = pathlib.Path(folder)
    data, log = folder / "data", folder / f"{part}.log"
    environment = {**shim.environment(library, data, log), "TANDEM_FAULTS_SYNC_MS": str(SYNC_MS)}
    server = Server(options, data, environment, errors=folder / f"{part}.errors")
    assert server.started, f"the server did not start: {server.errors()}"
    failures = []
    def tell(writer):
        try:
            writer.tell(server, part, rounds)
        except Exception as failure:  # of any kind: it must not be lost with its thread
            failures.append(f"writer {writer.number}: {failure!r}")
    threads = [threading.Thread(target=tell, args=(writer,)) for writer in writers]
    for thread in threads: thread.start()
    try:
        # Snapshots as they come between the writes, until these are over.
        while any(thread.is_alive() for thread in threads):
            if server.ask("POST", "/internal/snapshot").status == 404: break
            threads[0].join(0.02)
    finally:
        for thread in threads: thread.join()
        server.end()
    assert not failures, "; ".join(failures)


def answered_requests(folder, part):
    """The place in the log of each answer, by the id of its request."""
    calls = shim.calls(f"{folder}/{part}.log")
    bytes_sent = pathlib.Path(folder, f"{part}.log.bytes").read_bytes()
    places = {}
    for place, call in enumerate(calls):
        if call["call"] != "send" or "bytes" not in call: continue
        start, count = call["bytes"]
        for request in re.findall(rb"\r\nRequest-Id: (\S+)", bytes_sent[start:start + count]):
            places[request.decode()] = place
    return places


def save(folder, parts, writers, base=None):
    """Keeps what images are verified against, so that a finding can be looked at again; `base` was there before."""
    told = [{"number": writer.number, "states": writer.states, "requests": writer.requests} for writer in writers]
    pathlib.Path(folder, "recording.json").write_text(
        json.dumps({"parts": parts, "base": base or {}, "writers": told}))


def load(folder):
    saved = json.loads(pathlib.Path(folder, "recording.json").read_text())
    writers = []
    for one in saved["writers"]:
        writer = Writer(one["number"], one["states"])
        writer.requests = one["requests"]
        writers.append(writer)
    return saved["parts"], writers, saved["base"]
