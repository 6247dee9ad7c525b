"""Terms (办理时限): 7 days at the carrier, 30 at the regulator, their provincial variants, 12315's working days."""

import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from credit_scoring.errors import ComplaintRefused
from tracker.wire.divisions import division_prefix
from tracker.working_days import Deadline, calendar_days_after, working_days_after


class TermName(StrEnum):
    """What a term is for."""

    CARRIER_ANSWER = "carrier_answer"  # 企业答复
    APPEAL_ANSWER = "appeal_answer"  # 申诉答复
    CONSUMER_ACCEPT = "consumer_accept"  # 投诉受理
    CONSUMER_MEDIATION = "consumer_mediation"  # 调解终结
    LEAD_CHECK = "lead_check"  # 线索核查
    REPORTER_TOLD = "reporter_told"  # 告知举报人


class Unit(StrEnum):
    """In what a term is counted."""

    DAY = "day"
    WORKING_DAY = "working_day"


@dataclass(frozen=True, slots=True)
class Term:
    """How long, where and since when; `division` None is the nation. `zh` and `en` cite the rule.

    `posted_within_months`: it may be asked for that long after posting; None: no limit is known.
    """

    name: TermName
    division: str | None
    days: int
    unit: Unit
    extension: int
    posted_within_months: int | None
    valid_from: date
    valid_to: date | None
    tag: str
    zh: str
    en: str

    def holds(self, division: str | None, day: date) -> bool:
        """Whether it is the rule of a division on a day, or one of several."""
        inside = self.division is None or (division or "").startswith(division_prefix(self.division))
        return inside and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def ends(self, start: date, *, extended: bool) -> Deadline:
        """The last day in time of a term that begins with something on `start`, which is not counted."""
        days = self.days + (self.extension if extended else 0)
        return (working_days_after if self.unit is Unit.WORKING_DAY else calendar_days_after)(start, days)

    def may_be_asked(self, posted: date, day: date) -> bool:
        """Whether somebody may still ask on a day, counted from posting."""
        return self.posted_within_months is None or day <= months_after(posted, self.posted_within_months)


def term_of(name: TermName, division: str | None, day: date) -> Term:
    """The term that holds in a division on a day; the narrowest division counts. Raises ComplaintRefused."""
    found = [term for term in terms() if term.name is name and term.holds(division, day)]
    if not found:
        raise ComplaintRefused("term_unknown", f"no rule for {name} holds on {day}")
    return max(found, key=lambda term: len(division_prefix(term.division) if term.division else ""))


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@cache
def terms() -> tuple[Term, ...]:
    """Every term, in the order of the file."""
    text = files("credit_scoring.complaints.codes").joinpath("terms.toml").read_text(encoding="utf-8")
    return tuple(_term(each) for each in tomllib.loads(text)["term"])


def _term(table: dict[str, Any]) -> Term:
    return Term(
        name=TermName(table["name"]),
        division=table.get("division"),
        days=table["days"],
        unit=Unit(table["unit"]),
        extension=table.get("extension", 0),
        posted_within_months=table.get("posted_within_months"),
        valid_from=table["valid_from"],
        valid_to=table.get("valid_to"),
        tag=table["tag"],
        zh=table["zh"],
        en=table["en"],
    )
