"""What the clients of a run did, and what they found; shared by threads."""

import threading
from collections import Counter

FINDINGS_KEPT = 20


class Book:
    """Counts by client and by status, and findings, of which the first are kept."""

    def __init__(self):
        self._lock = threading.Lock()
        self.rounds = Counter()
        self.statuses = Counter()
        self.findings = []
        self.found_count = 0

    def done(self, client):
        """A client has done once what it does."""
        with self._lock: self.rounds[client] += 1

    def answered(self, status):
        """An answer came, whoever asked."""
        with self._lock: self.statuses[status] += 1

    def find(self, words):
        """Something is not as it must be."""
        with self._lock:
            self.found_count += 1
            if len(self.findings) < FINDINGS_KEPT: self.findings.append(words)

    @property
    def answer_count(self):
        """How many answers came in all."""
        with self._lock: return sum(self.statuses.values())

    def summary(self):
        """The lines that tell what was done."""
        with self._lock:
            rounds = ", ".join(f"{name} {count}" for name, count in sorted(self.rounds.items()))
            statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return [f"rounds: {rounds}", f"answers: {statuses}"]
