"""How a sanitizer is told what to do, and what it said."""

import os
import re
from pathlib import Path

REPORT = re.compile(r"(WARNING|ERROR|FATAL): \w*Sanitizer|runtime error:|Fatal error|SUMMARY: \w*Sanitizer")
OPTIONS = {
    "thread": {"TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1:history_size=4"},
    "address": {
        # What is freed is kept from use for a while, in so much memory that its growth ends within a minute.
        "ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=32",
        # What reading the command line leaves behind, once.
        "LSAN_OPTIONS": f"suppressions={Path(__file__).with_name('leaks.supp')}:print_suppressions=0"},
}


def environment(sanitizer):
    """The server's environment; what a caller has set goes before."""
    return {**OPTIONS.get(sanitizer, {}), **os.environ}


def reports(text):
    """The places in the error stream where a sanitizer, or Swift itself, found something; each with what follows."""
    found, end = [], 0
    for match in REPORT.finditer(text):
        if match.start() < end: continue
        end = text.find("\n==================", match.start())
        end = min(len(text) if end < 0 else end, match.start() + 6000)
        found.append(text[match.start():end])
    return found
