"""Kills the server with -9 under load, again and again; what it answered must be there at the next start, whole.

Usage: crash.py TANDEM DATA ROUNDS SEED
"""
import http.client
import json
import random
import re
import signal
import subprocess
import sys
import threading

binary, data, rounds, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
chance = random.Random(seed)


def start():
    server = subprocess.Popen([binary, "serve", "--open", "--listen", "127.0.0.1:0", "--data", data],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in server.stdout:
        found = re.match(r"tandem listening on http://127\.0\.0\.1:(\d+)", line)
        if found:
            return server, int(found.group(1))
    sys.exit("the server did not start")


def ask(connection, method, path, body=None):
    connection.request(method, path, json.dumps(body) if body is not None else None,
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def write(port, number, answered, enough):
    """Makes leads with a deal each and wins it, noting each answer, until the server is gone."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    count = 0
    try:
        while True:
            count += 1
            status, body = ask(connection, "POST", "/v1/leads", {"email": f"w{number}-{count}-{port}-{chance.random()}@x.example"})
            assert status == 201, (status, body)
            lead = json.loads(body)
            answered["leads"][lead["id"]] = body
            status, body = ask(connection, "POST", "/v1/deals",
                               {"name": "d", "lead_ids": [lead["id"]], "amount": {"amount": 1, "currency": "EUR"}})
            assert status == 201, (status, body)
            deal = json.loads(body)["id"]
            status, body = ask(connection, "POST", f"/v1/deals/{deal}/win")
            assert status == 200, (status, body)
            answered["won"][deal] = lead["id"]
            del answered["leads"][lead["id"]]
            enough.release()
    except (OSError, http.client.HTTPException):
        pass


def verify(port, answered):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for deal, lead in answered["won"].items():
        status, body = ask(connection, "GET", f"/v1/deals/{deal}")
        assert status == 200 and json.loads(body)["stage"] == "won", (deal, status, body)
        # One entry wins the deal and makes its lead a customer: both, or neither.
        status, body = ask(connection, "GET", f"/v1/leads/{lead}")
        assert status == 200 and json.loads(body)["stage"] == "customer", (lead, status, body)
    for lead in answered["leads"]:
        status, _ = ask(connection, "GET", f"/v1/leads/{lead}")
        assert status == 200, (lead, status)
    path = "/v1/deals?limit=500"
    while path:
        status, body = ask(connection, "GET", path)
        page = json.loads(body)
        for deal in page["data"]:
            status, body = ask(connection, "GET", f"/v1/leads/{deal['lead_ids'][0]}")
            stage = json.loads(body)["stage"]
            assert stage == ("customer" if deal["stage"] == "won" else "opportunity"), (deal, stage)
        path = page["next"]


total = 0
for number in range(rounds):
    server, port = start()
    answered = {"leads": {}, "won": {}}
    enough = threading.Semaphore(0)
    writers = [threading.Thread(target=write, args=(port, writer, answered, enough)) for writer in range(8)]
    for writer in writers:
        writer.start()
    for _ in range(chance.randrange(1, 120)):
        enough.acquire()
    server.send_signal(signal.SIGKILL)
    server.wait()
    for writer in writers:
        writer.join()
    server, port = start()
    verify(port, answered)
    server.send_signal(signal.SIGKILL if chance.random() < 0.5 else signal.SIGTERM)
    server.wait()
    total += len(answered["won"]) + len(answered["leads"])
check = subprocess.run([binary, "check", "--data", data], capture_output=True, text=True)
assert check.returncode == 0, check.stderr
print(f"{rounds} kills, {total} answered writes verified")
