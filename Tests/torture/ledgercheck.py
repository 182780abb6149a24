#!/usr/bin/env python3
"""Reads a data directory by docs/LEDGER.md alone and tells what in it is not as the document says.

Usage: ledgercheck.py DIR, while no server has it. Prints a summary; exits 1 where there are findings.
"""

import sys
from datetime import datetime
from pathlib import Path

from sealed import Damage, named_files
from segment import Segment
from snapshot import read_snapshot


class Standing:
    """A record as it stands (`None` where it is gone) after the entry that changed it last."""

    def __init__(self, seq, version, record, is_old):
        self.seq = seq
        self.version = version
        self.record = record
        self.is_old = is_old  # whether the line is of format 1, which says less


class Ledger:
    """A directory, read: its state, its entries, and what was found."""

    def __init__(self, directory):
        self.findings = []
        self.remarks = []
        self.entries = []
        self.state = {}
        self.snapshots = {}
        self.segments = 0
        self.cut = 0
        self.seq = 0  # the last entry that the state stands for
        # Whether the state has every record: not while segments are missing before, until a snapshot fills it.
        self._is_complete = True
        self._differences = {}  # what a snapshot has otherwise than the journal, by the snapshot's seq
        self._erasure = 0
        self._time = None  # when the entry before was recorded
        self._read_snapshots(Path(directory) / "snapshots")
        self._read_journal(Path(directory) / "journal")
        self._verify_end(Path(directory))
        # An erasure writes older lines anew before the snapshots from before it go: these may say more until then.
        for seq, differences in self._differences.items():
            (self.findings if seq >= self._erasure else self.remarks).extend(differences)

    def records(self, resource):
        """The records of a resource that stand, by id."""
        return {name[1]: standing.record for name, standing in self.state.items()
                if name[0] == resource and standing.record}

    def summary(self):
        standing = sum(1 for standing in self.state.values() if standing.record)
        return (f"{len(self.entries)} entries in {self.segments} segments, {len(self.snapshots)} snapshots, "
                f"{standing} records, {self.cut} bytes never synced, {len(self.findings)} findings")

    # MARK: Snapshots

    def _read_snapshots(self, folder):
        for seq, path in named_files(folder):
            try:
                self.snapshots[seq] = read_snapshot(seq, path)
            except Damage as damage:
                self.findings.append(f"snapshots/{path.name}, {damage}")

    def _meet_snapshot(self):
        """Compares the state with the snapshot that stands for the same entry, and completes it from there."""
        if self.seq not in self.snapshots: return
        version, standings = self.snapshots[self.seq]
        differences = self._differences.setdefault(self.seq, [])
        where = f"snapshot {self.seq}"
        for name, (seq, record) in standings.items():
            standing = self.state.get(name)
            if standing is None:
                if self._is_complete: differences.append(f"{where}: {name[1]} is not in the journal")
                else: self._put(name, seq, record, version == 1)
            elif standing.record != record:
                differences.append(f"{where}: {name[1]} is not as entry {standing.seq} left it")
            elif version > 1 and seq != standing.seq and not (seq == 0 and standing.is_old):
                differences.append(f"{where}: {name[1]} was last changed by {standing.seq}, and not by {seq}")
        for name, standing in self.state.items():
            # Those that went under format 1 need not be told of.
            if name not in standings and (standing.record or version > 1 and not standing.is_old):
                differences.append(f"{where}: {name[1]} is missing")
        self._is_complete = True

    def _take_snapshot(self, seq):
        version, standings = self.snapshots[seq]
        self.state = {}
        for name, (changed, record) in standings.items(): self._put(name, changed, record, version == 1)
        self.seq = seq
        self._is_complete = True

    def _put(self, name, seq, record, is_old):
        self.state[name] = Standing(seq or 0, record["version"] if record else 0, record, is_old)

    # MARK: Journal

    def _read_journal(self, folder):
        files = named_files(folder)
        for seq, path in files:
            where = f"journal/{path.name}"
            try:
                if seq != self.seq + 1: self._go_on_at(seq)
                segment = Segment(seq, path, is_last=path == files[-1][1])
            except Damage as damage:
                self.findings.append(f"{where}, {damage}")
                return
            self.segments += 1
            self.cut += segment.cut
            self.findings += [f"{where}, {finding}" for finding in segment.findings]
            for number, entry in segment.entries: self._apply(entry, segment.version == 1, f"{where}, line {number}")
        newest = max(self.snapshots, default=0)
        if newest > self.seq:
            self.remarks.append(f"entries {self.seq + 1} to {newest} are missing; a snapshot has what they led to")
            self._take_snapshot(newest)

    def _verify_end(self, directory):
        closed = max((int(path.name[7:]) for path in directory.glob("closed-*")), default=0)
        if closed > self.seq: self.findings.append(f"closed: entries {self.seq + 1} to {closed} are missing")

    def _go_on_at(self, seq):
        """Entries may be missing where a snapshot has what they led to."""
        if seq <= self.seq: raise Damage(1, f"entry {seq} was there before")
        newest = max(self.snapshots, default=0)
        if newest < seq - 1: raise Damage(1, f"entries {self.seq + 1} to {seq - 1} before it are missing")
        self.remarks.append(f"entries {self.seq + 1} to {seq - 1} are missing; a snapshot has what they led to")
        if seq - 1 in self.snapshots:
            self._take_snapshot(seq - 1)
        else:
            self.state, self.seq, self._is_complete = {}, seq - 1, False

    def _apply(self, entry, is_old, where):
        for member in ("at", "actor", "request", "changes"):
            if member not in entry:
                self.findings.append(f"{where}: it has no {member}")
                return
        self._verify_time(entry["at"], where)
        self.entries.append(entry)
        self.seq = entry["seq"]
        # It is `true`, or the erasure before it: 0 in the first.
        if entry.get("erases") is not None: self._erasure = self.seq
        for change in entry["changes"]: self._change(change, is_old, where)
        self._meet_snapshot()

    def _verify_time(self, text, where):
        # As texts they do not order: whole seconds have no fraction.
        try:
            time = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            self.findings.append(f"{where}: {text} is no time")
            return
        if not text.endswith("Z"): self.findings.append(f"{where}: {text} is not in UTC")
        elif self._time and time < self._time: self.findings.append(f"{where}: it was recorded before the entry before")
        self._time = time

    def _change(self, change, is_old, where):
        record = change.get("record")
        name = change.get("resource"), record["id"] if record else change.get("id")
        if None in name:
            self.findings.append(f"{where}: a change does not say what it is of")
            return
        before = self.state.get(name)
        self._verify_version(name[1], record, before, where)
        if not is_old: self._verify_was(name[1], change.get("was"), before, where)
        self._put(name, self.seq, record, is_old)

    def _verify_version(self, name, record, before, where):
        if before is None:
            if record and record["version"] != 1 and self._is_complete:
                self.findings.append(f"{where}: {name} begins with version {record['version']}")
            if record is None and self._is_complete: self.findings.append(f"{where}: {name} goes and was never there")
        elif before.record is None:
            # An erasure says once more that what was deleted is gone.
            if record is None and self._erasure == self.seq: return
            self.findings.append(f"{where}: {name} was gone since entry {before.seq}")
        elif record and record["version"] != before.version + 1:
            self.findings.append(f"{where}: {name} goes from version {before.version} to {record['version']}")

    def _verify_was(self, name, was, before, where):
        if before is None:
            if was is not None and self._is_complete: self.findings.append(f"{where}: {name} is new and was in {was}")
        elif before.seq == self.seq:
            # The first of an entry's changes to a record says what was before; the others may leave it out.
            pass
        elif was != before.seq and not (was is None and before.is_old):
            self.findings.append(f"{where}: {name} was changed by {before.seq} before, and not by {was}")


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir(): sys.exit(__doc__.strip())
    ledger = Ledger(sys.argv[1])
    for remark in ledger.remarks: print(f"remark: {remark}")
    for finding in ledger.findings: print(f"finding: {finding}")
    print(ledger.summary())
    return 1 if ledger.findings else 0


if __name__ == "__main__":
    sys.exit(main())
