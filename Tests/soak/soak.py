"""Serves a crowd of good, broken and abusive clients for as long as asked, and tells what grew.

Good clients check every answer. A wrong or missing answer, a 5xx, the server's death, a report of a sanitizer, memory that
grows or a descriptor that stays open fails the run.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import sanitizers
from book import Book
from run import Run
from server import Failure, Server

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def parse(words):
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1, help="how long clients come (default %(default)s)")
    parser.add_argument("--sanitizer", choices=["none", "thread", "address"], default="none",
                        help="what the program was built with (default %(default)s)")
    parser.add_argument("--tandem", type=Path, metavar="FILE", required=True, help="the program")
    parser.add_argument("--restarts", type=float, default=0, metavar="S",
                        help="has the server start anew every so many seconds; growth is then of the last start alone "
                             "(default: never)")
    parser.add_argument("--seed", type=int, help="that of a run, to have its choices again")
    options = parser.parse_args(words)
    if options.minutes <= 0: parser.error("minutes are more than 0")
    options.tandem = options.tandem.resolve()
    if options.seed is None: options.seed = random.SystemRandom().getrandbits(32)
    return options


def main(words=None):
    options = parse(words)
    folder = Path(tempfile.mkdtemp(prefix="tandem-soak-"))
    book, began, server = Book(), time.monotonic(), None
    try:
        server = Server(options.tandem, folder, options.sanitizer)
        Run(options, server, book).play()
    except Failure as failure:
        book.find(str(failure))
    finally:
        if server: server.kill()
    for report in sanitizers.reports((folder / "errors").read_text(errors="replace")): book.find(report)
    return _tell(options, book, time.monotonic() - began, folder)


def _tell(options, book, seconds, folder):
    for line in book.summary(): print(line)
    for words in book.findings: print(f"FOUND {words}")
    if book.found_count > len(book.findings): print(f"and {book.found_count - len(book.findings)} more")
    print(f"soak, sanitizer {options.sanitizer}: {seconds / 60:.1f} minutes, {book.answer_count} answers, "
          f"{sum(book.rounds.values())} rounds of clients, {book.found_count} findings")
    if book.found_count:
        print(f"again: scripts/soak --seed {options.seed} --minutes {options.minutes} --sanitizer {options.sanitizer}; "
              f"what it was found in: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
