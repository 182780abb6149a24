"""Sends requests that have a key again, as a client does that does not know what became of them."""

from book import DONE

OLD_MAX = 10  # how many of those that were repeated after an earlier crash


def repeat_keyed(book, first, found, client, chance):
    """Repeats those from number `first` on, and some from before."""
    old = [request for request in book.requests[:first] if request.key and request.answer]
    chosen = chance.sample(old, min(OLD_MAX, len(old))) + [request for request in book.requests[first:] if request.key]
    for request in chosen:
        again = client.ask(request.method, request.path, request.body, request.key)
        if request.answer: _verify_same(book, request, again)
        elif request.outcome is DONE: _verify_first(book, request, again, found[request.effects[0]][0])
        else: _take_as_new(book, request, again)


def _verify_same(book, request, again):
    if (again.status, again.text) != (request.answer.status, request.answer.text):
        book.find(f"{request} was answered {request.answer}, and again {again}")


def _verify_first(book, request, again, seq):
    """The write was done and its answer lost: it comes now."""
    if again.status != request.status or again.seq not in (None, seq):
        book.find(f"{request} stands in entry {seq}, and again it is answered {again} of entry {again.seq}")
    request.answer = again


def _take_as_new(book, request, again):
    """The write was lost with its answer: this is the first that the server knows of it."""
    if again.status != request.status:
        book.find(f"{request} was never done, and again it is answered {again}")
        return
    for known, count in request.bumps.items(): known.asked += count
    book.done(request, again)
