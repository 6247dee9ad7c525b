"""Parcels in a list (邮件快件列表): the number, where it stands, its last scan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from credit_scoring.evidence.indicators import Indicator, IndicatorName
from tracker.chain.parcel import Parcel
from tracker.store.registry import Carrier
from tracker.wire.divisions import Division
from web.runs.assessed import Assessed
from web.views.carrier_view import parcels_path
from web.views.figures import in_language, indicator_title
from web.views.names import Directory, Name, carrier_name, places_of
from web.views.parts import Chip, Waybill, state_chip, write_waybill
from web.views.promise import against, is_overdue, write_lateness
from web.views.scope_view import ScopeView, build_scope_view, scope_query
from web.views.times import Moment, short_moment
from web.words import Words


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One parcel in a list."""

    waybill: Waybill
    href: str
    chips: tuple[Chip, ...]
    carrier: Name
    at: Moment | None
    places: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class LostPoints:
    """One parcel in the list, and why it lost points."""

    parcel: ParcelRow
    reason: str


@dataclass(frozen=True, slots=True)
class LostPointsView:
    """The parcels that cost a carrier points in one indicator, one page of them."""

    carrier: Name
    carrier_href: str
    indicator: str
    rule: str
    scope: ScopeView
    rows: tuple[LostPoints, ...]
    next_href: str | None
    first_href: str
    is_first: bool


def build_parcel_row(words: Words, parcel: Parcel, *, known: Directory, now: datetime) -> ParcelRow:
    """The row of one parcel."""
    chips = [state_chip(words, parcel.state)]
    if is_overdue(parcel, now):
        chips.append(Chip(words("trace.overdue"), "bad"))
    return ParcelRow(
        waybill=write_waybill(parcel.waybill_no),
        href=f"/t/{parcel.waybill_no}",
        chips=tuple(chips),
        carrier=carrier_name(words, parcel.carrier, known.carriers.get(parcel.carrier)),
        at=short_moment(parcel.last_time, now=now) if parcel.last_time else None,
        places=places_of(words, parcel.carrier, parcel.last_station, known) if parcel.last_station else (),
    )


def build_lost_points_view(
    words: Words,
    parcels: Iterable[Parcel],
    *,
    carrier: Carrier,
    indicator: Indicator,
    assessed: Assessed,
    division: Division | None,
    known: Directory,
    now: datetime,
    next_token: str | None,
    is_first: bool,
) -> LostPointsView:
    """One page of the parcels behind an indicator."""
    assessment = assessed.assessment
    query = scope_query(assessment.window, assessment.division)
    rule = assessment.scheme.rule_of(indicator.name)
    question = indicator.question_en if words.lang == "en" else indicator.question_zh
    scope = build_scope_view(words, assessed, division)
    onward = f"{parcels_path(carrier.code, indicator.name, query)}&next={next_token}"
    return LostPointsView(
        carrier=carrier_name(words, carrier.code, carrier),
        carrier_href=f"/carriers/{carrier.code}?{query}",
        indicator=indicator_title(words, indicator),
        rule=in_language(words, rule.text) if rule else question,
        scope=scope,
        rows=tuple(
            LostPoints(build_parcel_row(words, parcel, known=known, now=now), why_lost(words, parcel, indicator.name))
            for parcel in parcels
        ),
        next_href=onward if next_token else None,
        first_href=parcels_path(carrier.code, indicator.name, query),
        is_first=is_first,
    )


def why_lost(words: Words, parcel: Parcel, indicator: IndicatorName) -> str:
    """Why this parcel speaks against its carrier."""
    match indicator:
        case IndicatorName.DELIVERED_IN_TIME:
            return write_lateness(words, parcel) or words("parcels.not_delivered")
        case IndicatorName.PICKED_UP_IN_TIME:
            return "".join(against(words, "pickup", parcel.pickup_due, parcel.accepted_at))
        case IndicatorName.TRACE_COMPLETE:
            return words.count("parcels.gaps", parcel.gaps)
        case IndicatorName.LOSS:
            return state_chip(words, parcel.state).text
        case IndicatorName.DAMAGE:
            return words("trace.damaged")
        case _:
            return words(f"parcels.lost.{indicator}")
