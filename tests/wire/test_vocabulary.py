"""The vocabulary: steps and their EPCIS words, topics, event ids."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.strategies import codes, moments, noises
from tracker.wire.details import DETAILS
from tracker.wire.event_ids import build_event_id, derive_event_id, milliseconds_of, time_of
from tracker.wire.steps import EPCIS, STEP_ORDER, Step
from tracker.wire.topics import ALL_SCANS, ROOT, STORE, Channel, Post, parse_topic

# CBV 2.0 sections 7.1 and 7.2, as far as a parcel needs them.
BIZ_STEPS = {
    "accepting", "arriving", "departing", "destroying", "holding", "inspecting", "packing", "shipping",
    "staging_outbound", "storing", "transporting", "unpacking",
}  # fmt: skip
DISPOSITIONS = {
    "conformant", "damaged", "destroyed", "in_progress", "in_transit", "inactive", "returned", "unknown",
}  # fmt: skip


def test_the_steps_stand_in_the_order_that_breaks_ties() -> None:
    assert [step.value for step in Step] == [
        "announced", "accepted", "screened", "bagged", "unbagged", "departed", "arrived", "handed_over",
        "out_for_delivery", "attempted", "stored", "delivered", "refused", "returning", "returned", "held",
        "damaged", "lost", "destroyed",
    ]  # fmt: skip
    assert sorted(Step, key=STEP_ORDER.__getitem__) == list(Step)


def test_every_step_has_its_details_and_its_words_in_epcis() -> None:
    assert set(EPCIS) == set(DETAILS) == set(Step)
    for words in EPCIS.values():
        assert words.event_type in ("ObjectEvent", "AggregationEvent", "TransactionEvent")
        assert words.action in ("ADD", "OBSERVE", "DELETE")
        assert words.biz_step in BIZ_STEPS
        assert words.disposition in DISPOSITIONS


def test_acceptance_is_accepting_never_collecting_which_means_disposal() -> None:
    assert EPCIS[Step.ACCEPTED].biz_step == "accepting"
    assert "collecting" not in {words.biz_step for words in EPCIS.values()}


@given(codes, codes, codes)
def test_a_topic_is_read_back_as_the_device_that_speaks_there(carrier: str, station: str, device: str) -> None:
    post = Post(carrier, station, device)
    for kind in ("scans", "identities", "receipts", "status"):
        assert parse_topic(post.topic(Channel(kind))) == (post, Channel(kind))
    assert post.username == f"{carrier}/{station}/{device}"


def test_topics_are_those_of_the_published_interface() -> None:
    assert Post("BLUEBIRD", "HZ-1", "GUN-1").topic("scans") == "jixin/v1/BLUEBIRD/HZ-1/GUN-1/scans"
    assert (ROOT, STORE, ALL_SCANS) == ("jixin/v1", "jixin/v1/store", "jixin/v1/+/+/+/scans")


@pytest.mark.parametrize("code", ["", "a" * 65, "a/b", "a b", "+", "#", "*", "a\n", "青鸟", "ａ", "a.b", "$SYS"])
def test_a_code_has_letters_digits_hyphen_and_underscore(code: str) -> None:
    for codes_of_post in ((code, "S", "D"), ("C", code, "D"), ("C", "S", code)):
        with pytest.raises(ValueError, match="not a code"):
            Post(*codes_of_post)


@pytest.mark.parametrize(
    "topic",
    ["", "jixin/v1/store", "jixin/v2/C/S/D/scans", "jixin/v1/C/S/D", "jixin/v1/C/S/D/scans/x", "jixin/v1/C/S//scans",
     "jixin/v1/C/S/+/scans", "/jixin/v1/C/S/D/scans", "jixin/v1/C/S/D/orders"],
)  # fmt: skip
def test_a_topic_of_another_shape_belongs_to_nobody(topic: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_topic(topic)


@given(moments, noises)
def test_an_event_id_is_a_uuid_of_version_7_that_holds_its_time(moment: datetime, noise: bytes) -> None:
    event_id = build_event_id(moment, noise)
    assert (event_id.version, event_id.variant) == (7, "specified in RFC 4122")
    assert timedelta(0) <= moment - time_of(event_id) < timedelta(milliseconds=1)
    assert event_id.int >> 80 == milliseconds_of(moment)


@given(moments, moments, noises)
def test_event_ids_sort_by_their_time(one: datetime, other: datetime, noise: bytes) -> None:
    first, second = sorted((one, other))
    if milliseconds_of(first) < milliseconds_of(second):
        assert build_event_id(first, noise).int < build_event_id(second, bytes(10)).int


def test_the_example_of_rfc_9562_is_read() -> None:
    assert time_of(UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


@given(st.uuids())
def test_any_id_has_a_time_even_one_after_the_year_9999(event_id: UUID) -> None:
    assert time_of(event_id).tzinfo is UTC
    assert time_of(UUID(int=2**128 - 1)).year == 9999


def test_a_replayed_row_has_the_id_that_anybody_can_compute() -> None:
    moment = datetime(2021, 5, 1, 2, 30, 0, 123456, tzinfo=UTC)
    event_id = derive_event_id(
        waybill_no="LADE1", step=Step.ACCEPTED, event_time=moment, carrier="LADE", station="LADE-42"
    )
    digest = hashlib.sha256(b"LADE1\naccepted\n1619836200123\nLADE\nLADE-42").hexdigest()
    assert event_id.hex[:12] == f"{1619836200123:012x}"
    assert event_id.hex[13:16] == digest[1:4]
    assert event_id.hex[17:] == digest[5:20]
    assert event_id.version == 7


@given(moments)
def test_the_same_row_in_another_time_zone_has_the_same_id(moment: datetime) -> None:
    def derive(event_time: datetime) -> UUID:
        return derive_event_id(waybill_no="W", step=Step.LOST, event_time=event_time, carrier="C", station="S")

    assert derive(moment) == derive(moment.astimezone(UTC))
    assert derive(moment) != derive(moment + timedelta(milliseconds=1))
