"""The parcels behind a score: exactly those that the counts miss, page by page."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.indicators import Direction, IndicatorName
from credit_scoring.scoring.collect import collect_evidence
from credit_scoring.scoring.conditions import COUNTED
from credit_scoring.scoring.parcels import find_parcels
from tests.credit_scoring.rows import (
    ACCEPTED_AT,
    AS_OF,
    HOUR_MS,
    MICROSECOND,
    SCOPE,
    TERM,
    WINDOW,
    on_its_way,
    parcel,
    store,
)
from tests.credit_scoring.rows import picked_up_only as picked_up
from tracker.store.database import reading

LATE = ACCEPTED_AT + TERM + MICROSECOND


def lost(
    engine: Engine, name: IndicatorName, *, carrier: str = "BLUEBIRD", division: str | None = None,
    after: str | None = None, limit: int = 50,
) -> list[str]:  # fmt: skip
    with reading(engine) as session:
        return find_parcels(
            session, carrier=carrier, indicator=name, window=WINDOW, division=division, as_of=AS_OF,
            after=after, limit=limit,
        )  # fmt: skip


def test_only_the_parcels_that_lost_points_are_listed(engine: Engine) -> None:
    store(
        engine,
        [
            parcel("A-GOOD", pickup_due=ACCEPTED_AT),
            parcel("B-LATE", final_at=LATE),
            on_its_way("C-OVERDUE"),
            on_its_way("D-OPEN", due_at=AS_OF),
            parcel("E-PICKED-LATE", pickup_due=ACCEPTED_AT - MICROSECOND),
            parcel("F-GAP", gaps=2),
            on_its_way("G-LOST", state="lost", due_at=AS_OF),
            parcel("H-DAMAGED", damaged=True),
            parcel("I-CITY", same_city=True, full_ms=25 * HOUR_MS),
            parcel("J-SLOW", full_ms=73 * HOUR_MS),
            parcel("K-LATE-SCAN", scans_late=1),
            parcel("L-LOCKER", stored_without_consent=True),
            parcel("M-UNKNOWN", identity_checked=False),
            parcel("N-UNSEEN", inspected=False),
            parcel("O-UNSCREENED", screened=False),
            parcel("P-IMPORTED", imported=True, identity_checked=False, inspected=False, screened=False),
            parcel("OTHER", "POSTROAD", damaged=True, final_at=LATE),
            parcel("BEFORE", accepted_at=WINDOW.start - MICROSECOND, damaged=True),
        ],
    )
    assert {name: found for name in IndicatorName if (found := lost(engine, name))} == {
        IndicatorName.DELIVERED_IN_TIME: ["B-LATE", "C-OVERDUE"],
        IndicatorName.PICKED_UP_IN_TIME: ["E-PICKED-LATE"],
        IndicatorName.TRACE_COMPLETE: ["F-GAP"],
        IndicatorName.LOSS: ["G-LOST"],
        IndicatorName.DAMAGE: ["H-DAMAGED"],
        IndicatorName.WITHIN_24_HOURS: ["I-CITY"],
        IndicatorName.WITHIN_72_HOURS: ["C-OVERDUE", "D-OPEN", "G-LOST", "J-SLOW"],
        IndicatorName.SCANS_IN_TIME: ["K-LATE-SCAN"],
        IndicatorName.WITHOUT_CONSENT: ["L-LOCKER"],
        IndicatorName.REAL_NAME: ["M-UNKNOWN"],
        IndicatorName.INSPECTION: ["N-UNSEEN"],
        IndicatorName.SCREENING: ["O-UNSCREENED"],
    }


def test_as_many_parcels_are_listed_as_the_counts_lost(engine: Engine) -> None:
    states = ["delivered", "returned", "destroyed", "lost", "held", "in_transit"]
    rows = [
        parcel(
            f"P{number:03}",
            state=states[number % 6],
            final_at=ACCEPTED_AT + timedelta(hours=number) if number % 6 < 3 else None,
            pickup_due=ACCEPTED_AT + timedelta(minutes=number - 60) if number % 4 else None,
            gaps=number % 3,
            full_ms=number * HOUR_MS,
            same_city=number % 2 == 0,
            scans_late=number % 3,
            stored_without_consent=number % 6 == 0,
            identity_checked=number % 9 > 0,
            inspected=number % 10 > 0,
            screened=number % 11 > 0,
            imported=number % 12 == 0,
            damaged=number % 7 == 0,
            due_at=AS_OF + timedelta(hours=1) if number % 5 == 0 else ACCEPTED_AT + TERM,
        )
        for number in range(120)
    ]
    store(engine, rows)
    with reading(engine) as session:
        (evidence,) = collect_evidence(session, SCOPE)
    for name in COUNTED:
        count = evidence.counts[name]
        lower = indicator_of(name).direction is Direction.LOWER
        expected = count.numerator if lower else count.denominator - count.numerator
        assert len(lost(engine, name, limit=1000)) == expected > 0


def test_pages_follow_one_another_without_gap_or_repeat(engine: Engine) -> None:
    store(engine, [parcel(f"P{number:02}", damaged=True) for number in range(7)])
    pages, after = [], None
    while page := lost(engine, IndicatorName.DAMAGE, after=after, limit=3):
        pages.append(page)
        after = page[-1]
    assert pages == [["P00", "P01", "P02"], ["P03", "P04", "P05"], ["P06"]]


@pytest.mark.parametrize("name", list(IndicatorName))
def test_a_feed_that_stops_at_acceptance_lost_nothing_on_the_journey(engine: Engine, name: IndicatorName) -> None:
    store(engine, [picked_up("L1"), picked_up("L2", pickup_due=ACCEPTED_AT - MICROSECOND), picked_up("L3")])
    expected = ["L2"] if name is IndicatorName.PICKED_UP_IN_TIME else []
    assert lost(engine, name, carrier="LADE") == expected


def test_what_the_own_stations_never_scanned_again_is_lost_on_the_journey(engine: Engine) -> None:
    store(engine, [picked_up("L1", imported=False), picked_up("L2", imported=False)])
    assert lost(engine, IndicatorName.DELIVERED_IN_TIME, carrier="LADE") == ["L1", "L2"]


def test_a_division_narrows_the_list(engine: Engine) -> None:
    store(engine, [parcel("A", damaged=True, origin="330106"), parcel("B", damaged=True, origin="310115")])
    assert lost(engine, IndicatorName.DAMAGE, division="330000") == ["A"]
