"""The stages of a parcel's way: times between its scans, in whole milliseconds, that add up."""

from datetime import timedelta

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.chain.builders import IDENTIFIED, lives, scan
from tracker.chain.fold import fold
from tracker.chain.parcel import RECORDED_LATE, Parcel
from tracker.chain.scan import Scan

HOUR_MS = 3_600_000


def walk(**changes: float | None) -> Parcel:
    """A delivered parcel's life, its scans so many hours after the start; None leaves one out."""
    hours = {"accepted": 0, "departed": 3, "arrived": 20, "out_for_delivery": 24, "delivered": 26.5, **changes}
    return fold([scan(step, hour) for step, hour in hours.items() if hour is not None])[0]


def stages(parcel: Parcel) -> tuple[int | None, ...]:
    return (parcel.origin_ms, parcel.transport_ms, parcel.destination_ms, parcel.delivery_ms)


def test_a_delivered_parcels_stages_add_up_to_its_full_time() -> None:
    parcel = walk()
    assert stages(parcel) == (3 * HOUR_MS, 17 * HOUR_MS, 4 * HOUR_MS, 2.5 * HOUR_MS)
    assert parcel.full_ms == 26.5 * HOUR_MS


@pytest.mark.parametrize("missing", ["departed", "arrived", "out_for_delivery"])
def test_a_missing_scan_leaves_the_stages_unknown_and_the_full_time_known(missing: str) -> None:
    parcel = walk(**{missing: None})
    assert stages(parcel) == (None,) * 4
    assert parcel.full_ms == 26.5 * HOUR_MS


def test_a_parcel_that_is_not_delivered_has_no_times() -> None:
    parcel = walk(delivered=None)
    assert (*stages(parcel), parcel.full_ms) == (None,) * 5


def test_scans_in_the_wrong_order_give_no_time_below_nought() -> None:
    assert stages(walk(arrived=25)) == (None,) * 4


@given(lives())
def test_known_stages_always_add_up(scans: list[Scan]) -> None:
    parcel = fold(scans)[0]
    known = [stage for stage in stages(parcel) if stage is not None]
    assert len(known) in (0, 4)
    assert not known or sum(known) == pytest.approx(parcel.full_ms, abs=4)


@pytest.mark.parametrize(("origin", "destination", "same"), [
    ("330106", "330110", True), ("330106", "330206", False), (None, "330106", False), ("330106", None, False),
])  # fmt: skip
def test_a_city_is_the_first_four_digits(origin: str | None, destination: str | None, same: bool) -> None:
    details = replace(IDENTIFIED, origin=origin, destination=destination)
    assert fold([scan("accepted", details=details)])[0].same_city is same


def test_a_scan_is_late_when_it_is_recorded_long_after_it_was_made() -> None:
    accepted, arrived = scan("accepted"), scan("arrived", 5)
    in_time = replace(accepted, record_time=accepted.event_time + RECORDED_LATE)
    late = replace(arrived, record_time=arrived.event_time + RECORDED_LATE + timedelta(microseconds=1))
    assert fold([in_time, late])[0].scans_late == 1
    assert fold([in_time, replace(late, imported=True)])[0].scans_late == 0
