"""A company as a data directory of Tandem: one snapshot of the records that the server would have written."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .company import SALES_TEAMS, TEAMS, Company, Stage
from .servers import Failure
from .times import written

DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
TRIPLES = [DIGITS[number >> 10] + DIGITS[number >> 5 & 31] + DIGITS[number & 31] for number in range(1 << 15)]
PHASES = {"lead": "awareness", "mql": "consideration", "sal": "consideration", "sql": "purchase",
          "opportunity": "purchase", "customer": "post_purchase", "disqualified": None}
FIRST = "Ada Bruno Carla Dmitri Elena Farid Greta Hugo Ines Jonas Katrin Luca Mara Nils Olga Piotr".split()
LAST = "Nowak Silva Berg Costa Lindqvist Meier Rossi Dubois Janssen Kowalski Petrov Schmidt Weber".split()
REGIONS = ["DACH", "Nordics", "Iberia", "Benelux", "UK"]
INDUSTRIES = ["packaging", "food", "logistics", "chemistry", "retail"]

Records = Iterable[tuple[str, dict, int, int, int]]


def write(company: Company, data: Path, sealer: Path) -> None:
    """Makes the data directory; `sealer` is the program that makes a snapshot of lines."""
    (data / "snapshots").mkdir(parents=True)
    (data / "journal").mkdir()
    total = sum(1 for _ in _records(company))
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    with open(data / "snapshots" / f"{total:020}.jsonl", "wb") as file:
        process = subprocess.Popen([sealer, str(total)], stdin=subprocess.PIPE, stdout=file, text=True)
        for seq, (resource, record, made, changed, version) in enumerate(_records(company), 1):
            record |= {"custom": {}, "external_ids": {}, "created_at": written(made), "updated_at": written(changed),
                       "version": version}
            process.stdin.write(encode({"resource": resource, "seq": seq, "record": record}) + "\n")
        process.stdin.close()
        if process.wait():
            raise Failure("the snapshot could not be written")


def identifier(prefix: str, number: int, at: int) -> str:
    """An id of that second; its last digits are the number."""
    milliseconds = at * 1000
    return (f"{prefix}_0{TRIPLES[milliseconds >> 30 & 32767]}{TRIPLES[milliseconds >> 15 & 32767]}"
            f"{TRIPLES[milliseconds & 32767]}0000000000{TRIPLES[number >> 15]}{TRIPLES[number & 32767]}")


def number(identifier: str) -> int:
    """The number in an id."""
    value = 0
    for digit in identifier[-6:]:
        value = value << 5 | DIGITS.index(digit)
    return value


def lead_id(company: Company, lead: int) -> str:
    return identifier("lead", lead, company.leads[lead].captured)


def _start(company: Company) -> int:
    """When what is there from the beginning was made."""
    return min(company.leads[0].captured, company.touches[0].occurred) - 1


def campaign_id(company: Company, campaign: int) -> str:
    return identifier("campaign", campaign, _start(company))


def _records(company: Company) -> Records:
    """Resource, record, when it was made and last changed, and its version; what all records have is left out."""
    start = _start(company)
    users = [identifier("user", user, start) for user in range(len(company.user_teams))]
    teams = [identifier("team", team, start) for team in range(TEAMS)]
    campaigns = [identifier("campaign", campaign, start) for campaign in range(len(company.campaign_channels))]
    accounts = [identifier("account", account, start) for account in range(len(company.account_owners))]
    leads = [lead_id(company, lead) for lead in range(len(company.leads))]
    deals = [identifier("deal", deal, row.opened) for deal, row in enumerate(company.deals)]
    pipeline = identifier("pipeline", 0, start)
    yield from _staff(company, start, users, teams)
    yield from _campaigns(company, start, users, campaigns)
    yield from _touches(company, leads, campaigns)
    yield from _leads(company, users, campaigns, accounts, leads)
    yield from _accounts(company, start, users, accounts)
    yield from _activities(company, users, leads)
    yield ("pipelines", {"id": pipeline, "name": "default", "stages": [
        {"name": name, "win_percent": percent, "rotting_days": None}
        for name, percent in (("prospecting", 10), ("qualified", 25), ("proposal", 50), ("negotiation", 75))],
        "is_default": True, "discount_limit_percent": None}, start, start, 1)
    yield from _deals(company, users, accounts, leads, deals, pipeline)
    yield from _purchases(company, accounts, deals)
    yield from _handoffs(company, users, leads)


def _staff(company: Company, start: int, users: list[str], teams: list[str]) -> Records:
    for user, team in enumerate(company.user_teams):
        is_manager, sells = user < TEAMS, team < SALES_TEAMS
        role = {(True, True): "sales_manager", (False, True): "sales_representative",
                (True, False): "marketing_manager", (False, False): "digital_marketer"}[is_manager, sells]
        yield ("users", {
            "id": users[user], "name": _name(user), "email": f"user-{user}@example.com", "role": role,
            "team_id": teams[team], "visibility": None, "is_available": True, "capacity": None, "specialties": []},
            start, start, 1)
    for team in range(TEAMS):
        yield ("teams", {
            "id": teams[team], "name": f"Team {team + 1}", "department": "sales" if team < SALES_TEAMS else "marketing",
            "manager_id": users[team], "region": REGIONS[team % len(REGIONS)]}, start, start, 1)


def _campaigns(company: Company, start: int, users: list[str], campaigns: list[str]) -> Records:
    owner = users[SALES_TEAMS]
    for campaign, channel in enumerate(company.campaign_channels):
        yield ("campaigns", {
            "id": campaigns[campaign], "name": f"Campaign {campaign + 1:02}", "channel": channel,
            "objective": "lead_generation", "status": "active", "budget": {"amount": 5_000_000, "currency": "EUR"},
            "starts_on": written(start)[:10], "ends_on": None, "owner_id": owner, "parent_id": None,
            "segment_id": None, "utm": None, "utm_key": None}, start, start, 1)


def _touches(company: Company, leads: list[str], campaigns: list[str]) -> Records:
    for place, touch in enumerate(company.touches):
        bot = {"user_agent": "Googlebot/2.1", "suspected_bot": True} if touch.is_bot else {}
        at = touch.occurred
        yield ("touches", {
            "id": identifier("touch", place, at), "lead_id": leads[touch.lead], "visitor_id": None,
            "campaign_id": campaigns[touch.campaign], "channel": company.campaign_channels[touch.campaign],
            "type": touch.type, **bot, "occurred_at": written(at)}, at, at, 1)


def _leads(company: Company, users: list[str], campaigns: list[str], accounts: list[str],
           leads: list[str]) -> Records:
    for place, lead in enumerate(company.leads):
        stage = lead.stages[-1]
        yield ("leads", {
            "id": leads[place], "name": _name(place), "email": f"lead-{place}@example.com", "phone": None,
            "company": None, "account_id": accounts[lead.account], "title": None,
            "source": {"channel": lead.channel, "medium": lead.medium, "campaign_id": campaigns[lead.campaign],
                       "landing_page": None, "referrer": None, "detail": None},
            "stage": stage.name, "phase": PHASES[stage.name], "owner_id": users[lead.owner], "tags": [],
            "visitor_ids": [], "captured_at": written(lead.captured), "erased_at": None,
            "stage_history": _history(lead.stages)}, lead.captured, stage.entered, len(lead.stages))


def _accounts(company: Company, start: int, users: list[str], accounts: list[str]) -> Records:
    for account, owner in enumerate(company.account_owners):
        yield ("accounts", {
            "id": accounts[account], "name": f"Company {account}", "domain": f"company-{account}.example",
            "industry": INDUSTRIES[account % len(INDUSTRIES)], "region": REGIONS[account % len(REGIONS)],
            "owner_id": users[owner], "match_keys": [f"c:company {account}", f"d:company {account} example"]},
            start, start, 1)


def _activities(company: Company, users: list[str], leads: list[str]) -> Records:
    for place, activity in enumerate(company.activities):
        at = activity.occurred
        yield ("activities", {
            "id": identifier("activity", place, at), "lead_id": leads[activity.lead], "deal_id": None,
            "user_id": None if activity.user is None else users[activity.user], "type": activity.type,
            "subject": None, "content_id": None, "due_on": None, "scheduled_at": None, "completed_at": None,
            "direction": activity.direction, "automatic": activity.automatic, "outcome": None,
            "occurred_at": written(at)}, at, at, 1)


def _deals(company: Company, users: list[str], accounts: list[str], leads: list[str], deals: list[str],
           pipeline: str) -> Records:
    for place, deal in enumerate(company.deals):
        stage = deal.stages[-1]
        lost = "price" if stage.name == "lost" else None
        yield ("deals", {
            "id": deals[place], "name": f"Deal {place}", "account_id": accounts[deal.account],
            "lead_ids": [leads[lead] for lead in deal.leads], "buyers": [], "owner_id": users[deal.owner],
            "product": None, "lines": [], "pipeline_id": pipeline, "stage": stage.name,
            "amount": {"amount": deal.amount, "currency": "EUR"}, "expected_close_on": None,
            "forecast_category": None, "next_step": None, "next_step_on": None, "competitors": [],
            "opened_at": written(deal.opened), "closed_at": _written(deal.closed), "lost_reason": lost,
            "lost_category": lost, "lost_to": None, "last_activity_at": None, "is_stale": False,
            "stage_history": _history(deal.stages)}, deal.opened, stage.entered, len(deal.stages))


def _purchases(company: Company, accounts: list[str], deals: list[str]) -> Records:
    for place, purchase in enumerate(company.purchases):
        at = purchase.occurred
        yield ("purchases", {
            "id": identifier("purchase", place, at), "account_id": accounts[purchase.account], "lead_id": None,
            "deal_id": None if purchase.deal is None else deals[purchase.deal], "product_id": None,
            "kind": purchase.kind, "amount": {"amount": purchase.amount, "currency": "EUR"}, "term_months": None,
            "occurred_at": written(at), "note": None}, at, at, 1)


def _handoffs(company: Company, users: list[str], leads: list[str]) -> Records:
    contacts = _contacts(company)
    for place, handoff in enumerate(company.handoffs):
        is_rejected, is_overdue = handoff.status == "rejected", handoff.status == "overdue"
        manager = users[company.user_teams[handoff.taker]]
        yield ("handoffs", {
            "id": identifier("handoff", place, handoff.submitted), "lead_id": leads[handoff.lead],
            "from": users[handoff.giver], "to": users[handoff.taker], "status": handoff.status,
            "submitted_at": written(handoff.submitted), "due_at": written(handoff.due),
            "answered_at": _written(handoff.answered), "reason": "too small" if is_rejected else None,
            "reason_code": "outside_target" if is_rejected else None,
            "reason_class": "definitional" if is_rejected else None, "note": None, "routing": None,
            "agreement_id": None, "contact_due_at": None,
            "first_contact_at": _written(contacts.get(handoff.lead)) if handoff.status == "accepted" else None,
            "escalated_to": manager if is_overdue else None,
            "escalated_at": written(handoff.due) if is_overdue else None, "previous_id": None,
            **({"timer_at": written(handoff.due)} if handoff.status == "pending" else {})},
            handoff.submitted, handoff.answered or handoff.submitted, 2 if handoff.answered or is_overdue else 1)


def _contacts(company: Company) -> dict[int, int]:
    """When a human was first in contact with each lead."""
    contacts: dict[int, int] = {}
    for activity in company.activities:
        if activity.direction == "outbound" and not activity.automatic:
            contacts.setdefault(activity.lead, activity.occurred)
    return contacts


def _history(stages: list[Stage]) -> list[dict]:
    return [{"stage": stage.name, "entered_at": written(stage.entered), "left_at": _written(stage.left),
             "implied": False, "reason": stage.reason} for stage in stages]


def _written(at: int | None) -> str | None:
    return None if at is None else written(at)


def _name(place: int) -> str:
    return f"{FIRST[place % len(FIRST)]} {LAST[place % len(LAST)]} {place}"
