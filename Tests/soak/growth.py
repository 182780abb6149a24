"""Memory, descriptors and threads of the server over a run."""

import os
import re
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Sample:
    """What the server held at one moment."""

    seconds: float
    resident: int  # KiB, all of it
    own: int  # KiB without what is mapped from files
    descriptors: int
    threads: int
    seq: int
    records: int


class Growth:
    """Samples since the last start; an earlier process image has nothing to do with a later one."""

    def __init__(self, server):
        self._server = server
        self._began = time.monotonic()
        self.samples = []

    def take(self):
        """Takes a sample, keeps it and gives it back."""
        self.samples.append(sample(self._server, time.monotonic() - self._began))
        return self.samples[-1]

    def forget(self):
        """Begins anew after a start."""
        self.samples = []

    def second_half(self):
        """The samples of the second half of the time."""
        middle = (self.samples[0].seconds + self.samples[-1].seconds) / 2
        return [sample for sample in self.samples if sample.seconds >= middle]


def slope(samples, figure):
    """What a figure grows by in a minute: the least squares' line through the samples."""
    times = [sample.seconds / 60 for sample in samples]
    values = [figure(sample) for sample in samples]
    mean_time, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - mean_time) ** 2 for time in times)
    if spread == 0: return 0.0
    return sum((time - mean_time) * (value - mean) for time, value in zip(times, values)) / spread


def sample(server, seconds):
    """What the server holds now."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    counts = _counts(server)
    return Sample(seconds, _number(status, "VmRSS"), _number(status, "RssAnon"), descriptors(server),
                  _number(status, "Threads"), counts["tandem_ledger_seq"], counts["tandem_records"])


def descriptors(server):
    """How many descriptors it has open."""
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def _number(status, name):
    return int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1])


def _counts(server):
    """What the server says of its ledger: the newest entry, and records of all kinds."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.plain[1]}/internal/metrics",
                                     headers={"Authorization": f"Bearer {server.key}"})
    with urllib.request.urlopen(request, timeout=60) as answer: text = answer.read().decode()
    counts = {"tandem_ledger_seq": 0, "tandem_records": 0}
    for name, value in re.findall(r"^(tandem_ledger_seq|tandem_records)(?:\{[^}]*\})? (\d+)$", text, re.MULTILINE):
        counts[name] += int(value)
    return counts
