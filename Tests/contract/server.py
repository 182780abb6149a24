"""A server with the demonstration's company, and answers of it."""

import http.client
import json
import re
import subprocess


class Server:
    """One process; its folder is the caller's."""

    def __init__(self, binary, folder):
        self._process = subprocess.Popen(
            [binary, "serve", "--data", f"{folder}/data", "--listen", "127.0.0.1:0", "--demo"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.key = self._found(r"administrator key: (\S+)")
        self._port = int(self._found(r"listening on http://127.0.0.1:(\d+)"))
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)

    def _found(self, pattern):
        for line in self._process.stdout:
            if found := re.search(pattern, line): return found[1]
        raise SystemExit(f"contract: the server did not say {pattern}")

    def ask(self, method, address, body=None, fields=(), key=None):
        """Sends a request; gives the status, the fields and the body, which is parsed where it is JSON."""
        headers = {"Authorization": f"Bearer {key or self.key}", **dict(fields)}
        if body is not None and not isinstance(body, (str, bytes)):
            headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body)
        self._connection.request(method, address, body, headers)
        answer = self._connection.getresponse()
        raw = answer.read()
        told = dict(answer.getheaders())
        isJSON = told.get("Content-Type", "").split(";")[0].endswith("json")
        return answer.status, told, json.loads(raw) if isJSON else raw or None

    def stop(self):
        self._process.terminate()
        return self._process.wait(60)
