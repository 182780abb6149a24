"""What is asked of Tandem and of PostgreSQL alike, and how their figures are compared."""

import math
from collections.abc import Callable
from typing import NamedTuple

from . import snapshot
from .company import STAGES
from .servers import Failure

Figures = dict[tuple[str, ...], list[float | None]]
CLOSE = 1e-6
IN_THE_WAY = ("impression", "email_open", "email_sent", "email_delivered", "email_bounce", "email_unsubscribe",
              "message_sent")


class Question(NamedTuple):
    """A path, SQL where {as_of} stands for the instant, and what makes figures by key of the answers to each."""

    name: str
    path: str
    sql: str
    ours: Callable[[dict], Figures]
    theirs: Callable[[list[list[str]]], Figures]
    # How far each figure may be from the other's, by theirs.
    tolerances: Callable[[list[float | None]], list[float]] = lambda figures: [CLOSE] * len(figures)

    def address(self, as_of: str) -> str:
        return f"{self.path}{'&' if '?' in self.path else '?'}as_of={as_of}"

    def statement(self, as_of: str) -> str:
        return self.sql.format(as_of=f"timestamptz '{as_of}'")

    def compare(self, answer: dict, rows: list[list[str]]) -> int:
        """Fails unless all figures are the same; tells of how many groups."""
        ours, theirs = self.ours(answer), self.theirs(rows)
        for key in ours.keys() | theirs.keys():
            mine, other = ours.get(key), theirs.get(key)
            if mine is None or other is None or not all(map(_is_close, mine, other, self.tolerances(other))):
                raise Failure(f"{self.name}: of {', '.join(key) or 'all'} Tandem says {mine}, PostgreSQL {other}")
        return len(ours)


def _is_close(mine: float | None, other: float | None, tolerance: float) -> bool:
    return mine == other if mine is None or other is None else math.isclose(mine, other, rel_tol=0, abs_tol=tolerance)


def _numbers(cells: list[str]) -> list[float | None]:
    return [float(cell) if cell else None for cell in cells]


def _rows(keys: int) -> Callable[[list[list[str]]], Figures]:
    """Figures of rows that begin with so many cells of a key."""
    return lambda rows: {tuple(row[:keys]): _numbers(row[keys:]) for row in rows}


def _groups(answer: dict, figures: Callable[[dict], list[float | None]], numbered: tuple[str, ...] = ()) -> Figures:
    """Figures of an answer's groups; keys that are ids become the numbers that PostgreSQL has."""
    return {tuple(str(snapshot.number(key)) if name in numbered else str(key) for name, key in group["key"].items()):
            figures(group) for group in answer["groups"]}


def _some(figures: Figures) -> Figures:
    """Without the groups of which there is nothing: SQL has none for a month in which nothing happened."""
    return {key: values for key, values in figures.items() if any(values)}


# MARK: Funnel

def _funnel() -> Question:
    reached = ", ".join(f"min(s.entered_at) filter (where s.stage = '{stage}') as at_{stage}" for stage in STAGES)
    counts = ", ".join(f"count(at_{stage})" for stage in STAGES)
    medians = ", ".join(
        f"percentile_cont(0.5) within group (order by date_part('epoch', at_{after} - at_{before}) / 86400)"
        for before, after in zip(STAGES, STAGES[1:]))
    sql = f"""
        with walks as (select s.lead_id, {reached} from lead_stages s where s.entered_at < {{as_of}} group by s.lead_id)
        select channel, to_char(month, 'YYYY-MM'), count(*), {counts}, {medians}
        from (select l.channel, date_trunc('month', l.captured_at) as month, walks.*
            from leads l join walks on walks.lead_id = l.id where l.captured_at < {{as_of}}) cohorts
        group by channel, month"""

    def figures(group: dict) -> list[float | None]:
        stages = group["stages"]
        return [group["leads"], *(stage["count"] for stage in stages), *(stage["median_days"] for stage in stages[1:])]
    return Question("funnel by channel, month", "/v1/reports/funnel?group_by=channel,month", sql,
                    lambda answer: _some(_groups(answer, figures)), _rows(2))


# MARK: Money

