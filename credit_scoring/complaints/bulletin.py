"""The bulletin (投诉申诉通报): a month's figures per million parcels, as the postal administration prints them.

Per million of all parcels for the whole, of a carrier's own parcels for the carrier; with the exact Poisson interval,
for a rate of some in a million says little about a small carrier.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.complaints.case import Kind
from credit_scoring.complaints.codes.categories import Category
from credit_scoring.complaints.collector import matters_of
from credit_scoring.complaints.complaint_lists import find_received, find_with_event
from credit_scoring.complaints.matters import Matter
from credit_scoring.errors import WindowInvalid
from credit_scoring.evidence.intervals import garwood
from credit_scoring.evidence.window import Window, parse_date
from tracker.store.tables.parcel import ParcelRow
from tracker.working_days import local_day_of

MILLION = 1_000_000
_HUNDREDTH = Decimal("0.01")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a million, to the hundredth, with its interval; None throughout where there were no parcels."""

    value: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """One carrier's month, or (carrier None) everybody's. `by_category` counts appeals, `effective_by` effective ones.

    `late`: answers that carriers owed and that came late or not at all. `settled` of `judged`: users who were content
    with the carrier's answer, of those who said.
    """

    carrier: str | None
    parcels: int
    complaints: int
    appeals: int
    effective: int
    late: int
    settled: int
    judged: int
    by_category: Mapping[Category, int]
    effective_by: Mapping[Category, int]

    @property
    def appeal_rate(self) -> Rate:
        """Appeals per million parcels."""
        return rate_of(self.appeals, self.parcels)

    @property
    def effective_rate(self) -> Rate:
        """Effective appeals per million parcels."""
        return rate_of(self.effective, self.parcels)


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One month: `total` first, then carriers by code. A parcel belongs to the month it was accepted in, a complaint
    to the one it was received in, an appeal to the one it was made in.
    """

    month: str
    as_of: datetime
    total: Line
    lines: tuple[Line, ...]


def rate_of(events: int, parcels: int) -> Rate:
    """So many events of so many parcels, in a million."""
    if parcels <= 0:
        return Rate(None, None, None)
    low, high = garwood(events, parcels)
    return Rate(*(_hundredths(Decimal(str(each)) * MILLION) for each in (Decimal(events) / parcels, low, high)))


def month_of(text: str | None, *, today: date) -> tuple[str, Window]:
    """A month as YYYY-MM, by default the last whole one, and its days. Raises WindowInvalid."""
    if not text:
        first = today.replace(day=1)
        year, month = (first.year, first.month - 1) if first.month > 1 else (first.year - 1, 12)
        text = f"{year}-{month:02}"
    if not _MONTH.fullmatch(text):
        reason = "month 须写作 YYYY-MM · `month` is written YYYY-MM"
        raise WindowInvalid("date_invalid", reason, parameter="month")
    start = parse_date(f"{text}-01", "month")
    end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return text, Window(start, end)


def collect_bulletin(session: Session, month: str, window: Window, *, as_of: datetime) -> Bulletin:
    """The figures of a month as they stood at a moment."""
    end = min(window.end, as_of)
    received = find_received(session, window.start, window.end, prefix=None, recorded_by=as_of)
    appealed = find_with_event(session, Kind.APPEALED, window.start, end) if end > window.start else []
    case_nos = list(dict.fromkeys([*received, *appealed]))
    matters = matters_of(session, case_nos, seen_by=as_of)
    lines = build_lines(matters, _parcels(session, window), window, as_of=as_of)
    return Bulletin(month, as_of, _sum(lines), lines)


def build_lines(
    matters: Iterable[Matter], parcels: Mapping[str, int], window: Window, *, as_of: datetime
) -> tuple[Line, ...]:
    """Each carrier's line; pure."""
    by_carrier: dict[str, list[Matter]] = {each: [] for each in parcels}
    for matter in matters:
        by_carrier.setdefault(matter.responsible, []).append(matter)
    return tuple(
        _line(carrier, parcels.get(carrier, 0), by_carrier[carrier], window, as_of) for carrier in sorted(by_carrier)
    )


def _line(carrier: str, parcels: int, matters: list[Matter], window: Window, as_of: datetime) -> Line:
    complaints = [each for each in matters if window.start <= each.lead.case.received_at < window.end]
    appeals = [each for each in matters if (at := each.appealed_at) is not None and window.start <= at < window.end]
    effective = [each for each in appeals if each.is_effective]
    judged = [each for each in complaints if each.lead.settled or each.lead.ground == "unhappy"]
    return Line(
        carrier=carrier,
        parcels=parcels,
        complaints=len(complaints),
        appeals=len(appeals),
        effective=len(effective),
        late=sum(_is_late(each, as_of) for each in complaints),
        settled=sum(each.lead.settled for each in judged),
        judged=len(judged),
        by_category=_by_category(appeals),
        effective_by=_by_category(effective),
    )


def _is_late(matter: Matter, as_of: datetime) -> bool:
    last = matter.lead.carrier_deadline
    return last is not None and last.is_missed(local_day_of(as_of)) and not matter.lead.answered_in_time


def _by_category(matters: Iterable[Matter]) -> dict[Category, int]:
    counted = Counter(each.category for each in matters)
    return {category: counted[category] for category in Category}


def _sum(lines: Iterable[Line]) -> Line:
    known = list(lines)
    by_category: Counter[Category] = Counter()
    effective_by: Counter[Category] = Counter()
    for line in known:
        by_category.update(line.by_category)
        effective_by.update(line.effective_by)
    return Line(
        carrier=None,
        parcels=sum(each.parcels for each in known),
        complaints=sum(each.complaints for each in known),
        appeals=sum(each.appeals for each in known),
        effective=sum(each.effective for each in known),
        late=sum(each.late for each in known),
        settled=sum(each.settled for each in known),
        judged=sum(each.judged for each in known),
        by_category={category: by_category[category] for category in Category},
        effective_by={category: effective_by[category] for category in Category},
    )


def _parcels(session: Session, window: Window) -> dict[str, int]:
    accepted = col(ParcelRow.accepted_at)
    statement = (
        sa.select(col(ParcelRow.carrier), sa.func.count())
        .where(accepted >= window.start, accepted < window.end)
        .group_by(col(ParcelRow.carrier))
    )
    return {carrier: int(count) for carrier, count in session.connection().execute(statement).all()}


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, ROUND_HALF_EVEN)
