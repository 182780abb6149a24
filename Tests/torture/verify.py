"""Compares what was answered with what is there after a crash: in the ledger's files and over HTTP."""

from book import DONE, REFUSED
from effects import find_effects


def verify_ledger(book, ledger):
    """Looks into the files: every answered request stands in one entry, and no other does."""
    found = find_effects(ledger.entries)
    for words in ledger.findings + ledger.remarks: book.find(f"ledgercheck: {words}")
    if max(ledger.snapshots, default=0) < book.snapshot_seq:
        book.find(f"snapshot {book.snapshot_seq} was answered and is not there")
    asked = set()
    for request in book.requests:
        asked.update(request.effects)
        _verify_request(book, request, [found.get(effect, []) for effect in request.effects])
    for effect in found.keys() - asked: book.find(f"entry {found[effect]} has what nobody asked for: {effect}")
    _verify_answers(book, ledger)
    return found


def _verify_request(book, request, places):
    seqs = {seq for place in places for seq in place}
    is_whole = len(seqs) == 1 and all(len(place) == 1 for place in places)
    if request.outcome is DONE:
        if not is_whole: book.find(f"{request} was answered and stands in entries {places}")
        elif request.answer and request.answer.seq not in (None, *seqs):
            book.find(f"{request} was answered as entry {request.answer.seq} and stands in {seqs}")
    elif request.outcome is REFUSED:
        if seqs: book.find(f"{request} was refused or lost before and stands in entries {places}")
    elif seqs and not is_whole:
        book.find(f"{request} was not answered and stands half or twice, in entries {places}")


def _verify_answers(book, ledger):
    """A version that was answered is the version that was written."""
    written = {(change["record"]["id"], change["record"]["version"]): change["record"]
               for entry in ledger.entries for change in entry["changes"] if change["record"]}
    for known in book.known.values():
        for version, record in known.answers.items():
            if written.get((known.id, version)) != record:
                book.find(f"{known.id} was answered at version {version} otherwise than it was written")


def read_state(client):
    """Every lead and deal that the server lists, by id."""
    return {resource: {record["id"]: record for page in client.walk(f"/v1/{resource}?limit=500") for record in page}
            for resource in ("leads", "deals")}


def verify_http(book, ledger, client, chance):
    """Asks the server: what it lists is what was answered and what the files say."""
    state = read_state(client)
    for resource, records in state.items():
        if records != ledger.records(resource): book.find(f"the {resource} that are served are not those of the files")
    for known in book.known.values(): _verify_known(book, known, state[known.resource].get(known.id))
    for deal in state["deals"].values(): _verify_pair(book, deal, state["leads"].get(deal["lead_ids"][0]))
    _read_singly(book, state, client, chance)
    return state


def _verify_known(book, known, record):
    if record is None:
        if not known.is_doomed: book.find(f"{known.id} was answered and is not there")
    elif known.is_gone: book.find(f"{known.id} was deleted and is there")
    elif not known.done <= record["version"] <= known.asked:
        book.find(f"{known.id} is at version {record['version']}, answered {known.done}, asked for {known.asked}")
    elif known.answers.get(record["version"], record) != record:
        book.find(f"{known.id} is not as it was answered at version {record['version']}")


def _verify_pair(book, deal, lead):
    """One entry wins the deal and makes its lead a customer: both, or neither."""
    stage = lead and lead["stage"]
    if stage != ("customer" if deal["stage"] == "won" else "opportunity"):
        book.find(f"{deal['id']} is {deal['stage']}, and its lead is {stage}")


def _read_singly(book, state, client, chance):
    """Some of what is listed and some of what is gone, asked for by id."""
    gone = [known for known in book.known.values() if known.id not in state[known.resource]]
    there = [known for known in book.known.values() if known.id in state[known.resource]]
    for known in chance.sample(gone, min(10, len(gone))):
        answer = client.ask("GET", f"/v1/{known.resource}/{known.id}")
        if answer.status != 404: book.find(f"{known.id} is gone, and GET answers {answer}")
    for known in chance.sample(there, min(30, len(there))):
        answer = client.ask("GET", f"/v1/{known.resource}/{known.id}")
        if answer.status != 200 or answer.body != state[known.resource][known.id]:
            book.find(f"{known.id} is listed, and GET answers {answer}")
