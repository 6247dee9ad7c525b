"""Promises: the first in order counts, a bare date ends with the local day, without one it is 72 h from acceptance."""

from datetime import datetime, timedelta

import pytest

from tests.chain.builders import CHINA, IDENTIFIED, START, promised, scan
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.chain.trace import build_trace
from tracker.wire.details import AcceptedDetails, Identity
from tracker.wire.steps import Step


def parcel_of(*scans: Scan) -> Parcel:
    trace = build_trace(scans)
    assert trace is not None
    return trace.parcel


def test_without_a_promise_delivery_is_due_72_hours_after_acceptance() -> None:
    assert parcel_of(scan("accepted", 2)).due_at == START + timedelta(hours=74)


def test_before_acceptance_nothing_is_due() -> None:
    assert parcel_of(scan("announced")).due_at is None
    assert parcel_of(scan("departed")).due_at is None


def test_a_bare_date_promise_ends_with_the_local_day() -> None:
    parcel = parcel_of(promised("accepted", 0, "2026-07-03"))
    assert parcel.delivery_due == parcel.due_at == datetime(2026, 7, 4, tzinfo=CHINA)


def test_a_promise_on_an_announced_row_is_to_pick_up_and_on_any_other_to_deliver() -> None:
    parcel = parcel_of(promised("announced", 0, "2026-07-01"), promised("accepted", 1, "2026-07-05"))
    assert parcel.pickup_due == datetime(2026, 7, 2, tzinfo=CHINA)
    assert parcel.delivery_due == datetime(2026, 7, 6, tzinfo=CHINA)
    assert parcel_of(promised("announced", 0, "2026-07-01"), scan("accepted", 1)).delivery_due is None


@pytest.mark.parametrize("step", [step.value for step in Step if step not in (Step.ANNOUNCED, Step.ACCEPTED)])
def test_any_later_row_may_promise_delivery(step: str) -> None:
    details = type(scan(step).details)(promised_at="2026-07-09")
    parcel = parcel_of(scan("accepted"), scan(step, 1, details=details))
    assert parcel.delivery_due == datetime(2026, 7, 10, tzinfo=CHINA)
    assert parcel.pickup_due is None


def test_the_first_promise_in_order_counts_whichever_arrives_first() -> None:
    early, late = promised("departed", 1, "2026-07-03"), promised("arrived", 2, "2026-07-09")
    for order in ([early, late], [late, early]):
        assert parcel_of(scan("accepted"), *order).delivery_due == datetime(2026, 7, 4, tzinfo=CHINA)


def test_a_promise_made_after_the_end_counts_for_nothing() -> None:
    ended = [scan("accepted"), scan("out_for_delivery", 100), scan("delivered", 101)]
    parcel = parcel_of(*ended, promised("departed", 102, "2026-12-31"))
    assert parcel.delivery_due is None
    assert parcel.due_at == START + timedelta(hours=72)


def test_only_a_sign_off_is_a_delivery() -> None:
    delivered = parcel_of(scan("accepted"), scan("delivered", 5))
    assert delivered.delivered_at == delivered.final_at == START + timedelta(hours=5)
    returned = parcel_of(scan("accepted"), scan("returned", 5))
    assert (returned.delivered_at, returned.final_at) == (None, START + timedelta(hours=5))


def test_the_first_acceptance_tells_what_the_parcel_is() -> None:
    first = AcceptedDetails(
        origin="330106", destination="500103", weight_g=1200, identity=Identity(kind="RESIDENT_ID", checked=True)
    )
    second = AcceptedDetails(origin="310101", weight_g=9)
    parcel = parcel_of(
        scan("announced", 0, carrier="EVENWAY"), scan("accepted", 1, details=first), scan("accepted", 2, details=second)
    )
    assert (parcel.carrier, parcel.origin, parcel.destination) == ("BLUEBIRD", "330106", "500103")
    assert (parcel.weight_g, parcel.identity_checked, parcel.inspected) == (1200, True, False)
    assert parcel.accepted_at == START + timedelta(hours=1)
    assert parcel.announced_at == START


def test_first_and_last_are_those_who_had_the_parcel_in_hand() -> None:
    parcel = parcel_of(
        scan("announced", 0, station="SHOP", operator="C0"),
        scan("accepted", 1, station="A", operator="C1"),
        scan("departed", 2, station="A", operator="C2"),
        scan("arrived", 3, station="B"),
    )
    assert (parcel.first_station, parcel.last_station) == ("A", "B")
    assert (parcel.first_operator, parcel.last_operator) == ("C1", "C2")


def test_an_imported_acceptance_marks_the_parcel_as_history() -> None:
    assert parcel_of(scan("accepted", details=IDENTIFIED, imported=True)).imported
    assert not parcel_of(scan("accepted"), scan("departed", 1, imported=True)).imported
