"""Figures over a whole company: Tandem beside PostgreSQL, asked again, of the past, and while touches come in."""

import http.client
import json
import mmap
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from . import bare, company, native, questions, report, snapshot, wrk
from .load import LOAD_CORE
from .postgres import Postgres
from .questions import Question
from .servers import Failure, Server, start_tandem
from .times import written

ASKINGS = 21
RIVAL_THRESHOLD = 0.05
AGAIN_THRESHOLD = 50
PAST_THRESHOLD = 2
INGEST_THRESHOLD = 200_000
LINES = 200_000
YEAR = 365 * company.DAY

Instants = Iterator[str]


class Asked(NamedTuple):
    """What some askings took: the median on the clock and processor time each, in milliseconds."""

    wall: float
    processor: float


def measure(options, scratch: Path) -> None:
    made = company.made(options.leads, options.touches, options.deals, int(time.time()) // company.DAY * company.DAY)
    data = scratch / "data"
    snapshot.write(made, data, native.built("snapshot"))
    with Postgres(made) as rival, start_tandem(options.tandem, data, scratch, flags=["--open"]) as tandem:
        firsts = {question: _first(tandem, question) for question in questions.ALL}
        # An instant for each asking of a question, so that none of them was asked before.
        known = {question: _instants() for question, took in firsts.items() if took is not None}
        _beside(options, made, tandem, rival, firsts, known)
        _past(options, tandem, rival, known)
        _again(options, tandem, scratch, known)
    _ingest(options, made, data, scratch, list(known))


def _first(tandem: Server, question: Question) -> float | None:
    """How many milliseconds a question took that was never asked; nothing where the server does not know it."""
    started = time.monotonic()
    status, _, answer = tandem.request("GET", question.path)
    if status not in (200, 404):
        raise Failure(f"tandem: GET {question.path} answered {status}: {answer[:500]!r}")
    return (time.monotonic() - started) * 1000 if status == 200 else None


def _instants(past: int = 0) -> Instants:
    """Instants so long ago, each a second before the other."""
    last = int(time.time()) - past
    while True:
        last -= 1
        yield written(last)


# MARK: Beside PostgreSQL

def _beside(options, made: company.Company, tandem: Server, rival: Postgres, firsts: dict[Question, float | None],
            known: dict[Question, Instants]) -> None:
    report.title(f"metrics: {len(made.leads):,} leads, {len(made.touches):,} touches, {len(made.deals):,} deals, "
                 f"a core each, {options.pairs} pairs of {ASKINGS} askings, against PostgreSQL {rival.version()}")
    rows = []
    for question, first in firsts.items():
        if question not in known:
            rows.append([question.name, "not there", *[""] * 6, f"≤ {RIVAL_THRESHOLD}"])
            continue
        groups = _compare(tandem, rival, question, next(known[question]))
        pairs = [_pair(tandem, rival, question, _some(known[question]), pair) for pair in range(options.pairs)]
        ratios = [ours.wall / theirs for ours, theirs in pairs]
        rows.append([question.name, groups, f"{first:.1f}", f"{median(ours.wall for ours, _ in pairs):.2f}",
                     f"{median(ours.processor for ours, _ in pairs):.2f}",
                     f"{median(theirs for _, theirs in pairs):.2f}", f"{median(ratios):.2f}",
                     report.spread(ratios), f"≤ {RIVAL_THRESHOLD} {report.verdict(median(ratios) <= RIVAL_THRESHOLD)}"])
    report.table(["question", "groups", "first ms", "p50 ms", "processor ms", "PostgreSQL ms", "ratio", "min–max", ""],
                 rows)
    report.note("No question was asked before: each has an as_of of its own. All figures of both were compared. "
                "Both clients receive an answer and do not read it.")


def _some(instants: Instants) -> list[str]:
    return list(islice(instants, ASKINGS))


def _pair(tandem: Server, rival: Postgres, question: Question, instants: list[str],
          number: int) -> tuple[Asked, float]:
    """What both take to answer the same; to and fro, so that nobody always follows the other."""
    if number % 2 == 0:
        ours = _ask(tandem, question, instants)
    theirs = median(rival.milliseconds([question.statement(as_of) for as_of in instants]))
    if number % 2:
        ours = _ask(tandem, question, instants)
    return ours, theirs


def _compare(tandem: Server, rival: Postgres, question: Question, as_of: str) -> int:
    """Fails unless both answer the same; tells how many groups there are."""
    answer = tandem.expect(200, "GET", question.address(as_of))[1]
    return question.compare(json.loads(answer), rival.rows(question.statement(as_of)))


def _ask(tandem: Server, question: Question, instants: list[str]) -> Asked:
    """Asks on one connection, of one instant after the other."""
    times = []
    with _on_load_core(), bare.Connection(tandem.url) as connection:
        before = tandem.processor_seconds()
        for as_of in instants:
            started = time.monotonic()
            answer = connection.get(question.address(as_of))
            times.append(time.monotonic() - started)
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise Failure(f"tandem: GET {question.address(as_of)} answered {answer[:500]!r}")
        used = tandem.processor_seconds() - before
    return Asked(median(times) * 1000, used / len(instants) * 1000)


@contextmanager
def _on_load_core() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _connected(tandem: Server) -> http.client.HTTPConnection:
    address = urlsplit(tandem.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)
    connection.connect()
    return connection


# MARK: The past

def _past(options, tandem: Server, rival: Postgres, known: dict[Question, Instants]) -> None:
    rows = []
    for question, instants in known.items():
        past = _instants(YEAR)
        _compare(tandem, rival, question, next(past))
        pairs = [(_ask(tandem, question, _some(instants)), _ask(tandem, question, _some(past)))
                 for _ in range(options.pairs)]
        ratios = [then.wall / now.wall for now, then in pairs]
        rows.append([question.name, f"{median(now.wall for now, _ in pairs):.2f}",
                     f"{median(then.wall for _, then in pairs):.2f}", f"{median(ratios):.2f}", report.spread(ratios),
                     f"≤ {PAST_THRESHOLD} {report.verdict(median(ratios) <= PAST_THRESHOLD)}"])
    report.title("metrics, as of a year ago against now")
    report.table(["question", "now ms", "a year ago ms", "ratio", "min–max", ""], rows)


# MARK: The same again

def _again(options, tandem: Server, scratch: Path, known: dict[Question, Instants]) -> None:
    rows = []
    for question, instants in known.items():
        path = question.address(next(instants))
        for form, fields in (("", {}), (", as gzip", {"Accept-Encoding": "gzip"})):
            body = tandem.expect(200, "GET", path, fields=fields)[1]
            costs = [_cost(options, tandem, path, fields, body, scratch / "answer") for _ in range(options.pairs)]
            rows.append([question.name + form, f"{len(body) / 1000:.1f}", f"{median(costs):,.0f}",
                         report.spread(costs, "{:,.0f}"),
                         f"≤ {AGAIN_THRESHOLD} {report.verdict(median(costs) <= AGAIN_THRESHOLD)}"])
    report.title("metrics, the same question again")
    report.table(["question", "KB", "processor µs", "min–max", ""], rows)


def _cost(options, tandem: Server, path: str, fields: dict[str, str], body: bytes, file: Path) -> float:
    """Microseconds of processor time for an answer that was given before."""
    file.write_bytes(body)
    if tandem.expect(200, "GET", path, fields=fields)[1] != body:
        raise Failure(f"tandem: GET {path} has another answer when it is asked again")
    headers = [f"{name}: {value}" for name, value in fields.items()]
    return wrk.run(tandem, "none", path, options.duration, "check.lua", [file], headers=headers).microseconds


# MARK: Touches that come in

def _ingest(options, made: company.Company, data: Path, scratch: Path, asked: list[Question]) -> None:
    body = _lines(made)
    # Free to use both cores, as a server that takes many touches is.
    with start_tandem(options.tandem, data, scratch, pinned=False, flags=["--open"]) as tandem:
        # What was asked for once is kept up while touches come.
        for question in asked:
            tandem.expect(200, "GET", question.path)
        runs = [_post(tandem, body) for _ in range(options.pairs)]
        # Beside what the server holds, as what it would grow into next.
        page = _fresh_page_seconds()
    rates = [LINES / seconds for seconds, _, _ in runs]
    report.title(f"metrics, {LINES:,} touches by POST /v1/touches, NDJSON of {len(body) / 1e6:.0f} MB, both cores")
    report.table(["what", "figure", "min–max", "threshold", ""], [
        ["touches a second", f"{median(rates):,.0f}", report.spread(rates, "{:,.0f}"), f"≥ {INGEST_THRESHOLD:,}",
         report.verdict(median(rates) >= INGEST_THRESHOLD)]])
    report.note(f"A touch takes {median(used for _, used, _ in runs) / LINES * 1e6:.1f} µs of processor time, and "
                f"{median(pages for _, _, pages in runs) / LINES:.2f} fresh pages; such a page costs "
                f"{page * 1e6:.1f} µs here.")


def _lines(made: company.Company) -> bytes:
    last = len(made.touches) - 1
    touches = (made.touches[place * last // LINES] for place in range(LINES))
    return "".join(json.dumps({
        "lead_id": snapshot.lead_id(made, touch.lead), "campaign_id": snapshot.campaign_id(made, touch.campaign),
        "type": touch.type, "occurred_at": written(touch.occurred)}, separators=(",", ":")) + "\n"
        for touch in touches).encode()


def _fresh_page_seconds(size: int = 256 << 20) -> float:
    """What a page of memory costs that was not in use: many times more where a host gives it to a guest one by one."""
    with closing(mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) as memory:
        pages = size // mmap.PAGESIZE
        started = time.monotonic()
        memory[::mmap.PAGESIZE] = bytes(pages)
        return (time.monotonic() - started) / pages


def _post(tandem: Server, body: bytes) -> tuple[float, float, int]:
    """Seconds until all were durable and answered, processor time, and pages of memory."""
    with closing(_connected(tandem)) as connection:
        pages, before, started = tandem.pages_faulted(), tandem.processor_seconds(), time.monotonic()
        connection.request("POST", "/v1/touches", body, {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        content = answer.read()
        seconds, used = time.monotonic() - started, tandem.processor_seconds() - before
        pages = tandem.pages_faulted() - pages
    if answer.status != 200 or json.loads(content).get("created") != LINES:
        raise Failure(f"tandem: POST /v1/touches answered {answer.status}: {content[:500]!r}")
    return seconds, used, pages
