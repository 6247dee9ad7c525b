"""The calibration (校准): the whole fleet's parcels are as the nation's, within what chance allows a sample."""

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from statistics import mean, stdev

import pytest

from scanners.simulator.fleet import CARRIERS
from scanners.simulator.journey import Journey
from scanners.simulator.simulate import journeys
from tests.scanners.simulator.conftest import NOW, SEED
from tracker.wire.steps import Step

ORDERS = 12_000
SETTLED = NOW - timedelta(days=12)  # what was accepted before has ended
ERRORS = 3  # standard errors that a sample may lie from the truth
FULL_HOURS, WITHIN_72 = 53.9, 0.84  # 2024
STAGES = {"origin": 7.83, "transport": 33.61, "destination": 9.60, "delivery": 2.95}  # second quarter of 2023
REGIONS = {"east": 0.768, "centre": 0.157, "west": 0.075}  # 2022
REGION_OF = {"44": "east", "31": "east", "33": "east", "37": "east", "22": "centre", "50": "west"}
MARKET = {"BLUEBIRD": 19.4, "POSTROAD": 15.8, "EVENWAY": 13.3, "FARREACH": 13.2, "FLYGRAIN": 8.4}  # mid 2025
APPEALS, EFFECTIVE = 5.09e-6, 0.89e-6  # first quarter of 2023


@pytest.fixture(scope="module")
def settled(fleet) -> list[Journey]:
    found = journeys(fleet, seed=SEED, parcels=ORDERS, now=NOW)
    return [journey for journey in found if journey.parcel.accepted_at < SETTLED]


@pytest.fixture(scope="module")
def stages(settled) -> list[tuple[float, ...]]:
    """Hours of the four stages of each delivered parcel."""
    found = []
    for journey in settled:
        delivered = journey.time_of(Step.DELIVERED)
        if delivered is not None:
            arrived = max(each.time for each in journey.happenings if each.step is Step.ARRIVED)
            departed, out = journey.time_of(Step.DEPARTED), journey.time_of(Step.OUT_FOR_DELIVERY)
            ends = (journey.parcel.accepted_at, departed, arrived, out, delivered)
            found.append(tuple((b - a) / timedelta(hours=1) for a, b in pairwise(ends)))
    return found


def test_the_full_time_is_the_national_one(stages):
    hours = [sum(each) for each in stages]
    assert abs(mean(hours) - FULL_HOURS) < ERRORS * stdev(hours) / math.sqrt(len(hours))


def test_as_many_arrive_within_72_hours_as_in_the_nation(stages):
    within = [sum(each) <= 72 for each in stages]
    assert abs(mean(within) - WITHIN_72) < ERRORS * _error_of_share(WITHIN_72, len(within))


def test_each_stage_takes_its_national_part_of_the_time(stages):
    whole = sum(map(sum, stages))
    parts = [sum(each) / whole for each in zip(*stages, strict=True)]
    wanted = [hours / sum(STAGES.values()) for hours in STAGES.values()]
    assert parts == pytest.approx(wanted, abs=0.01)


def test_orders_come_from_the_regions_and_go_to_the_carriers_by_their_shares(settled):
    regions = Counter(REGION_OF[journey.parcel.origin.division[:2]] for journey in settled)
    carriers = Counter(journey.parcel.carrier.code for journey in settled)
    market = {code: part / sum(MARKET.values()) for code, part in MARKET.items()}
    for found, wanted in ((regions, REGIONS), (carriers, market)):
        for name, share in wanted.items():
            assert abs(found[name] / len(settled) - share) < ERRORS * _error_of_share(share, len(settled)), name


def test_appeals_are_one_to_ten_a_million_and_together_the_national_ones():
    ordered = [(each.weight, each.quality.appealed, each.quality.appeal_upheld) for each in CARRIERS]
    assert all(1e-6 <= appealed <= 10e-6 for _, appealed, _ in ordered)
    assert sum(weight * appealed for weight, appealed, _ in ordered) == pytest.approx(APPEALS, rel=0.03)
    assert sum(weight * appealed * upheld for weight, appealed, upheld in ordered) == pytest.approx(EFFECTIVE, rel=0.03)


def test_parcels_are_appealed_about_at_their_carriers_rate(fleet):
    often = replace(
        fleet,
        carriers=tuple(replace(each, quality=replace(each.quality, appealed=0.4)) for each in fleet.carriers),
    )
    found = list(journeys(often, seed=SEED, parcels=1_000, now=NOW))
    share = mean(journey.appealed for journey in found)
    assert abs(share - 0.4) < ERRORS * _error_of_share(0.4, len(found))
    upheld = mean(journey.appeal_upheld for journey in found if journey.appealed)
    assert 0.1 < upheld < 0.25
    assert all(journey.appealed for journey in found if journey.appeal_upheld)


def _error_of_share(share: float, sample: int) -> float:
    return math.sqrt(share * (1 - share) / sample)
