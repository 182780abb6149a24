"""Those that look on while others write: readers, and who asks for snapshots."""

import random

from client import GONE, Client


class Watcher:
    """One thread that asks until the server is gone."""

    def __init__(self, book, port):
        self._book = book
        self._client = Client(port)

    def run(self, is_killed):
        try:
            self._watch()
        except GONE as error:
            if not is_killed.is_set(): self._book.find(f"a connection broke before the kill: {error!r}")
        except Exception as error:  # of any kind: a thread that ends must say why
            self._book.find(f"a watcher gave up: {error!r}")
        finally:
            self._client.close()


class Reader(Watcher):
    """Reads records and lists: what was seen does not go back, what was answered is there, and nothing is half."""

    def __init__(self, book, port, name):
        super().__init__(book, port)
        self._chance = random.Random(name)
        self._seen = {}  # the newest version seen, by id

    def _watch(self):
        while self._book.wait_until_done(1, None):
            if self._chance.random() < 0.1: self._read_list()
            else: self._read_one()

    def _read_one(self):
        known = self._book.some_record(self._chance)
        if known is None: return
        least, was_gone = known.done, known.is_gone
        record = self._get(known)
        if record is None: return
        if was_gone: self._book.find(f"{known.id} was deleted and is read")
        if record["version"] < least: self._book.find(f"{known.id} is read at {record['version']}, not {least}")
        if known.resource == "deals" and record["stage"] == "won": self._read_customer(record)

    def _get(self, known):
        answer = self._client.ask("GET", f"/v1/{known.resource}/{known.id}")
        if answer.status == 200:
            self._see(answer.body)
            return answer.body
        if answer.status != 404 or not known.is_doomed: self._book.find(f"GET {known.id}: {answer}")
        return None

    def _read_customer(self, deal):
        lead = self._get(self._book.known[deal["lead_ids"][0]])
        if lead and lead["stage"] != "customer":
            self._book.find(f"{deal['id']} is won, and its lead is {lead['stage']}")

    def _read_list(self):
        resource = self._chance.choice(["leads", "deals"])
        before = [known for known in self._book.all_known() if known.resource == resource]
        gone = {known.id for known in before if known.is_gone}
        found = []
        for page in self._client.walk(f"/v1/{resource}?limit=100"):
            for record in page:
                self._see(record)
                found.append(record["id"])
        ids = set(found)
        if len(ids) < len(found): self._book.find(f"a list of {resource} has records twice")
        if ids & gone: self._book.find(f"a list of {resource} has deleted ones: {ids & gone}")
        lost = {known.id for known in before if known.id not in ids and not known.is_doomed}
        if lost: self._book.find(f"a list of {resource} lacks {lost}")

    def _see(self, record):
        name, version = record["id"], record["version"]
        if version < self._seen.get(name, 0):
            self._book.find(f"{name} went back from version {self._seen[name]} to {version}")
        self._seen[name] = version
        if (record.get("title") or "").endswith("-half"): self._book.find(f"half a batch is read in {name}")


class Snapshotter(Watcher):
    """Asks for a snapshot whenever so many writes were answered."""

    def __init__(self, book, port, counts):
        super().__init__(book, port)
        self._counts = counts

    def _watch(self):
        for count in self._counts:
            if not self._book.wait_until_done(count, None): return
            least = self._book.newest_seq
            answer = self._client.ask("POST", "/internal/snapshot")
            if answer.status != 200:
                self._book.find(f"POST /internal/snapshot: {answer}")
                return
            seq = answer.body["seq"]
            if seq < least: self._book.find(f"a snapshot stands for {seq}, and {least} was answered before")
            self._book.snapshot_done(seq)
