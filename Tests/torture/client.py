"""Requests to a server, each answered in full or not at all."""

import http.client
import json

from server import PATIENCE

# What a request raises when its server is killed. A short body raises one of them too, so it is no answer.
GONE = (OSError, http.client.HTTPException)


class Answer:
    """An answer that was received in full."""

    def __init__(self, status, text, seq):
        self.status = status
        self.text = text
        self.seq = int(seq) if seq else None  # the entry that the request became, where the server tells it

    @property
    def body(self):
        return json.loads(self.text)

    def __str__(self):
        return f"{self.status} {self.text.strip()[:200]}"


class Client:
    """One connection to a server, for one thread."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(self, method, path, body=None, key=None):
        fields = {"Content-Type": "application/json"}
        if key: fields["Idempotency-Key"] = key
        self._connection.request(method, path, None if body is None else json.dumps(body).encode(), fields)
        response = self._connection.getresponse()
        return Answer(response.status, response.read().decode(), response.getheader("Tandem-Seq"))

    def close(self):
        self._connection.close()

    def walk(self, path):
        """The pages of a list, by their cursors."""
        while path:
            answer = self.ask("GET", path)
            if answer.status != 200: raise ValueError(f"GET {path}: {answer}")
            page = answer.body
            yield page["data"]
            path = page["next"]
