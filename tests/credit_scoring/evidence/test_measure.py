"""The measures: known with an interval, or unknown with a reason and no number."""

import pytest

from credit_scoring.errors import EvidenceInvalid
from credit_scoring.evidence.catalogue import INDICATORS, indicator_of
from credit_scoring.evidence.evidence import Count, no_evidence
from credit_scoring.evidence.indicators import IndicatorName, Needs
from credit_scoring.evidence.intervals import garwood, wilson
from credit_scoring.evidence.measure import Unknown, build_measure
from credit_scoring.evidence.subject import carrier
from tests.credit_scoring.counts import evidence

JOURNEY = [each.name for each in INDICATORS if each.needs is Needs.JOURNEY]


def test_every_name_has_one_indicator_in_both_languages() -> None:
    assert sorted(indicator.name for indicator in INDICATORS) == sorted(IndicatorName)
    for each in INDICATORS:
        assert all((each.title_zh, each.title_en, each.question_zh, each.question_en, each.citation))


def test_a_proportion_carries_wilson_and_a_rare_event_garwood() -> None:
    counted = evidence(delivered_in_time=(90, 100), loss=(2, 1000))
    assert build_measure(indicator_of(IndicatorName.DELIVERED_IN_TIME), counted).interval == wilson(90, 100)
    assert build_measure(indicator_of(IndicatorName.LOSS), counted).interval == garwood(2, 1000)


def test_the_worse_end_of_a_loss_is_the_higher_one() -> None:
    loss = build_measure(indicator_of(IndicatorName.LOSS), evidence(loss=(2, 1000)))
    assert loss.interval is not None
    assert (loss.worse, loss.better) == (loss.interval.high, loss.interval.low)


@pytest.mark.parametrize("name", JOURNEY)
def test_what_a_feed_does_not_cover_is_unknown_and_not_zero(name: IndicatorName) -> None:
    counted = evidence(own_parcels=0, on_the_way=0, delivered_in_time=(0, 1000), loss=(0, 1000))
    measure = build_measure(indicator_of(name), counted)
    assert measure.reason is Unknown.NOT_COVERED_BY_FEED
    assert (measure.value, measure.numerator, measure.denominator, measure.interval) == (None, None, None, None)
    assert (measure.worse, measure.better) == (None, None)


def test_one_parcel_on_the_way_shows_that_the_feed_covers_the_journey() -> None:
    counted = evidence(own_parcels=0, on_the_way=1, delivered_in_time=(0, 1000))
    assert build_measure(indicator_of(IndicatorName.DELIVERED_IN_TIME), counted).value == 0.0


def test_stations_that_scan_nothing_after_acceptance_are_judged_all_the_same() -> None:
    counted = evidence(own_parcels=1, on_the_way=0, delivered_in_time=(0, 1000))
    assert build_measure(indicator_of(IndicatorName.DELIVERED_IN_TIME), counted).value == 0.0


def test_a_pick_up_that_nobody_promised_is_unknown() -> None:
    measure = build_measure(indicator_of(IndicatorName.PICKED_UP_IN_TIME), evidence(picked_up_in_time=(0, 0)))
    assert measure.reason is Unknown.NO_PROMISE


def test_what_was_promised_and_never_scanned_was_not_picked_up() -> None:
    told = build_measure(
        indicator_of(IndicatorName.PICKED_UP_IN_TIME), evidence(expected=1003, picked_up_in_time=(0, 0))
    )
    assert (told.value, told.numerator, told.denominator) == (0, 0, 3)


def test_hidden_parcels_do_not_thin_out_the_complaints() -> None:
    told = build_measure(
        indicator_of(IndicatorName.EFFECTIVE_COMPLAINTS), evidence(expected=2000, effective_complaints=(2, 0))
    )
    assert (told.numerator, told.denominator) == (2, 1000)


def test_an_indicator_with_nothing_due_yet_is_unknown() -> None:
    measure = build_measure(indicator_of(IndicatorName.DELIVERED_IN_TIME), evidence(delivered_in_time=(0, 0)))
    assert (measure.value, measure.reason) == (None, Unknown.NOTHING_DUE)


def test_of_a_carrier_without_parcels_everything_is_unknown() -> None:
    nothing = no_evidence(carrier("SMALLTOWN"))
    assert {build_measure(indicator, nothing).reason for indicator in INDICATORS} == {
        Unknown.NO_PARCELS,
        Unknown.NO_RECORDS,
    }


@pytest.mark.parametrize("pair", [(-1, 1), (-2, -1), (1, -1)])
def test_a_count_that_cannot_be_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(EvidenceInvalid):
        Count(*pair)


def test_no_indicator_counts_more_parcels_than_there_are() -> None:
    with pytest.raises(EvidenceInvalid):
        evidence(parcels=10, loss=(0, 11))
