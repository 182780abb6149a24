"""A made-up company, the same whenever it is made for the same sizes and end."""

import random
from typing import NamedTuple

CHANNELS = ["advertising", "search", "social_media", "email", "content", "event", "referral", "partner", "affiliate",
            "direct", "outbound", "other"]
MEDIA = ["organic", "paid", "paid", "newsletter", None]
STAGES = ["lead", "mql", "sal", "sql", "opportunity", "customer"]
PIPELINE = ["prospecting", "qualified", "proposal", "negotiation"]
TOUCH_TYPES = ["impression", "impression", "click", "click", "visit", "visit", "visit", "form", "email_click"]
CAMPAIGNS, USERS, TEAMS, SALES_TEAMS, ACCOUNTS = 40, 60, 8, 5, 2_000
HOUR, DAY = 3_600, 86_400
YEARS = 3 * 365 * DAY
BOTS = 0.03


class Stage(NamedTuple):
    """A stage from when it was entered to when it was left; times are seconds since 1970."""

    name: str
    entered: int
    left: int | None
    reason: str | None


class Lead(NamedTuple):
    channel: str
    medium: str | None
    campaign: int
    account: int
    owner: int
    captured: int
    stages: list[Stage]


class Handoff(NamedTuple):
    lead: int
    giver: int
    taker: int
    status: str
    submitted: int
    due: int
    answered: int | None


class Activity(NamedTuple):
    lead: int
    user: int | None
    type: str
    direction: str
    automatic: bool
    occurred: int


class Deal(NamedTuple):
    leads: list[int]
    account: int
    owner: int
    amount: int
    opened: int
    closed: int | None
    stages: list[Stage]


class Purchase(NamedTuple):
    account: int
    deal: int | None
    kind: str
    amount: int
    occurred: int


class Touch(NamedTuple):
    lead: int
    campaign: int
    type: str
    occurred: int
    is_bot: bool


class Company(NamedTuple):
    """Its rows; who is referred to is told by the place in the list."""

    end: int
    user_teams: list[int]
    campaign_channels: list[str]
    account_owners: list[int]
    leads: list[Lead]
    handoffs: list[Handoff]
    activities: list[Activity]
    deals: list[Deal]
    purchases: list[Purchase]
    touches: list[Touch]


def made(leads: int, touches: int, deals: int, end: int) -> Company:
    """A company of which nothing happens at `end` or later; that is an even second."""
    chance = random.Random(1)
    teams = [user % TEAMS for user in range(USERS)]
    company = Company(end, teams, [CHANNELS[number % len(CHANNELS)] for number in range(CAMPAIGNS)],
                      [chance.choice(_sellers(teams)) for _ in range(ACCOUNTS)], [], [], [], [], [], [])
    captures = sorted(end - HOUR - chance.randrange(YEARS) for _ in range(leads))
    buyers = sorted(chance.sample(range(leads), min(deals, leads)))
    nexts = dict(zip(buyers, buyers[1:]))
    are_buyers = set(buyers)
    for number, captured in enumerate(captures):
        _live(company, chance, number, captured, number in are_buyers, nexts.get(number))
    _buy_again(company, chance)
    _touch(company, chance, touches, are_buyers)
    return company


def _sellers(teams: list[int]) -> list[int]:
    return [user for user, team in enumerate(teams) if team < SALES_TEAMS]


def _live(company: Company, chance: random.Random, number: int, captured: int, is_buyer: bool,
          also: int | None) -> None:
    """The way of one lead, as far as it came before the end."""
    campaign, account = chance.randrange(CAMPAIGNS), chance.randrange(ACCOUNTS)
    owner = chance.choice(_sellers(company.user_teams))
    mql, submitted, answered, sql, opened = _times(company, chance, captured, is_buyer)
    entries: list[tuple[str, int, str | None]] = [("lead", captured, None)]
    if is_buyer or chance.random() < 0.55:
        entries.append(("mql", mql, None))
        if is_buyer or chance.random() < 0.85:
            answer = "accepted" if is_buyer else chance.choices(["accepted", "rejected", "none"], [75, 15, 10])[0]
            accepted = _hand_off(company, chance, number, owner, submitted, answered, answer)
            if accepted:
                entries.append(("sal", answered, None))
            if accepted and (is_buyer or chance.random() < 0.4):
                entries.append(("sql", sql, None))
    if is_buyer:
        entries += _negotiate(company, chance, [number, also] if also and chance.random() < 0.3 else [number],
                              account, owner, opened)
    elif chance.random() < 0.3:
        entries.append(("disqualified", entries[-1][1] + _gap(chance, 30 * DAY), "no need"))
    company.leads.append(Lead(company.campaign_channels[campaign], chance.choice(MEDIA), campaign, account, owner,
                              captured, _stages(entries, company.end)))


