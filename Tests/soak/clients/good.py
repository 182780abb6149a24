"""Clients that do all as they should, and check every answer."""

import gzip
import json

from clients.client import Kept
from wire import Wrong

LEADS_KEPT = 20


class Reader(Kept):
    """Asks for what is the same each time, and for what has not changed."""

    pause = 0.02

    def round(self):
        """Health, a lead by its address, the same again by its tag, and its head alone."""
        health = self.ask("GET", "/health")
        if json.loads(health.body) != {"status": "ok"}: raise Wrong(f"not well: {health}")
        path = f"/v1/leads/{self.scene.lead}"
        lead = self.ask("GET", path)
        if json.loads(lead.body)["id"] != self.scene.lead: raise Wrong(f"not {path}: {lead}")
        self.ask("GET", path, fields=[f"If-None-Match: {lead.fields['etag']}"], statuses={304})
        head = self.ask("HEAD", path)
        if int(head.fields["content-length"]) != len(lead.body): raise Wrong(f"not as long as {lead}: {head}")
        self.ask("GET", "/v1/leads/lead_00000000000000000000000000", statuses={404})


class Lister(Kept):
    """Walks pages, with and without gzip, and asks for figures."""

    pause = 0.2

    def round(self):
        """Every page of the leads, until there is no next one."""
        path, seen = "/v1/leads?limit=20", set()
        while path:
            page = self._page(path)
            ids = {record["id"] for record in page["data"]}
            if ids & seen: raise Wrong(f"{path} has what a page before had: {ids & seen}")
            seen |= ids
            path = page["next"]
        self._page("/v1/reports/funnel")
        self._page("/openapi.json")

    def _page(self, path):
        wants_gzip = self.chance.random() < 0.5
        answer = self.ask("GET", path, fields=["Accept-Encoding: gzip"] if wants_gzip else [])
        is_packed = answer.fields.get("content-encoding") == "gzip"
        if is_packed and not wants_gzip: raise Wrong(f"gzip that nobody asked for: {answer}")
        return json.loads(gzip.decompress(answer.body) if is_packed else answer.body)


class Writer(Kept):
    """Makes, changes and deletes leads, some in batches, so that there are as many after as before."""

    pause = 0.05

    def __init__(self, scene, number):
        super().__init__(scene, number)
        self.leads = []
        self.count = 0

    def round(self):
        """Makes a lead, or deletes the oldest when it has enough; then changes one, then some at once."""
        if len(self.leads) < LEADS_KEPT:
            self.leads.append(self._make())
        else:
            self.ask("DELETE", f"/v1/leads/{self.leads.pop(0)}", statuses={204})
        if self.leads: self._change(self.chance.choice(self.leads))
        if self.chance.random() < 0.2: self._change_at_once()

    def _title(self):
        self.count += 1
        return f"{self.name} {self.count}"

    def _make(self):
        body = json.dumps({"name": self._title(), "company": "Nordlicht Verpackungstechnik GmbH"}).encode()
        fields = []
        if self.chance.random() < 0.3: body, fields = gzip.compress(body), ["Content-Encoding: gzip"]
        return json.loads(self.ask("POST", "/v1/leads", body, fields, {201}).body)["id"]

    def _change(self, lead):
        title = self._title()
        answer = self.ask("PATCH", f"/v1/leads/{lead}", json.dumps({"title": title}).encode())
        if json.loads(answer.body)["title"] != title: raise Wrong(f"not the title {title}: {answer}")
        seen = json.loads(self.ask("GET", f"/v1/leads/{lead}").body)
        if seen["title"] != title: raise Wrong(f"{lead} was answered with the title {title} and has {seen['title']}")

    def _change_at_once(self):
        """What it makes it deletes in the same entry."""
        operations = [{"method": "POST", "path": "/v1/leads", "body": {"name": self._title()}},
                      {"method": "PATCH", "path": "/v1/leads/@0", "body": {"title": self._title()}},
                      {"method": "DELETE", "path": "/v1/leads/@0"}]
        answer = self.ask("POST", "/v1/batch", json.dumps({"operations": operations}).encode())
        statuses = [result["status"] for result in json.loads(answer.body)["results"]]
        if statuses != [201, 200, 204]: raise Wrong(f"not 201, 200 and 204: {answer}")


class Pipeliner(Kept):
    """Sends sixteen requests at once, reads and writes among one another, in pieces that end anywhere."""

    def round(self):
        """Sixteen, whose answers must come in their order."""
        requests, wanted = [], []
        for number in range(16):
            # The answer tells the path, and so the order.
            path = self.chance.choice(["/health", f"/v1/leads/{self.scene.lead}", f"/none/{number}"])
            requests.append(self.scene.request("GET", path))
            wanted.append({404} if path.startswith("/none") else {200})
        body = json.dumps({"title": f"{self.name}"}).encode()
        for number in (7, 11):
            requests[number] = self.scene.request("PATCH", f"/v1/leads/{self.scene.changed_lead}", body)
            wanted[number] = {200}
        self.ask_all(requests, wanted)

    def pieces(self, data):
        places = sorted(self.chance.sample(range(1, len(data)), self.chance.randrange(4)))
        return [data[start:end] for start, end in zip([0, *places], [*places, len(data)])]


class Chunker(Kept):
    """Sends bodies in chunks, byte by byte at the worst, and waits to be told to go on."""

    def round(self):
        """A change whose body comes in chunks behind `Expect: 100-continue`."""
        title = f"{self.name} {self.chance.random()}"
        body = json.dumps({"title": title}).encode()
        self.wire = self.wire or getattr(self, self.door)()
        head = (f"PATCH /v1/leads/{self.scene.changed_lead} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                f"{self.scene.server.key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
                "Expect: 100-continue\r\n\r\n")
        self.say(self.wire, head.encode())
        status, _ = self.wire.head()
        if status != 100: raise Wrong(f"not told to go on: {status}")
        for data in _cut(body, self.chance): self.say(self.wire, b"%x;x=y\r\n%s\r\n" % (len(data), data))
        self.say(self.wire, b"0\r\nTrailer: is dropped\r\n\r\n")
        answer = self.expect(self.wire.answer(), {200})
        if json.loads(answer.body)["title"] != title: raise Wrong(f"not the title {title}: {answer}")
        if answer.closes: self.abandon()


def _cut(body, chance):
    """A body in pieces of one to eight bytes."""
    place = 0
    while place < len(body):
        count = chance.randrange(1, 9)
        yield body[place:place + count]
        place += count
