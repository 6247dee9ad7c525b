"""Parcel upkeep: a parcel's row is what a fold over all its events gives, however and whenever they came."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.devices import NOW, Device, Intake, fresh_id, gateway
from tests.wire.strategies import details_of
from tracker.chain.findings import Finding
from tracker.chain.fold import fold
from tracker.intake.delivery import Delivery
from tracker.store.database import build_engine, reading
from tracker.store.event_store import events_of, log_head
from tracker.store.parcel_store import parcel_of
from tracker.wire.details import Details
from tracker.wire.event import Correction, ScanEvent
from tracker.wire.steps import Step
from tracker.wire.topics import GATEWAY_DEVICE, Post

Reason = Literal["did_not_occur", "incorrect_data"]
EXAMPLES = count(1)
World = tuple[Intake, dict[Post, Device]]
Scans = list[tuple[Post, ScanEvent]]
POSTS = [
    Post("BLUEBIRD", "S1", "GUN"),
    Post("BLUEBIRD", "S2", "GUN"),
    Post("EVENWAY", "S1", "GUN"),
    Post("BLUEBIRD", "S1", GATEWAY_DEVICE),
]


@dataclass(frozen=True)
class Drawn:
    """A scan as it was drawn: whose, of which parcel, and how far back the scan is that it corrects."""

    post: Post
    parcel: int
    step: Step
    half_hours: int
    details: Details
    operator: str | None
    seq: int
    corrects: tuple[int, Reason] | None


@st.composite
def drawn_scans(draw: st.DrawFn) -> Drawn:
    step = draw(st.sampled_from(Step))
    reasons: st.SearchStrategy[Reason] = st.sampled_from(["did_not_occur", "incorrect_data"])
    return Drawn(
        post=draw(st.sampled_from(POSTS)),
        parcel=draw(st.integers(0, 2)),
        step=step,
        half_hours=draw(st.integers(-200, 20)),
        details=draw(details_of(step)),
        operator=draw(st.sampled_from([None, "C1", "C2"])),
        seq=draw(st.integers(0, 30)),
        corrects=draw(st.none() | st.none() | st.tuples(st.integers(1, 5), reasons)),
    )


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One store for all examples, each with waybill numbers of its own, and the devices at POSTS."""
    engine = build_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('laws') / 'laws.db')}")
    intake = Intake(engine)
    replay = intake.enrol(gateway())
    devices = {post: replay if post.device == GATEWAY_DEVICE else intake.enrol(Device(post)) for post in POSTS}
    yield intake, devices
    engine.dispose()


def build_scans(drawn: Sequence[Drawn], devices: dict[Post, Device]) -> Scans:
    """The events; a correction names a scan some places before it, of any parcel, or one that is nowhere."""
    example = next(EXAMPLES)
    scans: Scans = []
    for one in drawn:
        corrects = None
        if one.corrects is not None:
            back, reason = one.corrects
            target = scans[-back][1].event_id if back <= len(scans) else fresh_id(NOW)
            corrects = Correction(event_id=target, reason=reason)
        scan = devices[one.post].scan(
            f"E{example}-{one.parcel}", one.step, hours=one.half_hours / 2, details=one.details,
            operator=one.operator, seq=one.seq, corrects=corrects,
        )  # fmt: skip
        scans.append((one.post, scan))
    return scans


def deliver_somehow(
    scans: list[tuple[Post, ScanEvent]], devices: dict[Post, Device], chance: Random
) -> list[list[Delivery]]:
    """The scans in any order, some more than once, in batches of any size, in commits of any size."""
    rest = scans + chance.choices(scans, k=chance.randint(0, len(scans)))
    chance.shuffle(rest)
    commits: list[list[Delivery]] = [[]]
    while rest:
        post, _ = rest[0]
        taken = [each for each in rest if each[0] == post][: chance.randint(1, 4)]
        for each in taken:
            rest.remove(each)
        commits[-1].append(devices[post].deliver(*(scan for _, scan in taken), post=post))
        if chance.random() < 0.6:
            commits.append([])
    return [commit for commit in commits if commit]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(drawn_scans(), min_size=1, max_size=14), chance=st.randoms(use_true_random=False))
def test_a_parcels_row_equals_a_fold_over_all_its_events(world: World, drawn: list[Drawn], chance: Random) -> None:
    intake, devices = world
    scans = build_scans(drawn, devices)
    before = intake.positions()
    for commit in deliver_somehow(scans, devices, chance):
        result = intake.record(*commit)
        assert result.rejected == result.refused == 0
    with reading(intake.engine) as session:
        assert log_head(session).position == len(before) + len(scans)
        for waybill_no in {scan.waybill_no or "" for _, scan in scans}:
            events = events_of(session, waybill_no)
            assert {event.event_id for event in events} == {s.event_id for _, s in scans if s.waybill_no == waybill_no}
            assert parcel_of(session, waybill_no) == fold(events)[0]
    positions = intake.positions()
    assert positions == list(range(1, len(before) + len(scans) + 1))


def test_scans_in_order_rewrite_the_row_without_reading_the_past(intake: Intake, device: Device) -> None:
    """The fast path: what is not read cannot make a long-lived parcel slow."""
    intake.record(device.deliver(device.scan("W1", "accepted", hours=-9)))
    asked: list[str] = []
    with intake.watching(asked):
        intake.record(device.deliver(device.scan("W1", "departed", hours=-8), device.scan("W1", "arrived", hours=-4)))
        assert not [text for text in asked if "event.findings" in text]
        intake.record(device.deliver(device.scan("W1", "departed", hours=-6)))
        assert [text for text in asked if "event.findings" in text]
    with reading(intake.engine) as session:
        assert parcel_of(session, "W1") == fold(events_of(session, "W1"))[0]


def test_scans_of_one_commit_are_taken_in_the_order_of_time_not_of_arrival(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(device.scan("W1", "accepted", hours=-9)))
    late, early = device.scan("W1", "delivered", hours=-2), device.scan("W1", "out_for_delivery", hours=-4)
    intake.record(device.deliver(late, early))
    with reading(intake.engine) as session:
        parcel = parcel_of(session, "W1")
        assert parcel == fold(events_of(session, "W1"))[0]
    assert parcel is not None
    assert Finding.SCAN_AFTER_FINAL not in parcel.findings


def test_a_late_scan_takes_its_place_in_the_middle(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(device.scan("W1", "delivered", hours=-1)))
    intake.record(device.deliver(device.scan("W1", "out_for_delivery", hours=-3)))
    result = intake.record(device.deliver(device.scan("W1", "accepted", hours=-5)))
    with reading(intake.engine) as session:
        parcel = parcel_of(session, "W1")
    assert parcel is not None
    assert (parcel.state, parcel.scans, parcel.last_step, parcel.gaps) == ("delivered", 3, Step.DELIVERED, 0)
    assert parcel.last_position == result.head.position


def test_a_correction_before_what_it_corrects_holds_all_the_same(intake: Intake, device: Device) -> None:
    wrong = device.scan("W1", "lost", hours=-3)
    intake.record(device.deliver(device.scan("W1", "accepted", hours=-4)))
    denial = Correction(event_id=wrong.event_id, reason="did_not_occur")
    intake.record(device.deliver(device.scan("W1", "lost", hours=-3, corrects=denial)))
    intake.record(device.deliver(wrong))
    with reading(intake.engine) as session:
        parcel = parcel_of(session, "W1")
    assert parcel is not None
    assert (parcel.state, parcel.scans, parcel.corrections) == ("accepted", 1, 1)