def _times(company: Company, chance: random.Random, captured: int, is_buyer: bool) -> list[int]:
    gaps = [_gap(chance, mean) for mean in (5 * DAY, DAY, 8 * HOUR, 6 * DAY, 9 * DAY)]
    # Who buys does so in time, however late the capture was.
    share = min(1.0, (company.end - 60 - captured) / sum(gaps)) if is_buyer else 1.0
    times, at = [], captured
    for gap in gaps:
        at += int(gap * share)
        times.append(at)
    return times


def _gap(chance: random.Random, mean: int) -> int:
    return 1 + int(chance.expovariate(1 / mean))


def _stages(entries: list[tuple[str, int, str | None]], end: int) -> list[Stage]:
    entries = [entry for entry in entries if entry[1] < end]
    lefts = [at for _, at, _ in entries[1:]] + [None]
    return [Stage(name, at, left, reason) for (name, at, reason), left in zip(entries, lefts)]


def _hand_off(company: Company, chance: random.Random, lead: int, taker: int, submitted: int, answered: int,
              answer: str) -> bool:
    """Gives a lead to sales; tells whether sales took it."""
    if submitted >= company.end:
        return False
    due = submitted + DAY
    if answer == "none" or answered >= company.end:
        answer, answered = "overdue" if due < company.end else "pending", None
        # No clock is to run out while figures are measured.
        due += 7 * DAY if answer == "pending" else 0
    giver = chance.choice([user for user, team in enumerate(company.user_teams) if team >= SALES_TEAMS])
    company.handoffs.append(Handoff(lead, giver, taker, answer, submitted, due, answered))
    if chance.random() < {"accepted": 0.95, "rejected": 0.3}.get(answer, 0.2):
        _act(company, lead, taker, "call", "outbound", submitted + _gap(chance, 6 * HOUR))
    # What is no contact: mail by a machine, and who calls us.
    if chance.random() < 0.3:
        _act(company, lead, None, "email", "outbound", submitted + _gap(chance, HOUR))
    if chance.random() < 0.1:
        _act(company, lead, taker, "call", "inbound", submitted + _gap(chance, HOUR))
    return answer == "accepted"


def _act(company: Company, lead: int, user: int | None, type: str, direction: str, occurred: int) -> None:
    if occurred < company.end:
        company.activities.append(Activity(lead, user, type, direction, user is None, occurred))


def _negotiate(company: Company, chance: random.Random, leads: list[int], account: int, owner: int,
               opened: int) -> list[tuple[str, int, str | None]]:
    """A deal; gives what it makes of its lead."""
    # Even seconds, and odd ones for touches: nothing is at the very edge of what counts.
    opened += opened % 2
    closed = opened + 2 * _gap(chance, 22 * DAY)
    is_won = chance.random() < 0.35
    passed = len(PIPELINE) - 1 if is_won else chance.randrange(len(PIPELINE))
    moves = [opened, *sorted(chance.randrange(opened, closed) for _ in range(passed))]
    entries = [(stage, at, None) for stage, at in zip(PIPELINE, moves)]
    entries.append(("won", closed, None) if is_won else ("lost", closed, "price"))
    amount = int(chance.lognormvariate(13.5, 0.8))
    is_closed = closed < company.end
    company.deals.append(Deal(leads, account, owner, amount, opened, closed if is_closed else None,
                              _stages(entries, company.end)))
    if is_won and is_closed:
        company.purchases.append(Purchase(account, len(company.deals) - 1, "new", amount, closed))
    after = ("customer", closed, None) if is_won else ("sql", closed, "its last open deal ended")
    return [("opportunity", opened, None), after]


def _buy_again(company: Company, chance: random.Random) -> None:
    """What accounts buy and give back without a deal."""
    for account in range(ACCOUNTS):
        kind = "refund" if chance.random() < 0.1 else "renewal"
        company.purchases.append(Purchase(account, None, kind, int(chance.lognormvariate(12, 0.5)),
                                          company.end - 1 - chance.randrange(YEARS)))


def _touch(company: Company, chance: random.Random, count: int, buyers: set[int]) -> None:
    """Touches around the capture of their leads, in order of time; buyers have more of them."""
    weights = [3 if number in buyers else 1 for number in range(len(company.leads))]
    for lead in chance.choices(range(len(company.leads)), weights, k=count):
        captured = company.leads[lead].captured
        occurred = captured + chance.randrange(-30 * DAY, min(120 * DAY, company.end - captured))
        company.touches.append(Touch(lead, chance.randrange(CAMPAIGNS), chance.choice(TOUCH_TYPES), occurred | 1,
                                     chance.random() < BOTS))
    company.touches.sort(key=lambda touch: touch.occurred)
