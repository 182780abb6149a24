"""What examples alone do not lead to: the ways of leads, deals and offers that end each in its own way."""

import time

HIGH = {"amount": 100_000, "currency": "EUR"}
LOW = {"amount": 10_000, "currency": "EUR"}


def everything(ask, made):
    def post(path, body): return ask.made(path, body)["id"]

    def do(kind, record, action, body=None): return ask.made(f"/v1/{kind}/{record}/{action}", body or {})

    # Leads that sales takes, gives back and has no more of.
    user = made["user"]
    for number, end in enumerate((("accept", {}), ("reject", {"reason": "not ready", "reason_code": "not_ready"}))):
        lead = post("/v1/leads", {"name": f"Story {number}"})
        do("leads", lead, "qualify")
        handoff = do("leads", lead, "handoff", {"to": user})["id"]
        do("handoffs", handoff, *end)
    handoff = post("/v1/handoffs", {"lead_id": new_mql(post, do), "to": user})
    ask("DELETE", f"/v1/handoffs/{handoff}")
    do("leads", lead, "assign", {"to": user})

    # A nurture that sends mail, and one who leaves it.
    content = post("/v1/contents", {"title": "Letter", "kind": "article"})
    nurture = post("/v1/nurtures", {"name": "Letters", "status": "active", "steps": [
        {"kind": "send", "content_id": content, "channel": "email"}, {"kind": "wait", "hours": 48}]})
    for number in range(2):
        one = post("/v1/leads", {"name": f"Reader {number}", "email": f"reader{number}@example.com", "consent": {"email": "granted"}})
        enrolment = do("nurtures", nurture, "enroll", {"lead_id": one})["id"]
    ask("POST", f"/v1/touches/{first_queued(ask)}/deliver", {})
    do("enrolments", enrolment, "exit")
    another = post("/v1/enrolments", {"nurture_id": nurture, "lead_id": post("/v1/leads", {"name": "Third"})})
    ask("PATCH", f"/v1/enrolments/{another}", {"external_ids": {"crm": "17"}})
    ask("PUT", "/v1/enrolments?by=external_ids.crm", {"external_ids": {"crm": "17"}})
    ask("DELETE", f"/v1/enrolments/{another}")
    ask("POST", f"/v1/leads/{new_mql(post, do)}/recycle", {"reason": "later"})

    # Offers of every end, some of them below what a seller may give alone.
    product = post("/v1/products", {"name": "Pump", "list_price": HIGH})
    buyer = post("/v1/accounts", {"name": "The only one"})
    for action, price in (("accept", HIGH), ("decline", HIGH), ("withdraw", HIGH), ("approve", LOW), ("refuse", LOW)):
        deal = post("/v1/deals", {"name": f"Deal to {action}", "owner_id": user, "account_id": buyer,
                                  "lines": [{"product_id": product, "quantity": 1, "unit_price": HIGH}]})
        do("deals", deal, "move", {"stage": "proposal"})
        offer = post("/v1/offers", {"deal_id": deal, "lines": [{"product_id": product, "quantity": 1, "unit_price": price}]})
        do("offers", offer, action, {"reason": "too dear"} if action in ("decline", "refuse") else {})

    post("/v1/activities", {"deal_id": deal, "type": "email", "direction": "outbound", "content_id": content})
    do("deals", deal, "win", {"amount": HIGH})
    ask.get(f"/v1/reports/content-influence?account_id={buyer}")

    # What lacks something that figures rest on.
    unpriced = post("/v1/deals", {"name": "Without an amount"})
    post("/v1/objections", {"deal_id": unpriced, "category": "authority"})
    post("/v1/deals", {"name": "Without a beginning", "stage": "won", "amount": LOW, "closed_at": "2026-03-03T09:00:00Z"})

    # What was learnt, and what came of it.
    insight = post("/v1/insights", {"kind": "praise", "quote": "Fast"})
    do("insights", insight, "triage")
    do("insights", insight, "apply", {"metric": "win_rate", "content_id": content})
    ask.get(f"/v1/insights/{insight}/effect")
    for number in range(60):
        lost = post("/v1/leads", {"name": f"No buyer {number}"})
        do("leads", lost, "disqualify", {"reason": "no need"})
        buyer = post("/v1/leads", {"name": f"Buyer {number}", "captured_at": "2025-11-01", "source": {"channel": "email"}})
        account = post("/v1/accounts", {"name": f"Company {number}"})
        # Some come every month, most once: what the predictive model tells apart.
        for month in range(1, 10) if number % 3 == 0 else (1 + number % 9,):
            deal = post("/v1/deals", {"name": f"Sale {number}", "lead_ids": [buyer], "account_id": account,
                                      "opened_at": "2025-12-01", "amount": LOW})
            do("deals", deal, "win", {"at": f"2026-0{month}-{10 + number % 17}"})
    post("/v1/scoring_rules", {"name": "Has come so far", "kind": "fit", "filter": "stage.ne=mql", "points": 5})


def first_queued(ask):
    """A mail of the nurture, whose clock may take a moment."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if queued := ask.get("/v1/touches?delivery=queued&limit=1")["data"]: return queued[0]["id"]
    raise SystemExit("contract: the nurture queued no mail")


def new_mql(post, do):
    lead = post("/v1/leads", {"name": "To hand over"})
    do("leads", lead, "qualify")
    return lead
