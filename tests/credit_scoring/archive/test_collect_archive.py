"""Collecting from the archives: integers by carrier, by the day and the place of each document, as of a moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlmodel import Session

from credit_scoring.archive.archive_store import append_record
from credit_scoring.archive.collect_archive import counts_of_archive
from credit_scoring.archive.parse import parse_record
from credit_scoring.archive.record import Source
from credit_scoring.archive.volume_store import append_volume, declared_volumes, parse_volume, volumes_of
from credit_scoring.errors import ArchiveRefused
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window, close_of
from tests.credit_scoring.archive.told import (
    BIRD,
    DAY,
    HEAD,
    NOW,
    PROOF,
    ROAD,
    SCOPE,
    about,
    licence,
    open_archives,
    outlet,
    penalty,
    tell,
)
from tracker.store.database import reading, transaction
from tracker.store.registry import Carrier, save_carrier

EMPTY = {"penalties": (0, 1), "misconduct": (0, 1), "honours": (0, 1), "prohibited_goods": (0, 0)}


def counted(engine: Engine, scope: Scope = SCOPE) -> dict[str, dict[str, tuple[int, int]]]:
    with reading(engine) as session:
        return counts_of_archive(session, scope)


def misconduct(code: str = "throwing", holder: str = BIRD, **fields: Any) -> dict[str, Any]:
    return about(holder, "misconduct", misconduct=code, **PROOF | fields)


def test_no_archive_says_nothing_and_an_empty_one_says_none(engine: Engine) -> None:
    assert counted(engine) == {}
    open_archives(engine, BLUEBIRD=BIRD)
    with transaction(engine) as session:
        save_carrier(session, Carrier("NOCODE"))
        save_carrier(session, Carrier("NOARCHIVE", uscc=ROAD))
    assert counted(engine) == {"BLUEBIRD": EMPTY}


def test_every_class_of_records_is_counted(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD, BLUEBIRD2=BIRD)
    goods = {"category": "FIREARMS", **PROOF}
    _, _, *rest = tell(
        engine, penalty("1"), penalty("2", measures=["warning"]), penalty("3", measures=["business_stop"]),
        penalty("4", document_date="2025-12-31"), misconduct(), misconduct("inspection_omitted"),
        about(kind="prohibited_goods", found="inspection", **goods),
        about(kind="prohibited_goods", found="on_the_way", **goods),
        about(kind="prohibited_goods", found="acceptance", **goods),
        about(kind="honour", title="守信企业", level="city", **PROOF),
        about(kind="commitment", template="2026-1", parts=["lawful", "truthful", "quality", "service", "liability"],
              published_on="2026-01-05", source="declared", **PROOF),
    )  # fmt: skip
    commitment = rest[-1].entry.record_id
    for verdict, day in (("kept", "2026-06-30"), ("kept", "2026-07-31"), ("broken", "2026-08-31")):
        tell(
            engine,
            about(kind="commitment_judgement", commitment=str(commitment), verdict=verdict, document_date=day, **PROOF),
        )
    counts = counted(engine)
    assert counts["BLUEBIRD"] == counts["BLUEBIRD2"]
    assert counts["BLUEBIRD"] == {
        "penalties": (3 + 1 + 10, 1),
        "misconduct": (2, 1),
        "prohibited_goods": (2, 0),
        "honours": (1, 1),
        "commitments_kept": (2, 3),
    }


def test_the_days_with_a_licence_are_counted_without_those_it_was_halted(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    halt = {"number": "国邮20200001A", **PROOF}
    tell(
        engine,
        licence(valid_until="2026-06-30"),
        about(kind="licence_halt", halt="suspended", valid_from="2026-03-01", valid_until="2026-03-10", **halt),
    )
    assert counted(engine)["BLUEBIRD"]["licence_valid"] == (181 - 10, 365)
    renewed = licence("国邮20260009B", valid_from="2026-07-01", valid_until="2031-06-30")
    tell(engine, renewed)
    assert counted(engine)["BLUEBIRD"]["licence_valid"] == (355, 365)
    tell(
        engine,
        about(kind="licence_halt", halt="revoked", valid_from="2026-08-01", **halt | {"number": "国邮20260009B"}),
    )
    assert counted(engine)["BLUEBIRD"]["licence_valid"] == (181 - 10 + 31, 365)
    early = replace(SCOPE, as_of=NOW)  # 1 September: no day counts that has not come
    assert counted(engine, early)["BLUEBIRD"]["licence_valid"] == (181 - 10 + 31, 244)


def test_a_licence_counts_where_it_is_for(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    tell(engine, licence(areas=["500000"]))
    valid = {place: counted(engine, replace(SCOPE, division=place))["BLUEBIRD"]["licence_valid"][0]
             for place in ("500112", "500000", "330100", None)}  # fmt: skip
    assert valid == {"500112": 365, "500000": 365, "330100": 0, None: 365}


def test_outlets_count_once_they_are_filed_or_their_20_days_are_over(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    tell(
        engine,
        outlet("FILED", opened="2025-05-01", filed="2025-05-09"),
        outlet("LATE", opened="2026-01-01", filed="2026-06-01"),
        outlet("NEVER", opened="2026-02-01"),
        outlet("CLOSED", opened="2024-02-01", valid_until="2025-12-31"),
        outlet("NEW", opened="2026-08-20"),
        outlet("ELSEWHERE", opened="2025-02-01", division="330106"),
    )
    assert counted(engine)["BLUEBIRD"]["outlets_filed"] == (2, 5)
    assert counted(engine, replace(SCOPE, as_of=NOW))["BLUEBIRD"]["outlets_filed"] == (2, 4)
    assert counted(engine, replace(SCOPE, division="500000"))["BLUEBIRD"]["outlets_filed"] == (2, 4)


@pytest.mark.parametrize(("days", "missed"), [(20, 0), (21, 1)])
def test_the_20th_day_is_in_time(sqlite_engine: Engine, days: int, missed: int) -> None:
    open_archives(sqlite_engine, BLUEBIRD=BIRD)
    tell(sqlite_engine, outlet("ONE", opened=str(date(2026, 9, 1) - days * DAY)))
    found = counted(sqlite_engine, replace(SCOPE, as_of=NOW))["BLUEBIRD"].get("outlets_filed", (0, 0))
    assert found == (0, missed)


def test_a_record_counts_in_its_division_and_what_has_none_nationwide_only(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    tell(
        engine,
        penalty("1", division="500112"),
        penalty("2", division="500000"),
        penalty("3", division="330100"),
        penalty("4"),
    )
    points = {place: counted(engine, replace(SCOPE, division=place))["BLUEBIRD"]["penalties"][0]
              for place in (None, "500000", "500112", "330000", "110000")}  # fmt: skip
    assert points == {None: 12, "500000": 6, "500112": 3, "330000": 3, "110000": 0}


def test_a_revoked_penalty_counts_until_its_revocation_is_recorded(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    (told,) = tell(engine, penalty(measures=["huge_fine"]))
    later = NOW + 5 * DAY
    tell(
        engine,
        about(kind="penalty", replaces=str(told.entry.record_id), revokes=True, valid_from="2026-08-01", **PROOF),
        at=later,
    )
    points = [counted(engine, replace(SCOPE, as_of=moment))["BLUEBIRD"]["penalties"]
              for moment in (NOW - DAY / 24 / 60, NOW, later - timedelta(seconds=1), later)
              if counted(engine, replace(SCOPE, as_of=moment))]  # fmt: skip
    assert points == [(10, 1), (10, 1), (0, 1)]


def test_what_is_recorded_after_the_close_does_not_count_for_the_year(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    close = close_of(2026)
    scope = replace(SCOPE, as_of=close - timedelta(microseconds=1))
    tell(engine, penalty("1", document_date="2026-12-30"), at=close - timedelta(seconds=1))
    tell(engine, penalty("2", document_date="2026-12-30"), at=close)
    assert counted(engine, scope)["BLUEBIRD"]["penalties"] == (3, 1)
    assert counted(engine, replace(scope, as_of=close))["BLUEBIRD"]["penalties"] == (6, 1)


def test_a_headquarters_answers_for_its_franchisees_of_that_day(engine: Engine) -> None:
    open_archives(engine, BRAND=HEAD, TOWN=ROAD, BLUEBIRD=BIRD)
    tell(
        engine,
        about(ROAD, "franchise", parent=HEAD, valid_from="2026-02-01", valid_until="2026-06-30"),
        about(BIRD, "franchise", parent=ROAD, valid_from="2026-02-01"),
        penalty("before", BIRD, document_date="2026-01-31"),
        penalty("within", BIRD, document_date="2026-06-30"),
        penalty("after", BIRD, document_date="2026-07-01"),
        licence(holder=HEAD),
    )
    assert {code: each["penalties"][0] for code, each in counted(engine).items()} == {
        "BRAND": 3,
        "TOWN": 6,
        "BLUEBIRD": 9,
    }
    assert [code for code, each in counted(engine).items() if "licence_valid" in each] == ["BRAND"]


def test_a_successor_takes_records_and_days_over(engine: Engine) -> None:
    open_archives(engine, OLD=BIRD, NEW=ROAD)
    tell(engine, penalty("1", BIRD), penalty("2", ROAD), licence("1", BIRD, valid_until="2026-04-30"),
         licence("2", ROAD, valid_from="2026-05-01"))  # fmt: skip
    before = replace(SCOPE, as_of=NOW)
    tell(
        engine,
        about(BIRD, "succession", successor=ROAD, reason="merger", valid_from="2026-05-01", **PROOF),
        at=NOW + DAY,
    )
    counts = counted(engine)
    assert counts["OLD"] == counts["NEW"]
    assert counts["NEW"]["penalties"] == (6, 1)
    assert counts["NEW"]["licence_valid"] == (365, 365)
    assert counted(engine, before)["NEW"]["penalties"] == (3, 1)


def declare(
    engine: Engine, month: str, parcels: int, *, at: datetime, division: str = "", carrier: str = "BLUEBIRD"
) -> bool:
    with transaction(engine) as session:
        told = parse_volume(carrier, month, division, parcels)
        return append_volume(session, told, source=Source.DECLARED, entered_by="bird", recorded_at=at)


def test_volumes_are_those_that_stood_at_the_moment_for_exactly_the_division(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    assert declare(engine, "2026-07", 100, at=NOW)
    assert not declare(engine, "2026-07", 100, at=NOW + DAY)
    assert declare(engine, "2026-07", 120, at=NOW + DAY)
    assert declare(engine, "2026-07", 7, at=NOW, division="500000")
    assert declare(engine, "2026-08", 90, at=NOW)

    def volumes(**changes: Any) -> dict[str, dict[str, int]]:
        with reading(engine) as session:
            return declared_volumes(session, replace(SCOPE, **changes))

    assert volumes() == {"BLUEBIRD": {"2026-07": 120, "2026-08": 90}}
    assert volumes(as_of=NOW) == {"BLUEBIRD": {"2026-07": 100, "2026-08": 90}}
    assert volumes(division="500000") == {"BLUEBIRD": {"2026-07": 7}}
    assert volumes(division="500112") == {}
    assert volumes(window=Window(date(2026, 7, 2), date(2026, 8, 31))) == {}
    with reading(engine) as session:
        told = volumes_of(session, "BLUEBIRD")
    assert sorted(each.told.parcels for each in told[:3]) == [7, 90, 100]
    assert told[3].told.parcels == 120
    assert declare(engine, "2026-07", 130, at=NOW)  # a clock that went back: still after what it corrects
    assert volumes()["BLUEBIRD"]["2026-07"] == 130


def test_a_volume_is_declared_after_its_month_and_by_a_known_carrier(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD)
    for month, carrier, fault in (("2026-09", "BLUEBIRD", "month_not_over"), ("2026-08", "NOBODY", "carrier_unknown"),
                                  ("2026-08", BIRD, "carrier_unknown")):  # fmt: skip
        with pytest.raises(ArchiveRefused) as refused:
            declare(engine, month, 1, at=NOW, carrier=carrier)
        assert str(refused.value.fault) == fault


def test_months_are_due_on_the_10th_since_the_first_licence(engine: Engine) -> None:
    open_archives(engine, BLUEBIRD=BIRD, QUIET=ROAD)
    tell(engine, licence(valid_from="2026-06-01"))
    declare(engine, "2026-06", 1, at=datetime(2026, 7, 10, 15, 59, tzinfo=UTC))
    declare(engine, "2026-07", 1, at=datetime(2026, 8, 10, 16, 0, tzinfo=UTC))  # the 11th in Shanghai
    declare(engine, "2026-08", 1, at=datetime(2026, 9, 5, tzinfo=UTC))
    found = {}
    for day in (10, 11):
        scope = replace(SCOPE, as_of=datetime(2026, 9, day, 4, tzinfo=UTC))
        found[day] = counted(engine, scope)["BLUEBIRD"]["volume_declared"]
    assert found == {10: (1, 2), 11: (2, 3)}
    assert "volume_declared" not in counted(engine)["QUIET"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    found=st.lists(
        st.tuples(
            st.sampled_from([BIRD, ROAD, HEAD]),
            st.sampled_from(["warning", "fine", "huge_fine"]),
            st.dates(date(2025, 12, 1), date(2026, 8, 30)),
        ),
        max_size=12,
    ),
    order=st.randoms(),
)
def test_the_order_of_entry_changes_nothing_and_nothing_is_counted_twice(
    sqlite_engine: Engine, found: Any, order: Any
) -> None:
    """By a headquarters and its two franchisees: what counts for the brand is the sum of all three."""
    told = [penalty(f"{number}", holder, measures=[measure], document_date=str(day))
            for number, (holder, measure, day) in enumerate(found)]  # fmt: skip
    weight = {"warning": 1, "fine": 3, "huge_fine": 10}
    results = []
    for _ in range(2):
        order.shuffle(told)
        with Session(sqlite_engine) as session, session.begin() as begun:
            for code, uscc in (("BRAND", HEAD), ("A", BIRD), ("B", ROAD)):
                save_carrier(session, Carrier(code, uscc=uscc))
            opening = [about(each) for each in (BIRD, ROAD, HEAD)]
            tree = [about(each, "franchise", parent=HEAD, valid_from="2020-01-01") for each in (BIRD, ROAD)]
            for each in (*opening, *tree, *told):
                append_record(session, parse_record(each, today=date(2026, 9, 1)), entered_by="x", recorded_at=NOW)
            results.append(counts_of_archive(session, SCOPE))
            begun.rollback()
    sums = {uscc: sum(weight[m] for holder, m, day in found if holder == uscc and day >= date(2026, 1, 1))
            for uscc in (BIRD, ROAD, HEAD)}  # fmt: skip
    points = {code: each["penalties"][0] for code, each in results[0].items()}
    assert results[0] == results[1]
    assert points == {"A": sums[BIRD], "B": sums[ROAD], "BRAND": sum(sums.values())}
