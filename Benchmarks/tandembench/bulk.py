"""A large import, and the start on what it left."""

import os
import subprocess
import time

from . import leads, report
from .servers import Failure, start_tandem

IMPORT_THRESHOLD = 30
START_THRESHOLD = 3


def measure(options, scratch):
    data, file = scratch / "data", scratch / "leads.ndjson"
    size = _write_rows(file, options.rows)
    import_seconds, usage = _import(options, file, data, scratch)
    # Free to use both cores: this one is about time to be ready, not about cost.
    with start_tandem(options.tandem, data, scratch, pinned=False) as tandem:
        start_seconds, resident = tandem.seconds_to_ready, tandem.resident_bytes()
    report.title(f"load: {options.rows:,} leads, {size / options.rows:.0f} bytes each, NDJSON of {size / 1e6:.0f} MB")
    report.table(["step", "seconds", "threshold", ""], [
        ["import", f"{import_seconds:.2f}", f"< {IMPORT_THRESHOLD} s",
         report.verdict(import_seconds < IMPORT_THRESHOLD)],
        ["start until listening", f"{start_seconds:.2f}", f"< {START_THRESHOLD} s",
         report.verdict(start_seconds < START_THRESHOLD)]])
    report.note(f"Import: {usage.ru_utime + usage.ru_stime:.2f} s of processor time, "
                f"at most {usage.ru_maxrss / 1024:.0f} MiB resident. "
                f"Server after its start: {resident / 2**20:.0f} MiB resident.")


def _write_rows(file, rows):
    with open(file, "wb") as output:
        for number in range(rows):
            output.write(leads.of_size(f"{number:09}") + b"\n")
        output.flush()
        # Else the disk would still be writing these rows while the import is timed.
        os.fsync(output.fileno())
        return output.tell()


def _import(options, file, data, scratch):
    command = [options.tandem, "import", file, "--resource", "leads", "--data", data]
    with open(scratch / "import.log", "w+b") as log:
        started = time.monotonic()
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            raise Failure(f"tandem import ended with {process.returncode}:\n{log.read()[-2000:].decode()}")
    return seconds, usage
