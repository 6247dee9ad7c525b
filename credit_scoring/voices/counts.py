"""Counting voices (评价归集): what the three classes of raters say of each carrier in a scope, as sums of integers."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from credit_scoring.evidence.evidence import Counts
from credit_scoring.evidence.scope import Scope
from credit_scoring.governance.objections.exclusions import is_excluded
from credit_scoring.governance.objections.objection import PointKind
from credit_scoring.scoring.conditions import in_scope
from credit_scoring.voices.aspects import MOST, Aspect, Rater, indicator_name
from credit_scoring.voices.voice_tables import VoiceRow, VoiceWeightRow
from tracker.store.tables.parcel import ParcelRow
from tracker.wire.divisions import division_prefix

_LATER, _NEWER = aliased(VoiceRow), aliased(VoiceWeightRow)


def counts_of_voices(session: Session, scope: Scope) -> Counts:
    """By carrier the twelve indicators: (sum of weight x (stars - 1), 4 x sum of weight), weights in hundredths.

    A review belongs to its parcel: to its carrier as it is known now, its day and its origin. A merchant's month and an
    inspection's day lie wholly in the window; an inspection in the station's division, or that of who inspected; a
    merchant's rating nationwide only. Of each thread its latest word by `as_of` counts, with the weight it had by then.
    What nobody rated is (0, 0).
    """
    found: Counts = {}
    for rater, statement in {
        Rater.CONSUMER: _by_parcel(scope),
        Rater.MERCHANT: _by_days(Rater.MERCHANT, scope),
        Rater.REGULATOR: _by_days(Rater.REGULATOR, scope),
    }.items():
        for row in session.connection().execute(statement).mappings():
            counts = found.setdefault(row["carrier"], _nothing())
            for aspect in Aspect:
                name = indicator_name(rater, aspect)
                counts[name] = (int(row[f"{aspect}_met"] or 0), int(row[f"{aspect}_counted"] or 0))
    return found


def _nothing() -> dict[str, tuple[int, int]]:
    return {indicator_name(rater, aspect): (0, 0) for rater in Rater for aspect in Aspect}


def _by_parcel(scope: Scope) -> sa.Select[Any]:
    carrier = col(ParcelRow.carrier)
    same = col(ParcelRow.waybill_no) == col(VoiceRow.waybill_no)
    return _sums(Rater.CONSUMER, scope, carrier).join(ParcelRow, same).where(*in_scope(scope)).group_by(carrier)


def _by_days(rater: Rater, scope: Scope) -> sa.Select[Any]:
    carrier = col(VoiceRow.carrier)
    statement = _sums(rater, scope, carrier).where(
        col(VoiceRow.since) >= scope.window.from_date, col(VoiceRow.until) <= scope.window.to_date
    )
    if scope.division is not None:
        statement = statement.where(col(VoiceRow.division).startswith(division_prefix(scope.division), autoescape=True))
    return statement.group_by(carrier)


def _sums(rater: Rater, scope: Scope, carrier: Mapped[str]) -> sa.Select[Any]:
    weight = col(VoiceWeightRow.hundredths)
    columns: list[ColumnElement[Any]] = [carrier.label("carrier")]
    for aspect in Aspect:
        stars: ColumnElement[int] = getattr(VoiceRow, aspect)
        columns.append(sa.func.sum(weight * (stars - 1)).label(f"{aspect}_met"))  # nothing where there are no stars
        columns.append(
            sa.func.sum(sa.case((stars.is_not(None), weight * (MOST - 1)), else_=0)).label(f"{aspect}_counted")
        )
    return (
        sa.select(*columns)
        .select_from(VoiceRow)
        .join(VoiceWeightRow, col(VoiceWeightRow.voice_no) == col(VoiceRow.voice_no))
        .where(col(VoiceRow.rater) == rater, *_as_of(scope))
    )


def _as_of(scope: Scope) -> list[ColumnElement[bool]]:
    """Recorded by then, nothing that takes its place was, and no objection to it was upheld."""
    later = sa.exists().where(
        col(_LATER.thread) == col(VoiceRow.thread),
        col(_LATER.turn) > col(VoiceRow.turn),
        col(_LATER.recorded_at) <= scope.as_of,
    )
    newer = sa.exists().where(
        col(_NEWER.voice_no) == col(VoiceRow.voice_no),
        col(_NEWER.turn) > col(VoiceWeightRow.turn),
        col(_NEWER.weighed_at) <= scope.as_of,
    )
    weighed = col(VoiceWeightRow.weighed_at) <= scope.as_of
    number = sa.cast(col(VoiceRow.voice_no), sa.String)
    excluded = is_excluded(PointKind.VOICE, number, as_of=scope.as_of)
    return [col(VoiceRow.recorded_at) <= scope.as_of, weighed, sa.not_(later), sa.not_(newer), sa.not_(excluded)]
