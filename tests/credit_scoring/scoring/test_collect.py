"""Collecting: counts by the database, each boundary held to the microsecond, on both engines."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Engine

from credit_scoring.archive.record import Source
from credit_scoring.archive.volume_store import append_volume, parse_volume
from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.governance.objections.objection import PointKind
from credit_scoring.governance.objections.objection_tables import ExclusionRow, ObjectionRow
from credit_scoring.scoring.collect import collect_evidence, log_point_of
from credit_scoring.scoring.conditions import PICKUP_GRACE
from credit_scoring.scoring.counting import count_hidden, count_parcels
from credit_scoring.scoring.parcels import find_parcels
from tests.credit_scoring.rows import (
    ACCEPTED_AT,
    AS_OF,
    HOUR_MS,
    MICROSECOND,
    NO_TIMES,
    SCOPE,
    TERM,
    WINDOW,
    many,
    on_its_way,
    parcel,
    picked_up_only,
    store,
)
from tracker.store.database import reading, transaction
from tracker.store.tables.parcel import ParcelRow
from tracker.store.tables.registry import CarrierRow

DUE = ACCEPTED_AT + TERM
NEVER = dict.fromkeys(("accepted_at", "due_at", "final_at"))
UNSEEN: dict[str, Any] = {"state": "announced", "on_the_way": False, **NEVER, **NO_TIMES}


def collected(engine: Engine, scope: Scope = SCOPE) -> list[CarrierEvidence]:
    with reading(engine) as session:
        return collect_evidence(session, scope)


def count_of(engine: Engine, name: IndicatorName, rows: list[ParcelRow], scope: Scope = SCOPE) -> Count:
    store(engine, rows)
    (evidence,) = collected(engine, scope)
    return evidence.counts[name]


def test_an_empty_store_has_no_evidence_and_no_position(engine: Engine) -> None:
    assert collected(engine) == []
    with reading(engine) as session:
        assert log_point_of(session) == LogPoint(0, "00" * 32)


def test_the_position_is_the_logs(sqlite_engine: Engine) -> None:
    store(sqlite_engine, [], position=12_380)
    with reading(sqlite_engine) as session:
        assert log_point_of(session).position == 12_380


def test_carriers_are_counted_apart_and_come_by_code(engine: Engine) -> None:
    store(engine, [*many(3, "POSTROAD"), *many(2, "BLUEBIRD"), picked_up_only("L1")])
    assert [(each.carrier, each.parcels, each.on_the_way) for each in collected(engine)] == [
        ("BLUEBIRD", 2, 2),
        ("LADE", 1, 0),
        ("POSTROAD", 3, 3),
    ]


def test_a_parcel_belongs_to_the_local_day_on_which_it_was_accepted(engine: Engine) -> None:
    first, last = datetime(2026, 4, 30, 16, tzinfo=UTC), datetime(2026, 5, 30, 16, tzinfo=UTC) - MICROSECOND
    inside = [parcel("IN1", accepted_at=first), parcel("IN2", accepted_at=last)]
    outside = [
        parcel("OUT1", accepted_at=first - MICROSECOND),
        parcel("OUT2", accepted_at=last + MICROSECOND),
        parcel("OUT3", state="announced", accepted_at=None, announced_at=ACCEPTED_AT),
    ]
    store(engine, [*inside, *outside])
    assert [each.parcels for each in collected(engine)] == [2]


@pytest.mark.parametrize(
    ("division", "parcels"),
    [("330100", 2), ("330106", 1), ("330000", 3), ("500000", 1), ("500100", 0), ("33%", 0), ("______", 0)],
)
def test_a_division_is_a_prefix_of_the_origin_without_its_zeros(engine: Engine, division: str, parcels: int) -> None:
    origins = {"H1": "330106", "H2": "330100", "J1": "330402", "C1": "500000", "S1": "310115", "N1": None}
    store(engine, [parcel(waybill_no, origin=origin) for waybill_no, origin in origins.items()])
    assert sum(each.parcels for each in collected(engine, replace(SCOPE, division=division))) == parcels


def test_delivered_exactly_at_the_promise_is_in_time_and_a_microsecond_later_is_late(engine: Engine) -> None:
    rows = [parcel("AT", final_at=DUE), parcel("AFTER", final_at=DUE + MICROSECOND)]
    assert count_of(engine, IndicatorName.DELIVERED_IN_TIME, rows) == Count(1, 2)


def test_not_delivered_is_late_once_past_due_and_left_out_until_then(engine: Engine) -> None:
    rows = [
        on_its_way("PAST", due_at=AS_OF - MICROSECOND),
        on_its_way("NOW", due_at=AS_OF),
        on_its_way("LATER", due_at=AS_OF + TERM),
    ]
    assert count_of(engine, IndicatorName.DELIVERED_IN_TIME, rows) == Count(0, 1)


def test_a_delivered_parcel_counts_though_it_is_not_due_yet(engine: Engine) -> None:
    rows = [parcel("EARLY", due_at=AS_OF + TERM), on_its_way("OPEN", due_at=AS_OF + TERM)]
    assert count_of(engine, IndicatorName.DELIVERED_IN_TIME, rows) == Count(1, 1)


@pytest.mark.parametrize("state", ["returned", "destroyed", "lost", "held", "awaiting_pickup"])
def test_what_ended_otherwise_was_not_delivered(engine: Engine, state: str) -> None:
    final_at = DUE - MICROSECOND if state in ("returned", "destroyed") else None
    rows = [parcel("P1", state=state, final_at=final_at)]
    assert count_of(engine, IndicatorName.DELIVERED_IN_TIME, rows) == Count(0, 1)


def test_picked_up_exactly_at_the_promise_is_in_time_and_a_microsecond_later_is_late(engine: Engine) -> None:
    rows = [
        picked_up_only("AT", pickup_due=ACCEPTED_AT),
        picked_up_only("AFTER", pickup_due=ACCEPTED_AT - MICROSECOND),
        picked_up_only("NEVER-PROMISED", pickup_due=None),
    ]
    assert count_of(engine, IndicatorName.PICKED_UP_IN_TIME, rows) == Count(1, 2)


def test_a_trace_is_judged_when_the_way_has_ended_or_the_parcel_is_lost(engine: Engine) -> None:
    rows = [
        parcel("DELIVERED"),
        parcel("DELIVERED-GAP", gaps=1),
        parcel("RETURNED", state="returned"),
        parcel("DESTROYED", state="destroyed", gaps=2),
        on_its_way("LOST", state="lost"),
        on_its_way("MOVING"),
        on_its_way("MOVING-GAP", gaps=1),
        parcel("NOT-ON-THE-WAY", on_the_way=False),
    ]
    assert count_of(engine, IndicatorName.TRACE_COMPLETE, rows) == Count(3, 5)


def test_lost_and_destroyed_count_as_loss_of_all_parcels(engine: Engine) -> None:
    rows = [parcel("D"), on_its_way("L", state="lost"), parcel("X", state="destroyed"), on_its_way("M")]
    assert count_of(engine, IndicatorName.LOSS, rows) == Count(2, 4)


def test_damaged_counts_whatever_became_of_the_parcel(engine: Engine) -> None:
    rows = [parcel("D", damaged=True), on_its_way("M", damaged=True), parcel("W")]
    assert count_of(engine, IndicatorName.DAMAGE, rows) == Count(2, 3)


def test_imported_history_counts_like_any_other(engine: Engine) -> None:
    store(engine, [parcel("A", imported=True), parcel("B")])
    assert [each.parcels for each in collected(engine)] == [2]


def test_times_are_compared_as_moments_whatever_their_offset(engine: Engine) -> None:
    local = timezone(timedelta(hours=8))
    rows = [parcel("AT", final_at=DUE.astimezone(local)), parcel("AFTER", final_at=DUE + MICROSECOND)]
    moved = replace(SCOPE, as_of=AS_OF.astimezone(local))
    assert count_of(engine, IndicatorName.DELIVERED_IN_TIME, rows, moved) == Count(1, 2)


def test_the_database_counts_parcels_in_two_statements_however_many_carriers_there_are(sqlite_engine: Engine) -> None:
    store(sqlite_engine, [*many(40, "BLUEBIRD"), *many(40, "POSTROAD")])
    statements: list[str] = []

    def remember(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(sqlite_engine, "before_cursor_execute", remember)
    assert len(collected(sqlite_engine)) == 2
    selects = [statement for statement in statements if "FROM parcel" in statement]
    assert len(selects) == 2
    assert all("GROUP BY" in select for select in selects)


def test_the_database_divides_nothing_and_puts_nothing_in_order() -> None:
    """No average, percentile or date function either: whole numbers only, so that every engine gives the same."""
    for statement in (count_parcels(SCOPE), count_hidden(SCOPE)):
        said = re.sub(r"%\(\w+\)s", "?", str(statement.compile(dialect=postgresql.dialect())))
        functions = set(re.findall(r"(\w+)\s*\(", said)) - {"IN", "WHEN", "AND", "OR", "NOT", "WHERE"}
        assert functions <= {"sum", "count"}
        assert not set(said) & set("/%")
        assert "ORDER BY" not in said


def test_stages_are_summed_in_milliseconds_over_the_parcels_that_have_them(engine: Engine) -> None:
    store(engine, [parcel("A"), parcel("B", full_ms=30 * HOUR_MS, delivery_ms=HOUR_MS), on_its_way("C")])
    (evidence,) = collected(engine)
    assert evidence.counts[IndicatorName.FULL_HOURS] == Count(54 * HOUR_MS, 2)
    assert evidence.counts[IndicatorName.DELIVERY_HOURS] == Count(3 * HOUR_MS, 2)


def test_what_was_announced_and_never_scanned_is_expected(engine: Engine) -> None:
    rows = [
        *many(3, "BLUEBIRD", announced_at=ACCEPTED_AT),
        parcel("HIDDEN", announced_at=ACCEPTED_AT, **UNSEEN),
        parcel("AT-THE-EDGE", announced_at=WINDOW.end, **UNSEEN),
        parcel("BEFORE", announced_at=WINDOW.start - MICROSECOND, **UNSEEN),
        parcel("ALL-HIDDEN", "POSTROAD", announced_at=ACCEPTED_AT, **UNSEEN),
        *many(2, "EVENWAY"),
    ]
    store(engine, rows)
    told = {each.carrier: (each.parcels, each.expected, each.hidden) for each in collected(engine)}
    assert told == {"BLUEBIRD": (3, 4, 1), "POSTROAD": (0, 1, 1), "EVENWAY": (2, None, 0)}


def test_an_order_of_the_last_days_may_still_be_fetched(engine: Engine) -> None:
    store(engine, [parcel("A"), parcel("FRESH", announced_at=ACCEPTED_AT, **UNSEEN)])
    early = replace(SCOPE, as_of=ACCEPTED_AT + PICKUP_GRACE)
    late = replace(SCOPE, as_of=ACCEPTED_AT + PICKUP_GRACE + MICROSECOND)
    assert [each.hidden for each in collected(engine, early)] == [0]
    assert [each.hidden for each in collected(engine, late)] == [1]


def test_what_was_declared_and_not_scanned_is_expected_month_by_month(engine: Engine) -> None:
    store(engine, [*many(3, "BLUEBIRD"), *many(2, "POSTROAD", start=5)])
    may = Scope(Window(date(2026, 5, 1), date(2026, 6, 1)), None, AS_OF)
    with transaction(engine) as session:
        session.add_all([CarrierRow(code="BLUEBIRD"), CarrierRow(code="POSTROAD")])
        session.flush()
        for code, parcels in (("BLUEBIRD", 5), ("POSTROAD", 1)):  # more was scanned than declared: nothing is hidden
            volume = parse_volume(code, "2026-05", "", parcels)
            append_volume(session, volume, source=Source.DECLARED, entered_by="test", recorded_at=AS_OF)
    told = {each.carrier: (each.parcels, each.expected, each.hidden) for each in collected(engine, may)}
    assert told == {"BLUEBIRD": (3, 5, 2), "POSTROAD": (2, 2, 0)}


def test_what_an_objection_took_out_is_counted_no_more_and_never_before(engine: Engine) -> None:
    store(engine, [parcel("GOOD"), parcel("DISPUTED", damaged=True, state="lost")])
    decided = AS_OF - timedelta(days=1)
    with transaction(engine) as session:
        what = {"carrier": "BLUEBIRD", "kind": PointKind.PARCEL, "key": "DISPUTED"}
        filed = {"year": 2026, "ground": "x", "evidence_sha256": "", "evidence_type": "", "filed_by": "x"}
        session.add(ObjectionRow(objection_no=1, filed_at=decided, **what, **filed))
        session.flush()
        session.add(ExclusionRow(objection_no=1, reason="x", recorded_at=decided, **what))
    (now,), (before,) = collected(engine), collected(engine, replace(SCOPE, as_of=decided - MICROSECOND))
    assert (now.parcels, now.counts[IndicatorName.DAMAGE]) == (1, Count(0, 1))
    assert (before.parcels, before.counts[IndicatorName.DAMAGE]) == (2, Count(1, 2))
    with reading(engine) as session:
        told = {"session": session, "carrier": "BLUEBIRD", "window": WINDOW, "division": None}
        assert find_parcels(indicator=IndicatorName.DAMAGE, as_of=AS_OF, **told) == []
        assert find_parcels(indicator=IndicatorName.DAMAGE, as_of=decided - MICROSECOND, **told) == ["DISPUTED"]
