"""The history: months of parcels before the fleet's own, which arrive, and in no other's name."""

from collections import Counter
from datetime import timedelta

import pytest

from scanners.simulator.history import simulate_history
from scanners.simulator.numbering import DAYS
from scanners.simulator.scanning import SimScan
from tests.scanners.simulator.conftest import NOW, SEED
from tracker.wire.steps import Step

SINCE = NOW - timedelta(days=75)
END = NOW - timedelta(days=DAYS)
PARCELS = 120


@pytest.fixture(scope="module")
def history(fleet) -> list[SimScan]:
    return list(simulate_history(fleet, seed=SEED, since=SINCE, now=NOW, parcels=PARCELS))


def test_uploads_come_in_order_and_none_after_now(history):
    times = [upload.upload_time for upload in history]
    assert times == sorted(times)
    assert times[0] > SINCE
    assert END < times[-1] <= NOW


def test_every_day_before_the_fleets_month_has_its_orders_and_none_after(history):
    first = {}
    for upload in history:
        first.setdefault(upload.scan.waybill_no, upload.scan.event_time)
    days = Counter(moment.date() for moment in first.values())
    assert len(days) >= 44
    assert sum(days.values()) == pytest.approx(45 / 30 * PARCELS, rel=0.1)
    assert max(first.values()) < END + timedelta(days=1)


def test_parcels_on_their_way_when_it_ends_arrive(history):
    late = {
        upload.scan.waybill_no
        for upload in history
        if upload.scan.step is Step.ACCEPTED and END - timedelta(days=3) < upload.scan.event_time < END
    }
    ended = {
        upload.scan.waybill_no
        for upload in history
        if upload.scan.step in (Step.DELIVERED, Step.RETURNED, Step.LOST, Step.DESTROYED)
    }
    assert len(late) > 5
    assert len(late & ended) > 0.85 * len(late)


def test_no_scan_comes_twice_but_those_that_stations_repeat(history):
    times = Counter((upload.scan.event_id, upload.upload_time) for upload in history)
    assert set(times.values()) == {1}


def test_its_waybills_are_none_of_the_fleets(history, by_waybill):
    assert not {upload.scan.waybill_no for upload in history} & by_waybill.keys()


def test_without_days_before_the_fleets_month_there_is_none(fleet):
    assert list(simulate_history(fleet, seed=SEED, since=END, now=NOW, parcels=PARCELS)) == []
