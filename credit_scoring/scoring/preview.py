"""The preview (方案试算): what a drafted scheme would make of last year, beside what the present one makes of it.

The evidence is collected once and judged twice.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import DEFAULT_DAYS, Window
from credit_scoring.scheme.rules import Scheme
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.changes import contributions
from credit_scoring.scoring.collect import collect_evidence, log_point_of
from credit_scoring.scoring.conditions import in_division
from credit_scoring.scoring.ranking import Ranked, Unranked
from tracker.store.tables.parcel import ParcelRow
from tracker.working_days import local_day_of

Standing = Ranked | Unranked


@dataclass(frozen=True, slots=True)
class Collected:
    """The evidence of a scope."""

    scope: Scope
    log: LogPoint
    evidence: tuple[CarrierEvidence, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """An indicator's points of the scheme's 1000, so far as it counts, under both schemes; None: it does not count."""

    indicator: IndicatorName
    present: Fraction | None
    drafted: Fraction | None

    @property
    def points(self) -> Fraction:
        """What it moves the score by."""
        return (self.drafted or Fraction(0)) - (self.present or Fraction(0))


@dataclass(frozen=True, slots=True)
class Compared:
    """One carrier under the present scheme and under the drafted one."""

    carrier: str
    present: Standing
    drafted: Standing

    @property
    def moved(self) -> list[Moved]:
        """What every indicator adds to both scores where that differs, the greatest first; none without two places."""
        if not isinstance(self.present, Ranked) or not isinstance(self.drafted, Ranked):
            return []
        before, after = contributions(self.present.score), contributions(self.drafted.score)
        found = [Moved(name, before.get(name), after.get(name)) for name in {**after, **before}]
        return sorted((each for each in found if each.points), key=lambda each: -abs(each.points))


def collect_last_year(session: Session, division: str | None, *, now: datetime) -> Collected | None:
    """The evidence of the last calendar year; where it has no parcel, of the 30 days that end with the last one.

    None where nothing was ever accepted in the division (a code; None: nationwide).
    """
    year = local_day_of(now).year - 1
    last_year = Scope(Window(date(year, 1, 1), date(year + 1, 1, 1)), division, now)
    accepted = col(ParcelRow.accepted_at)
    some = sa.select(accepted).where(
        accepted >= last_year.window.start, accepted < last_year.window.end, *in_division(last_year)
    )
    if session.connection().execute(some.limit(1)).first() is not None:
        return _collect(session, last_year)
    latest = session.connection().scalar(sa.select(sa.func.max(accepted)).where(*in_division(last_year)))
    if latest is None:
        return None
    after = local_day_of(latest) + timedelta(days=1)
    return _collect(session, Scope(Window(after - DEFAULT_DAYS, after), division, now))


def compare(collected: Collected, *, present: Scheme, drafted: Scheme) -> list[Compared]:
    """Every carrier of the evidence, in the order of the drafted ranking, those without a place last. Pure."""
    before, after = (
        build_assessment(collected.evidence, scope=collected.scope, log=collected.log, scheme=scheme)
        for scheme in (present, drafted)
    )
    standings: list[Standing] = [*after.rows, *after.unranked]
    return [
        Compared(each.score.carrier, present=before.standing_of(each.score.carrier), drafted=each) for each in standings
    ]


def _collect(session: Session, scope: Scope) -> Collected:
    return Collected(scope, log_point_of(session), tuple(collect_evidence(session, scope)))
