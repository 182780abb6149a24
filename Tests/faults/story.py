"""A short story of writes, and what may be told of it afterwards.

A state is what the records say in the fields that the story changes: leads by e-mail address, deals by name. `shown` is
the state that reads must give: all answered writes and nothing else. `possible` are the states that a start may find:
`shown`, and for each write whose outcome the server said not to know also the state with it, whole.
"""
import copy
import http.client
from dataclasses import dataclass
from typing import Callable

from server import Hung

FIELDS = {"leads": ("name", "title", "stage"), "deals": ("stage", "amount")}
NAMED_BY = {"leads": "email", "deals": "name"}


@dataclass
class Write:
    """One write: `needs` are the records it names, `change` what it does to a state."""
    label: str
    method: str
    path: Callable
    body: object
    change: Callable
    needs: tuple = ()


def lead(name):
    def change(state): state["leads", f"{name}@x.example"] = {"name": name, "title": None, "stage": "lead"}
    body = {"name": name, "email": f"{name}@x.example"}
    return Write(f"create lead {name}", "POST", lambda ids: "/v1/leads", body, change)


def title(name, words):
    key = ("leads", f"{name}@x.example")
    def change(state): state[key] = {**state[key], "title": words}
    return Write(f"patch lead {name}", "PATCH", lambda ids: f"/v1/leads/{ids[key]}", {"title": words}, change, (key,))


def gone(name):
    key = ("leads", f"{name}@x.example")
    def change(state): del state[key]
    return Write(f"delete lead {name}", "DELETE", lambda ids: f"/v1/leads/{ids[key]}", None, change, (key,))


def deal(name, lead_name):
    """One entry that makes a deal and moves its lead: both, or neither."""
    amount, key = {"amount": 100, "currency": "EUR"}, ("leads", f"{lead_name}@x.example")
    def change(state):
        state["deals", name] = {"stage": "prospecting", "amount": amount}
        state[key] = {**state[key], "stage": "opportunity"}
    write = Write(f"create deal {name}", "POST", lambda ids: "/v1/deals", None, change, (key,))
    write.body = lambda ids: {"name": name, "lead_ids": [ids[key]], "amount": amount}
    return write


def won(name, lead_name):
    """One entry that wins a deal and moves its lead: both, or neither."""
    key, lead_key = ("deals", name), ("leads", f"{lead_name}@x.example")
    def change(state):
        state[key] = {**state[key], "stage": "won"}
        state[lead_key] = {**state[lead_key], "stage": "customer"}
    return Write(f"win deal {name}", "POST", lambda ids: f"/v1/deals/{ids[key]}/win", None, change, (key, lead_key))


def erased(name):
    key = ("leads", f"{name}@x.example")
    def change(state): state["leads", None] = {"name": None, "title": None, "stage": state.pop(key)["stage"]}
    return Write(f"erase lead {name}", "POST", lambda ids: f"/v1/leads/{ids[key]}/erase", None, change, (key,))


SNAPSHOT = "snapshot"
# Between these no segment can be written anew, so that an erasure waits to be finished.
BLOCK, UNBLOCK = "block", "unblock"
FINISH = "finish erasures"
ERASED = "zed"

# Longer words fill segments sooner.
LONG = "words that fill a segment " * 6

FIRST = [lead("ann"), lead(ERASED), lead("bob"), lead("cid"), title("ann", "first " + LONG), lead("dee"), gone("dee"),
         SNAPSHOT, deal("sale", "bob"), title("cid", "second " + LONG), SNAPSHOT, lead("eve"), title(ERASED, LONG),
         BLOCK, erased(ERASED), lead("ida"), lead("kim"), UNBLOCK, FINISH, lead("jon")]
LATER = [lead("fay"), title("ann", "third " + LONG), SNAPSHOT, gone("eve"), won("sale", "bob"), lead("gus"),
         title("fay", "fourth " + LONG), SNAPSHOT, lead("hal"), title("gus", "fifth " + LONG), deal("trade", "cid"),
         won("trade", "cid")]


