"""What each entry of a ledger did, in the words that requests are kept by."""


def find_effects(entries):
    """The entries in which each effect is; more than one is one too many."""
    found = {}
    before = {}
    for entry in entries:
        # A lead's stage follows from a deal that the same entry changes, and is known by its name.
        deal = next((change["record"]["name"] for change in entry["changes"]
                     if change["resource"] == "deals" and change["record"]), None)
        for change in entry["changes"]:
            for effect in _effects(change, before, deal): found.setdefault(effect, []).append(entry["seq"])
            if change["record"]: before[change["record"]["id"]] = change["record"]
    return found


def _effects(change, before, deal):
    resource, record = change["resource"], change["record"]
    if resource not in ("leads", "deals"): return
    if record is None:
        yield "gone", resource, change["id"]
        return
    old = before.get(record["id"])
    if old is None: yield "made", resource, record["name"]
    if resource == "leads" and record["title"] and record["title"] != (old and old["title"]):
        yield "titled", record["id"], record["title"]
    if old and record["stage"] != old["stage"]: yield record["stage"], record["id"], deal
