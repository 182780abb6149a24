"""One run: a crowd before a server, watched."""

import json
import time

from clients import all_clients
from growth import Growth, descriptors, slope
from scene import Scene
from server import Failure
from wire import Wire

EVERY = 3  # seconds between samples
CERTIFICATE = 7  # seconds between changes of the certificate
END = 90  # seconds that clients have to come to an end, and the server to let go of them
# How much more slowly clients come where a sanitizer slows the server.
PACE = 4
LATE = 2  # seconds by which a wait must not be longer than asked
WARM_UP = 0.25  # the share of a run after which memory should stay as it is
# Shorter runs tell nothing of growth: caches fill for minutes.
JUDGED_MINUTES = 4
# What the growth a minute of a server without a sanitizer may be: the bytes that its ledger keeps for each entry, and
# what may be chance.
ENTRY_BYTES = 64
NOISE_KIB = 128


class Run:
    """Clients come, are watched, and go."""

    def __init__(self, options, server, book):
        self.options = options
        self.server = server
        self.book = book
        self.growth = Growth(server)

    def play(self):
        """All of it; what was not as it must be is in the book."""
        scene = Scene(self.server, self.book, self.options.seed,
                      [folder / "cert.pem" for folder in self.server.certificates],
                      pace=1 if self.options.sanitizer == "none" else PACE)
        scene.lead, scene.changed_lead = (self._lead(scene, name) for name in ("Noor", "Mia"))
        # A first connection at each door, so that what is opened once is open.
        self.growth.take()
        idle = descriptors(self.server)
        clients = all_clients(scene)
        for client in clients: client.start()
        try:
            self._watch()
        finally:
            scene.is_over.set()
        self._await(clients)
        if self.server.status is not None: return self.book.find(self._death())
        self._await_descriptors(idle)
        self._tell_growth()
        status = self.server.stop()
        if status != 0: self.book.find(f"the server ended with {status}: {self.server.last_words()}")

    def _lead(self, scene, name):
        """A lead: one that all read and nobody changes, or one that all change."""
        with Wire(self.server.plain) as wire:
            wire.send(scene.request("POST", "/v1/leads", json.dumps({"name": name}).encode()))
            answer = wire.answer()
        if answer.status != 201: raise Failure(f"no lead to begin with: {answer}")
        return json.loads(answer.body)["id"]

    # MARK: While clients are there

    def _watch(self):
        """Samples, certificates and starts, each when it is due, until the time is up or the server is gone."""
        began = time.monotonic()
        ends = began + self.options.minutes * 60
        due = {self._sample: EVERY, self._change_certificate: CERTIFICATE}
        if self.options.restarts: due[self._start_anew] = self.options.restarts
        next_at = {act: began + every for act, every in due.items()}
        while time.monotonic() < ends and self.server.status is None:
            act = min(next_at, key=next_at.get)
            if not self._wait_until(min(next_at[act], ends)): return
            if time.monotonic() >= next_at[act]:
                act()
                next_at[act] = time.monotonic() + due[act]

    def _wait_until(self, moment):
        """Waits for a moment; `False` when the server ended before."""
        before = time.monotonic()
        is_there = not self.server.ended(max(0, moment - before))
        # A machine that is halted ends everybody's time at once, and findings of that moment are its own.
        if (late := time.monotonic() - max(moment, before)) > LATE: print(f"the machine stood still for {late:.0f} s", flush=True)
        return is_there

    def _sample(self):
        try:
            now = self.growth.take()
        except OSError as error:
            return self.book.find(f"the server does not tell how it is: {error!r}")
        print(f"{now.seconds:6.0f} s  {now.resident / 1024:7.1f} MiB resident, {now.own / 1024:7.1f} its own, "
              f"{now.descriptors:4} descriptors, {now.threads:3} threads, {now.seq:8} entries, {now.records} records, "
              f"{self.book.answer_count} answers, {self.book.found_count} findings", flush=True)

    def _change_certificate(self):
        self.server.change_certificate()

    def _start_anew(self):
        self.server.start_anew()
        self.growth.forget()

    # MARK: When they have gone

    def _await(self, clients):
        ends = time.monotonic() + END
        for client in clients: client.join(max(0, ends - time.monotonic()))
        late = [client.name for client in clients if client.is_alive()]
        if late: self.book.find(f"these clients do not come to an end: {', '.join(late)}")

    def _await_descriptors(self, idle):
        """Waits until the server has let go of all that clients opened."""
        ends = time.monotonic() + END
        # A segment that was begun since is one that stays open.
        while (now := descriptors(self.server)) > idle and time.monotonic() < ends:
            if not self._wait_until(time.monotonic() + 0.2): return
        print(f"descriptors: {idle} before all clients, {now} after them")
        if now > idle: self.book.find(f"{now - idle} descriptors more than before:\n{self.server.open_files()}")

    def _tell_growth(self):
        samples = self.growth.samples
        if len(samples) < 8: return print("growth: too few samples to tell")
        warm = samples[int(len(samples) * WARM_UP)]
        last, half = samples[-1], self.growth.second_half()
        memory, entries = slope(half, lambda one: one.own), slope(half, lambda one: one.seq)
        records = slope(half, lambda one: one.records)
        print(f"growth: {(last.own - warm.own) / 1024:+.1f} MiB from {warm.seconds:.0f} s to {last.seconds:.0f} s; in the "
              f"second half {memory:+.0f} KiB a minute, with {entries:+.0f} entries and {records:+.1f} records a minute "
              f"({memory * 1024 / max(1, entries):.0f} bytes an entry)")
        allowed = entries * ENTRY_BYTES / 1024 + NOISE_KIB
        minutes = (last.seconds - samples[0].seconds) / 60
        if self.options.sanitizer == "none" and minutes >= JUDGED_MINUTES and memory > allowed:
            self.book.find(f"memory grew by {memory:.0f} KiB a minute, of which entries explain {allowed:.0f}")

    def _death(self):
        return f"the server ended by itself with {self.server.status}: {self.server.last_words()}"