class Story:
    def __init__(self):
        self.shown = {}
        self.possible = [{}]
        self.ids = {}
        self.seen = {}          # whole bodies as last read, by key
        self.findings = []
        self.refused = 0        # writes answered 503
        self.since_refusal = None   # writes sent since the first of them
        self.are_erased = False  # whether the server said that nothing is left of what was erased
        self.is_refused = False  # whether the last write was
        self.late_refusals = []  # those that came when the fault was long over

    def copy(self): return copy.deepcopy(self)

    def find(self, words):
        if words not in self.findings: self.findings.append(words)

    # MARK: Telling

    def tell(self, server, steps):
        """Sends the writes, and reads everything after each; then, after a refusal, as many as make three."""
        try:
            self.read(server, "at the start")
            for step in steps:
                if step == SNAPSHOT:
                    self.snapshot(server)
                elif step in (BLOCK, UNBLOCK):
                    self.block(server, step == BLOCK)
                elif step == FINISH:
                    self.finish(server)
                elif all(key in self.shown for key in step.needs):
                    self.write(server, step)
            number = 0
            while self.since_refusal is not None and self.since_refusal < 3:
                number += 1
                self.write(server, lead(f"more{number}"))
        except Hung as hung:
            self.find(f"{hung}")
        except (OSError, http.client.HTTPException) as failure:
            self.find(f"the server was gone: {failure!r}")
        finally:
            self.block(server, False)

    def block(self, server, is_blocked):
        obstacle = server.data / "journal" / "writing"
        if is_blocked: obstacle.mkdir()
        elif obstacle.is_dir(): obstacle.rmdir()

    def snapshot(self, server):
        answer = server.ask("POST", "/internal/snapshot")
        if not (answer.done or answer.status in (404, 503)):
            self.find(f"a snapshot was answered {answer}")
        self.read(server, "after a snapshot")

    def finish(self, server):
        answer = server.ask("POST", "/internal/erasures")
        if answer.done: self.are_erased = ("leads", None) in self.shown
        elif answer.status not in (500, 503): self.find(f"erasures were answered {answer}")
        self.read(server, "after finishing erasures")

    def write(self, server, step):
        body = step.body(self.ids) if callable(step.body) else step.body
        if self.since_refusal is not None: self.since_refusal += 1
        try:
            answer = server.ask(step.method, step.path(self.ids), body)
        except (Hung, OSError, http.client.HTTPException):
            self.maybe(step)
            raise
        self.is_refused = answer.status == 503
        # Of an erasure whose past is not done it is known that it is there.
        is_erased = isinstance(answer.body, dict) and answer.body.get("title") == "Erased, its past not yet"
        if answer.done or is_erased:
            for state in [self.shown, *self.possible]: step.change(state)
            if answer.done: self.note(answer)
            if step.label == f"erase lead {ERASED}": self.are_erased = answer.done
        elif answer.status == 503:
            self.refused += 1
            if self.since_refusal is None: self.since_refusal = 0
            elif self.since_refusal > 1: self.late_refusals.append(f"{step.label} was answered {answer}")
            if answer.unknown: self.maybe(step)
        else:
            self.find(f"{step.label} was answered {answer}")
            self.maybe(step)
        self.read(server, f"after {step.label}, answered {answer.status}", answer if answer.done else None)

    def demand_unhealthy(self, server):
        """While no write gets through, every answer about the server's health says so."""
        for number in range(20):
            answer = server.ask("GET", "/health")
            if answer.status != 503: return self.find(f"/health is {answer.status} while every write is refused")

    def note(self, answer):
        if not answer.body: return
        resource = answer.body["id"].split("_")[0] + "s"
        self.ids[resource, answer.body[NAMED_BY[resource]]] = answer.body["id"]

    def maybe(self, step):
        for state in list(self.possible):
            with_it = copy.deepcopy(state)
            step.change(with_it)
            self.possible.append(with_it)

    # MARK: Reading

    def read(self, server, when, answer=None):
        """What is read in the process that answered: exactly the answered writes."""
        bodies = self.list(server)
        if bodies is None: return
        state = state_of(bodies)
        if state != self.shown:
            self.find(f"{when} the server shows {difference(state, self.shown)}")
        if answer and answer.body and answer.body not in bodies.values():
            self.find(f"{when} a read gives another body than the answer")
        self.seen = bodies

    def list(self, server):
        bodies = {}
        for resource, name in NAMED_BY.items():
            answer = server.ask("GET", f"/v1/{resource}?limit=500")
            if answer.status != 200:
                self.find(f"GET /v1/{resource} was answered {answer}")
                return None
            for body in answer.body["data"]: bodies[resource, body[name]] = body
        return bodies

    # MARK: Looking back

    def look_for_erased(self, data, when):
        """Nothing of a lead that was erased may be in any file."""
        if ("leads", None) not in self.shown: return
        for path in sorted(data.glob("**/*")):
            if path.is_file() and f"{ERASED}@x.example".encode() in path.read_bytes():
                self.find(f"{when} {path.name} has what was erased")

    def verify(self, server):
        """What a later start finds: one of the possible states, whole; returns the story as it is from there on."""
        try:
            bodies = self.list(server)
        except (Hung, OSError, http.client.HTTPException) as failure:
            self.find(f"reads after the next start fail: {failure!r}")
            return
        if bodies is None: return
        state = state_of(bodies)
        if state not in self.possible:
            self.find(f"the next start shows {difference(state, self.shown)}")
        for key, body in bodies.items():
            known = self.seen.get(key)
            # What no unknown write touched is read back to the letter; what one did has at least every member.
            if known and state[key] == self.shown.get(key):
                if body != known: self.find(f"{key[1]} has another body than before: {body} for {known}")
            elif known and set(body) != set(known):
                self.find(f"{key[1]} is not whole: {body}")
        self.shown, self.possible, self.seen = state, [copy.deepcopy(state)], bodies
        self.ids = {key: body["id"] for key, body in bodies.items()}


def state_of(bodies):
    return {key: {field: body[field] for field in FIELDS[key[0]]} for key, body in bodies.items()}


def difference(found, wanted):
    words = [f"no {key[1]}" for key in wanted if key not in found]
    words += [f"{key[1]}, which should not be there" for key in found if key not in wanted]
    words += [f"{key[1]} as {short(found[key])}, not {short(wanted[key])}"
              for key in found if key in wanted and found[key] != wanted[key]]
    return "; ".join(words)


def short(view):
    return {field: value[:12] if isinstance(value, str) else value for field, value in view.items()}
