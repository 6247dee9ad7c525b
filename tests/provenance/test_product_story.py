"""A product's story: four stages in order, who answers for each, and what is missing named."""

from dataclasses import replace
from datetime import date

import pytest

from tests.chain.builders import START, scan
from tracker.chain.state import State
from tracker.chain.trace import Trace, build_trace
from tracker.provenance.product_story import ProductStory, Responsible, Role, StageKind, build_product_story
from tracker.provenance.products import Product

TEA = Product(
    gtin="06901234567892",
    lot="L1",
    serial="S1",
    name="高山云雾茶 250 g",
    maker="云岭茶业(虚构)",
    maker_uscc="91110000600037341L",
    production_place="530100",
    produced_on=date(2026, 5, 20),
    inspection_result="qualified",
    inspection_report="R-2026-0001",
)
WHOLE = ["accepted", "departed", "arrived", "out_for_delivery", "delivered"]


def trace_of(*steps: str) -> Trace:
    trace = build_trace([scan(step, hour, station=f"S{hour}") for hour, step in enumerate(steps)])
    assert trace is not None
    return trace


def facts(story: ProductStory, kind: StageKind) -> dict[str, object]:
    return {fact.code: fact.value for fact in story.stage(kind).facts}


def missing(story: ProductStory) -> set[StageKind]:
    return {stage.kind for stage in story.stages if stage.missing}


def test_a_whole_story_has_its_four_stages_in_order_and_lacks_nothing() -> None:
    story = build_product_story(TEA, trace_of(*WHOLE))
    assert [stage.kind for stage in story.stages] == list(StageKind)
    assert story.complete
    assert facts(story, StageKind.PRODUCTION) == {
        "name": TEA.name, "produced_on": date(2026, 5, 20), "production_place": "530100",
    }  # fmt: skip
    assert facts(story, StageKind.INSPECTION) == {"inspection_result": "qualified", "inspection_report": "R-2026-0001"}
    assert facts(story, StageKind.JOURNEY) == {
        "waybill_no": "W1",
        "state": State.DELIVERED,
        "accepted_at": START,
        "first_station": "S0",
        "last_station": "S4",
        "last_time": START.replace(hour=13),
        "scans": 5,
    }
    assert facts(story, StageKind.SIGN_OFF) == {"delivered_at": START.replace(hour=13)}


def test_the_maker_answers_for_production_and_inspection_and_the_carrier_for_the_rest() -> None:
    story = build_product_story(TEA, trace_of(*WHOLE))
    maker = Responsible(Role.MAKER, TEA.maker, TEA.maker_uscc)
    carrier = Responsible(Role.CARRIER, "BLUEBIRD")
    assert [stage.responsible for stage in story.stages] == [maker, maker, carrier, carrier]


def test_an_unknown_product_leaves_its_first_two_stages_missing_with_nobody_to_answer() -> None:
    story = build_product_story(None, trace_of(*WHOLE))
    assert missing(story) == {StageKind.PRODUCTION, StageKind.INSPECTION}
    assert story.stage(StageKind.PRODUCTION).responsible is None
    assert story.stage(StageKind.PRODUCTION).lacks == ("name", "produced_on", "production_place")
    assert not story.complete


def test_a_product_that_was_never_sent_has_no_journey_and_no_sign_off() -> None:
    story = build_product_story(TEA, None)
    assert missing(story) == {StageKind.JOURNEY, StageKind.SIGN_OFF}
    assert story.stage(StageKind.JOURNEY).lacks == ("waybill_no", "accepted_at")
    assert story.stage(StageKind.SIGN_OFF).responsible is None


def test_nothing_known_is_four_missing_stages_and_no_error() -> None:
    assert missing(build_product_story(None, None)) == set(StageKind)


@pytest.mark.parametrize(
    ("product", "is_missing", "lacks"),
    [
        (replace(TEA, inspection_report=None), False, ("inspection_report",)),
        (replace(TEA, inspection_result=""), True, ("inspection_result",)),
        (replace(TEA, inspection_result="", inspection_report=None), True, ("inspection_result", "inspection_report")),
    ],
)
def test_an_inspection_without_result_is_missing_and_without_report_lacks_it(
    product: Product, is_missing: bool, lacks: tuple[str, ...]
) -> None:
    stage = build_product_story(product, trace_of(*WHOLE)).stage(StageKind.INSPECTION)
    assert (stage.missing, stage.lacks) == (is_missing, lacks)


def test_gaps_of_the_journey_are_named_by_their_findings() -> None:
    stage = build_product_story(TEA, trace_of("departed", "departed", "delivered")).stage(StageKind.JOURNEY)
    assert not stage.missing
    assert stage.lacks == ("accepted_at", "missing_accepted", "missing_arrived", "missing_out_for_delivery")


def test_an_announced_parcel_has_not_begun_its_journey() -> None:
    story = build_product_story(TEA, trace_of("announced"))
    assert missing(story) == {StageKind.JOURNEY, StageKind.SIGN_OFF}
    assert facts(story, StageKind.JOURNEY)["state"] is State.ANNOUNCED


@pytest.mark.parametrize("end", ["returned", "destroyed"])
def test_a_parcel_that_ended_otherwise_says_how_and_has_no_sign_off(end: str) -> None:
    story = build_product_story(TEA, trace_of("accepted", end))
    assert missing(story) == {StageKind.SIGN_OFF}
    assert facts(story, StageKind.SIGN_OFF) == {"state": State(end), "ended_at": START.replace(hour=10)}
    assert story.stage(StageKind.SIGN_OFF).lacks == ("delivered_at",)


def test_a_parcel_on_its_way_is_not_yet_signed_off() -> None:
    story = build_product_story(TEA, trace_of("accepted", "departed"))
    assert missing(story) == {StageKind.SIGN_OFF}
    assert facts(story, StageKind.SIGN_OFF) == {}
