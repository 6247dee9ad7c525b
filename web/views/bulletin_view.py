"""The bulletin's view (投诉申诉通报): figures worded, the structure by category, the months around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credit_scoring.complaints.bulletin import Bulletin, Line, Rate
from credit_scoring.complaints.codes.categories import Category
from tracker.store.registry import Carrier
from tracker.working_days import local_day_of
from web.views.names import Name, carrier_name
from web.views.times import Moment, full_moment
from web.words import Words, write_number

NONE = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure over the page; `note` says what it rests on."""

    title: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Share:
    """A category's part of the appeals."""

    title: str
    appeals: str
    effective: str
    share: str


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """One carrier's month."""

    name: Name
    parcels: str
    appeals: str
    rate: str
    interval: str
    effective: str
    effective_rate: str
    late: str


@dataclass(frozen=True, slots=True)
class BulletinView:
    """The page."""

    month: str
    latest: str
    is_empty: bool
    figures: tuple[Figure, ...]
    shares: tuple[Share, ...]
    rows: tuple[CarrierLine, ...]
    csv_href: str
    json_href: str
    as_of: Moment


def build_bulletin_view(
    words: Words, bulletin: Bulletin, known: Mapping[str, Carrier], *, now: datetime
) -> BulletinView:
    """A month; carriers with the highest rate first, those without parcels last."""
    total = bulletin.total
    rows = sorted(
        bulletin.lines, key=lambda each: (each.parcels == 0, -(each.appeal_rate.value or 0), each.carrier or "")
    )
    return BulletinView(
        month=bulletin.month,
        latest=f"{local_day_of(now):%Y-%m}",
        is_empty=total.parcels == total.complaints == total.appeals == 0,
        figures=(
            Figure(words("bulletin.appeal_rate"), _rate(total.appeal_rate), _interval(words, total.appeal_rate)),
            Figure(
                words("bulletin.effective_rate"), _rate(total.effective_rate), _interval(words, total.effective_rate)
            ),
            Figure(
                words("bulletin.appeals"),
                write_number(total.appeals),
                words("bulletin.of_complaints", n=write_number(total.complaints)),
            ),
            Figure(
                words("bulletin.satisfied"),
                _share(total.settled, total.judged),
                words("bulletin.of_judged", n=write_number(total.judged)),
            ),
        ),
        shares=tuple(
            Share(
                words(f"complaint.category.{category}"),
                write_number(total.by_category[category]),
                write_number(total.effective_by[category]),
                _share(total.by_category[category], total.appeals),
            )
            for category in Category
        ),
        rows=tuple(_line(words, each, known) for each in rows),
        csv_href=f"/complaints/bulletin.csv?month={bulletin.month}",
        json_href=f"/api/v1/complaints/bulletin?month={bulletin.month}",
        as_of=full_moment(bulletin.as_of),
    )


def _line(words: Words, line: Line, known: Mapping[str, Carrier]) -> CarrierLine:
    code = line.carrier or ""
    return CarrierLine(
        name=carrier_name(words, code, known.get(code)),
        parcels=write_number(line.parcels),
        appeals=write_number(line.appeals),
        rate=_rate(line.appeal_rate),
        interval=_interval(words, line.appeal_rate),
        effective=write_number(line.effective),
        effective_rate=_rate(line.effective_rate),
        late=write_number(line.late),
    )


def _rate(rate: Rate) -> str:
    return NONE if rate.value is None else f"{rate.value:,}"


def _interval(words: Words, rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return words("bulletin.no_parcels")
    return words("bulletin.interval", low=f"{rate.low:,}", high=f"{rate.high:,}")


def _share(part: int, whole: int) -> str:
    """In percent, halves up: 1,000 parts of a thousand of integers."""
    return f"{(1000 * part + whole // 2) // whole / 10:.1f} %" if whole else NONE
