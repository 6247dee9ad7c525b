"""Holders (责任链): whom the scans point at, by what a complaint is about."""

from datetime import timedelta
from uuid import uuid4

import pytest

from credit_scoring.complaints.codes.categories import Category
from credit_scoring.complaints.holders import find_holdings, propose_responsible
from tests.credit_scoring.complaints.builders import RECEIVED
from tracker.chain.scan import Scan
from tracker.wire.steps import Step


def scan(step: Step, hours: float, carrier: str, station: str) -> Scan:
    moment = RECEIVED + timedelta(hours=hours)
    return Scan(
        event_id=uuid4(), waybill_no="QN1", step=step, event_time=moment, record_time=moment, carrier=carrier,
        station=station, device="PDA-1", seq=1, details=None, operator=None, place=None, corrects=None,
        imported=False, intake_findings=(), position=1,
    )  # fmt: skip


ROAD = [
    scan(Step.ANNOUNCED, -2, "BLUEBIRD", "A"),
    scan(Step.ACCEPTED, 0, "BLUEBIRD", "A"),
    scan(Step.DEPARTED, 2, "BLUEBIRD", "A"),
    scan(Step.ARRIVED, 20, "FARREACH", "HUB"),
    scan(Step.DAMAGED, 21, "FARREACH", "HUB"),
    scan(Step.DELIVERED, 24, "POSTROAD", "B"),
]


def test_a_parcel_is_in_ones_hands_from_the_first_scan_until_anothers() -> None:
    held = find_holdings(ROAD)
    assert [(each.carrier, each.station) for each in held] == [
        ("BLUEBIRD", "A"),
        ("FARREACH", "HUB"),
        ("POSTROAD", "B"),
    ]
    assert held[0].since == RECEIVED
    assert [each.until for each in held[:-1]] == [each.since for each in held[1:]]
    assert held[-1].until is None


@pytest.mark.parametrize(
    ("category", "carrier", "reason"),
    [
        (Category.ACCEPTANCE, "BLUEBIRD", "accepted_it"),
        (Category.OVERCHARGE, "BLUEBIRD", "accepted_it"),
        (Category.DAMAGE, "FARREACH", "found_it_damaged"),
        (Category.DELIVERY, "POSTROAD", "delivered_it"),
        (Category.LOSS, "POSTROAD", "had_it_last"),
        (Category.OTHER, "POSTROAD", "had_it_last"),
    ],
)
def test_the_proposal_follows_what_it_is_about(category: Category, carrier: str, reason: str) -> None:
    found = propose_responsible(ROAD, category, carrier="BLUEBIRD", now=RECEIVED + timedelta(hours=24))
    assert (found.carrier, found.reason) == (carrier, reason)


def test_a_delay_points_at_who_held_it_longest() -> None:
    now = RECEIVED + timedelta(hours=25)
    assert propose_responsible(ROAD, Category.DELAY, carrier="X", now=now).carrier == "BLUEBIRD"
    later = RECEIVED + timedelta(days=9)
    assert propose_responsible(ROAD, Category.DELAY, carrier="X", now=later).carrier == "POSTROAD"


def test_without_scans_it_is_the_parcels_carrier() -> None:
    found = propose_responsible([], Category.LOSS, carrier="EVENWAY", now=RECEIVED)
    assert (found.carrier, found.station, found.reason) == ("EVENWAY", None, "no_scans")
    assert propose_responsible(ROAD[:2], Category.DAMAGE, carrier="X", now=RECEIVED).reason == "had_it_last"
