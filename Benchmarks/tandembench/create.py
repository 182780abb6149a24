"""Durable creates: against Redis' durable SETs of as many bytes, and against the disk's own synced appends."""

import json
import os
import time
from statistics import median

from . import creates, leads, native, report, wrk
from .redis import Redis
from .servers import Failure, has_flag, start_tandem

MODES = [("always", "always", 0.8), ("interval", "everysec", 0.5)]
SYNCS_THRESHOLD = 4
JOURNAL_THRESHOLD = 1.3


def measure(options, scratch):
    has_modes = has_flag(options.tandem, "--sync")
    rows, sizes, latencies = [], [], []
    for pinned in (False, True):
        for mode, fsync, threshold in MODES:
            label = f"{mode}, {'a core each' if pinned else 'both cores'}"
            if mode != "always" and not has_modes:
                rows.append([label, "not there", fsync, "", "", "", "", f"≥ {threshold}"])
                continue
            flags = ["--sync", mode] if has_modes else []
            pairs = []
            for pair in range(1, options.pairs + 1):
                folder = scratch / f"{mode}-{pinned}-{pair}"
                folder.mkdir()
                run = _create(options, folder, flags, pinned)
                with Redis(folder / "redis", fsync, pinned, options.environment) as redis:
                    sets, p99 = redis.sets(leads.SIZE, options.duration)
                pairs.append((run, sets))
                if mode == "always" and not pinned:
                    sync = _append_seconds(folder, options.append_time) + options.slow_sync / 1000
                    latencies.append((run.p99 / sync, p99 / sync))
                    sizes.append(_journal_ratio(folder / "data"))
            rows.append(_row(label, fsync, threshold, pairs))
    report.title(f"create: POST /v1/leads whose records have {leads.SIZE} bytes, {wrk.CONNECTIONS} connections, against "
                 f"Redis' SET of as many, {options.pairs} pairs{_slower(options.slow_sync)}")
    report.table(["--sync", "creates/s", "appendfsync", "SETs/s", "ratio", "min–max", "µs/create", ""], rows)
    ours, theirs = (median(values) for values in zip(*latencies))
    report.note(f"p99 of a create is {ours:.1f} synced appends of the disk (≤ {SYNCS_THRESHOLD}): "
                f"{report.verdict(ours <= SYNCS_THRESHOLD)}; of Redis' SET it is {theirs:.1f}")
    report.note(f"The journal has {median(sizes):.2f} times the bytes of the records in it (≤ {JOURNAL_THRESHOLD}): "
                f"{report.verdict(median(sizes) <= JOURNAL_THRESHOLD)}")


def slowed(milliseconds):
    """The environment in which each sync of a server takes so much longer than the disk's."""
    if not milliseconds:
        return {}
    return {"LD_PRELOAD": str(native.built("slow-sync", "-shared", "-fPIC")),
            "SLOW_SYNC_MICROSECONDS": f"{milliseconds * 1000:.0f}"}


def _slower(milliseconds):
    return f", each sync {milliseconds:g} ms longer than the disk's" if milliseconds else ""


def _create(options, folder, flags, pinned):
    template = folder / "lead.json"
    template.write_bytes(leads.short("@UNIQUE@"))
    with start_tandem(options.tandem, folder / "data", folder, pinned=pinned, flags=flags,
                      environment=options.environment) as tandem:
        if tandem.key is None:
            raise Failure("tandem printed no administrator key")

        creates.run(options.creates, tandem, template, 1, options.warm_up, pinned)
        return creates.run(options.creates, tandem, template, 2, options.duration, pinned)


def _row(label, fsync, threshold, pairs):
    ratios = [run.per_second / sets for run, sets in pairs]
    return [label, f"{median(run.per_second for run, _ in pairs):,.0f}", fsync,
            f"{median(sets for _, sets in pairs):,.0f}", f"{median(ratios):.2f}", report.spread(ratios),
            f"{median(run.microseconds for run, _ in pairs):.1f}",
            f"≥ {threshold} {report.verdict(median(ratios) >= threshold)}"]


def _append_seconds(folder, seconds):
    """The median of synced appends to a file beside the data directory, so on the same file system."""
    record = b"x" * 4096
    file = os.open(folder / "appends", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    times, ends = [], time.monotonic() + seconds
    try:
        while time.monotonic() < ends:
            started = time.monotonic()
            os.write(file, record)
            os.fdatasync(file)
            times.append(time.monotonic() - started)
    finally:
        os.close(file)
    return median(times)


def _journal_ratio(data):
    """The size of the journal over the bytes of the records that its entries hold."""
    total = records = 0
    for path in (data / "journal").iterdir():
        total += path.stat().st_size
        with open(path, "rb") as lines:
            for line in lines:
                for change in json.loads(line).get("changes", []):
                    record = json.dumps(change["record"], separators=(",", ":"), ensure_ascii=False)
                    records += len(record.encode())
    return total / records