REVENUE = Question(
    "revenue by owner, quarter", "/v1/metrics/revenue?group_by=owner,quarter", """
        with sales as (
            select owner_id, closed_at as at, amount from deals where stage = 'won' and closed_at < {as_of}
            union all
            select a.owner_id, p.occurred_at, case p.kind when 'refund' then -p.amount else p.amount end
            from purchases p join accounts a on a.id = p.account_id
            where p.deal_id is null and p.kind <> 'churn' and p.occurred_at < {as_of})
        select owner_id, to_char(quarter, 'YYYY-"Q"Q'), sum(amount)
        from (select owner_id, date_trunc('quarter', at) as quarter, amount from sales) by_quarter
        group by owner_id, quarter""",
    lambda answer: _some(_groups(answer, lambda group: [(group.get("value") or {}).get("amount")], ("owner",))),
    _rows(2))

WIN_RATE = Question(
    "win rate by month", "/v1/metrics/win_rate?group_by=month", """
        select to_char(month, 'YYYY-MM'), won, closed, won::float8 / closed from (
            select date_trunc('month', closed_at) as month, count(*) filter (where stage = 'won') as won,
                count(*) as closed
            from deals where closed_at < {as_of} group by 1) months""",
    lambda answer: _some(_groups(answer, lambda group: [group.get(name) for name in
                                                        ("numerator", "denominator", "value")])),
    _rows(1))


# MARK: Attribution

def _attributed(answer: dict) -> Figures:
    """Money and conversions by campaign; what no touch led to is of none."""
    return _some({
        (str(snapshot.number(group["key"]["campaign"])),): [(group["value"] or {}).get("amount"), group["conversions"]]
        for group in answer["groups"] if group["key"]["campaign"]})


ATTRIBUTION = Question(
    "linear attribution by campaign", "/v1/reports/attribution?model=linear&group_by=campaign&lookback_days=90", f"""
        with ways as (
            select t.campaign_id, d.amount, count(*) over (partition by d.id) as touches
            from deals d join deal_leads l on l.deal_id = d.id
            join touches t on t.lead_id = l.lead_id and t.occurred_at < d.closed_at
                and t.occurred_at >= d.closed_at - interval '90 days'
            where d.stage = 'won' and d.closed_at < {{as_of}} and not t.suspected_bot
                and t.type not in {IN_THE_WAY})
        select campaign_id, sum(amount::float8 / touches), sum(1 / touches::float8), count(*)
        from ways group by campaign_id""",
    _attributed, _rows(1),
    # Each touch's part of a deal is whole cents.
    lambda figures: [0.5 * figures[2] + CLOSE, CLOSE])


# MARK: Leads

FIRST_CONTACT = Question(
    "minutes to first contact", "/v1/metrics/first_contact_minutes", """
        select count(*), count(*) filter (where contact is null),
            percentile_cont(0.5) within group (order by date_part('epoch', contact - submitted_at) / 60)
        from (
            select h.submitted_at, min(a.occurred_at) as contact
            from handoffs h left join activities a on a.lead_id = h.lead_id and a.occurred_at >= h.submitted_at
                and a.occurred_at < {as_of} and a.direction = 'outbound' and not a.automatic
                and a.user_id is not null and a.type in ('call', 'meeting', 'demo', 'email')
                and not (h.status = 'rejected' and h.answered_at < {as_of} and a.occurred_at > h.answered_at)
                and not exists (
                    select from lead_stages s left join lead_stages p on p.lead_id = s.lead_id and p.place = s.place - 1
                    where s.lead_id = h.lead_id and s.entered_at > h.submitted_at and s.entered_at < a.occurred_at
                        and (s.stage = 'disqualified' or s.stage = 'lead' and p.stage is not null
                            or s.stage = 'mql' and p.stage is not null and p.stage <> 'lead'))
            where h.submitted_at < {as_of} group by h.id) contacts""",
    lambda answer: {(): [answer["n"], answer.get("censored", 0)]},
    # Quantiles differ: Tandem's are Kaplan and Meier's, SQL's are of those that were contacted.
    lambda rows: {(): _numbers(rows[0][:2])})

SOURCES = Question(
    "leads by source, stage", "/v1/metrics/leads_created?group_by=source,stage", """
        select l.channel || coalesce('/' || l.medium, ''), s.stage, count(*)
        from leads l join lead_stages s on s.lead_id = l.id and s.entered_at < {as_of}
            and (s.left_at is null or s.left_at >= {as_of})
        where l.captured_at < {as_of} group by l.channel, l.medium, s.stage""",
    lambda answer: _groups(answer, lambda group: [group["value"]]), _rows(2))

ALL = [_funnel(), REVENUE, WIN_RATE, ATTRIBUTION, FIRST_CONTACT, SOURCES]
