"""Writers: threads that change leads and deals until the server is gone."""

import random

from book import Request
from client import GONE, Client

AMOUNT = {"amount": 1, "currency": "EUR"}
NOBODY = "lead_00000000000000000000000000"


class Writer:
    """One thread's writes, by chances of its own."""

    def __init__(self, book, features, port, name):
        self._book = book
        self._client = Client(port)
        self._chance = random.Random(name)
        self._name = name
        self._count = 0
        self._kinds = {self._make_lead: 30, self._retitle: 30, self._sell: 15, self._delete: 8}
        if features.keys: self._kinds[self._make_lead_by_key] = 15
        if features.batches:
            self._kinds[self._change_at_once] = 8
            self._kinds[self._change_at_once_in_vain] = 3
        self._has_keys = features.keys

    def run(self, is_killed):
        """Writes until the connection breaks, which it must not before the server is killed."""
        try:
            while True:
                self._chance.choices(list(self._kinds), self._kinds.values())[0]()
        except GONE as error:
            if not is_killed.is_set(): self._book.find(f"a connection broke before the kill: {error!r}")
        except Exception as error:  # of any kind: a thread that ends must say why
            self._book.find(f"a writer gave up: {error!r}")
        finally:
            self._client.close()
            self._book.end()

    def _new_name(self):
        self._count += 1
        return f"{self._name}-{self._count}"

    def _ask(self, request, may_be_missing=lambda: False):
        """Asks and keeps what was answered; returns the record that the answer has first, where it has any."""
        self._book.asked(request)
        answer = self._client.ask(request.method, request.path, request.body, request.key)
        if answer.status == request.status: return self._book.done(request, answer)
        self._book.refused(request)
        if answer.status != 404 or not may_be_missing(): self._book.find(f"{request}: {answer}")
        return None

    # MARK: Leads

    def _make_lead(self, key=None):
        name = self._new_name()
        # An answer by key must not rest on the e-mail address that is unique anyhow.
        body = {"name": name} if key else {"name": name, "email": f"{name}@torture.example"}
        self._ask(Request("POST", "/v1/leads", body, 201, [("made", "leads", name)], key=key))

    def _make_lead_by_key(self):
        self._make_lead(key=f"key {self._new_name()}")

    def _retitle(self):
        lead = self._book.some_lead(self._chance)
        if lead is None: return
        title = self._new_name()
        effects = [("titled", lead.id, title)]
        # Whether somebody deletes it is asked when it was not found, and not when it was chosen.
        self._ask(Request("PATCH", f"/v1/leads/{lead.id}", {"title": title}, 200, effects, {lead: 1}),
                  may_be_missing=lambda: lead.is_doomed)

    def _delete(self):
        lead = self._book.take_lead(self._chance)
        if lead is None: return
        self._ask(Request("DELETE", f"/v1/leads/{lead.id}", None, 204, [("gone", "leads", lead.id)], dooms=lead))

    # MARK: Deals

    def _sell(self):
        """Makes a lead an opportunity by a deal and then a customer, in one entry each."""
        lead = self._book.take_lead(self._chance)
        if lead is None: return
        name = self._new_name()
        body = {"name": name, "lead_ids": [lead.id], "amount": AMOUNT}
        effects = [("made", "deals", name), ("opportunity", lead.id, name)]
        deal = self._ask(Request("POST", "/v1/deals", body, 201, effects, {lead: 1}, key=self._some_key(name)))
        if deal is None: return
        effects = [("won", deal.id, name), ("customer", lead.id, name)]
        self._ask(Request("POST", f"/v1/deals/{deal.id}/win", {}, 200, effects, {lead: 1, deal: 1},
                          key=self._some_key(f"win {name}")))

    def _some_key(self, name):
        return f"key {name}" if self._has_keys and self._chance.random() < 0.3 else None

    # MARK: Batches

    def _change_at_once(self):
        lead = self._book.take_lead(self._chance)
        if lead is None: return
        first, second, title = self._new_name(), self._new_name(), self._new_name()
        half = f"{title}-half"
        operations = [
            {"method": "POST", "path": "/v1/leads", "body": {"name": first}},
            {"method": "PATCH", "path": f"/v1/leads/{lead.id}", "body": {"title": half}},
            {"method": "POST", "path": "/v1/leads", "body": {"name": second}},
            {"method": "PATCH", "path": f"/v1/leads/{lead.id}", "body": {"title": title}},
        ]
        effects = [("made", "leads", first), ("titled", lead.id, half), ("made", "leads", second),
                   ("titled", lead.id, title)]
        self._ask(Request("POST", "/v1/batch", {"operations": operations}, 200, effects, {lead: 2},
                          key=self._some_key(title)))

    def _change_at_once_in_vain(self):
        """The last operation cannot be done, so none is."""
        name = self._new_name()
        operations = [{"method": "POST", "path": "/v1/leads", "body": {"name": name}},
                      {"method": "PATCH", "path": f"/v1/leads/{NOBODY}", "body": {"title": name}}]
        effects = [("made", "leads", name), ("titled", NOBODY, name)]
        request = Request("POST", "/v1/batch", {"operations": operations}, 200, effects)
        if self._ask(request, may_be_missing=lambda: True): self._book.find(f"{request}: it was done")
