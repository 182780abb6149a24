"""What was asked of the server and what it answered."""

import threading

DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"


class Known:
    """A record that is known by its id."""

    def __init__(self, resource, name):
        self.resource = resource
        self.id = name
        self.done = 0  # changes that were answered: its version is that at least
        self.asked = 0  # changes that were asked for: its version is that at most
        self.answers = {}  # the record that was answered, by version
        self.is_doomed = False  # its deletion was asked for
        self.is_gone = False
        self.outlived = False  # a deletion was lost; another would not be told from that one


class Request:
    """One write and all that it does, which stands in one entry or in none.

    `effects` are such as ("made", "leads", name), which `effects.py` finds in a ledger; `bumps` is by how many versions
    it takes each known record on; `dooms` is the record that it deletes.
    """

    def __init__(self, method, path, body, status, effects, bumps=None, dooms=None, key=None):
        self.method = method
        self.path = path
        self.body = body
        self.status = status  # that of its answer when it is done
        self.effects = effects
        self.bumps = bumps or {}
        self.dooms = dooms
        self.key = key
        self.outcome = UNKNOWN
        self.answer = None

    def __str__(self):
        return f"{self.method} {self.path} {self.body}"

    def results(self, answer):
        """The records that the answer has, each with its resource."""
        if self.path == "/v1/batch": return [("leads", result["body"]) for result in answer.body["results"]]
        return [] if self.method == "DELETE" else [(self.path.split("/")[2], answer.body)]


class Book:
    """All requests to one data directory and the records that are known by them; shared by threads."""

    def __init__(self):
        self.requests = []
        self.known = {}
        self.findings = []
        self.snapshot_seq = 0  # the newest snapshot that was answered
        self.snapshot_count = 0
        self.newest_seq = 0  # the newest entry that was answered
        self.done_count = 0
        self._free = []  # leads without a deal that nobody deletes
        self._changed = threading.Condition(threading.RLock())
        self._is_over = False

    def find(self, words):
        with self._changed: self.findings.append(words)

    # MARK: Asking and answering

    def asked(self, request):
        with self._changed:
            self.requests.append(request)
            for known, count in request.bumps.items(): known.asked += count
            if request.dooms: request.dooms.is_doomed = True

    def done(self, request, answer):
        """Keeps an answer; returns the record that it has first, where it has any."""
        with self._changed:
            request.outcome, request.answer = DONE, answer
            for known, count in request.bumps.items(): known.done += count
            if request.dooms: request.dooms.is_gone = True
            self.done_count += 1
            self.newest_seq = max(self.newest_seq, answer.seq or 0)
            known = [self._learn(resource, record) for resource, record in request.results(answer)]
            self._changed.notify_all()
            return known[0] if known else None

    def snapshot_done(self, seq):
        with self._changed:
            self.snapshot_seq = max(self.snapshot_seq, seq)
            self.snapshot_count += 1

    def refused(self, request):
        with self._changed:
            request.outcome = REFUSED
            for known, count in request.bumps.items(): known.asked -= count

    def _learn(self, resource, record):
        known = self._know(resource, record)
        known.answers[record["version"]] = record
        # Its lead is no longer free, also where the deal is known only by a request that was repeated.
        if resource == "deals": self._free = [lead for lead in self._free if lead.id not in record["lead_ids"]]
        return known

    def _know(self, resource, record):
        known = self.known.get(record["id"])
        if known is None:
            known = self.known[record["id"]] = Known(resource, record["id"])
            known.done = known.asked = record["version"]
            if resource == "leads": self._free.append(known)
        return known

    # MARK: Choosing

    def all_known(self):
        with self._changed: return list(self.known.values())

    def some_lead(self, chance):
        """A lead that was not seen to be gone, or `None`."""
        return self._some(chance, lambda known: known.resource == "leads" and not known.is_gone)

    def some_record(self, chance):
        return self._some(chance, lambda known: True)

    def _some(self, chance, suits):
        all_known = self.all_known()
        if not all_known: return None
        for _ in range(8):
            known = chance.choice(all_known)
            if suits(known): return known
        return None

    def take_lead(self, chance):
        """A lead that nobody else gives a deal or deletes from now on, or `None`."""
        with self._changed:
            return self._free.pop(chance.randrange(len(self._free))) if self._free else None

    # MARK: Waiting

    def wait_until_done(self, count, seconds):
        """Waits for so many answers in all, and says whether they came before the end."""
        with self._changed:
            self._changed.wait_for(lambda: self.done_count >= count or self._is_over, seconds)
            return self.done_count >= count

    def begin(self):
        self._is_over = False

    def end(self):
        """Nobody writes any more, so nobody need wait."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    # MARK: After a crash

    def settle(self, state, entries_by_effect):
        """Takes what the ledger has for what is: what was not known is known now."""
        for request in self.requests:
            if request.outcome is UNKNOWN:
                is_there = request.effects[0] in entries_by_effect
                request.outcome = DONE if is_there else REFUSED
        for resource, records in state.items():
            for record in records.values(): self._know(resource, record)
        for known in self.known.values():
            record = state[known.resource].get(known.id)
            if record and known.is_doomed: known.outlived = True
            known.is_gone = known.is_doomed = record is None
            if record: known.done = known.asked = record["version"]
        with_deal = {lead for deal in state["deals"].values() for lead in deal["lead_ids"]}
        self._free = [known for known in self.known.values()
                      if known.resource == "leads" and not known.is_gone and not known.outlived
                      and known.id not in with_deal]
