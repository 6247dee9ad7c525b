"""The audit of sequences: what never came is named, and what did come, was answered or began again is not."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake import conftest
from tests.intake.devices import GUN, NOW, Device, Intake, fresh_id, gateway
from tracker.intake.delivery import Delivery
from tracker.store import sequence_audit
from tracker.store.database import reading
from tracker.store.sequence_audit import (
    GapKind,
    Sequence,
    audit_sequence,
    count_refused_batches,
    find_audited_devices,
)
from tracker.wire.event import ScanEvent, encode_event
from tracker.wire.message import encode_batch
from tracker.wire.topics import Post

LATER = NOW + timedelta(hours=1)
Ranges = list[tuple[int, int]]


def audit(intake: Intake, post: Post = GUN, *, settled_before: datetime = LATER) -> Sequence:
    """The report of one device."""
    with reading(intake.engine) as session:
        numbers = {each: number for number, each in find_audited_devices(session)}
        refused = count_refused_batches(session)
        return audit_sequence(
            session, numbers[post], post, settled_before=settled_before, refused_batches=refused.get(post, 0)
        )


def ranges(report: Sequence, kind: GapKind = GapKind.MISSING) -> Ranges:
    return [(gap.first, gap.last) for gap in report.find_gaps(kind)]


def scans(device: Device, seqs: Iterable[int], *, hours: float = -1) -> list[ScanEvent]:
    return [device.scan(f"W{seq}", seq=seq, hours=hours) for seq in seqs]


def signed(device: Device, events: list[ScanEvent], *, hours: float = 0, post: Post | None = None) -> Delivery:
    """A batch signed so many hours from NOW."""
    moment, where = NOW + timedelta(hours=hours), post or device.post
    bodies = [encode_event(event) for event in events]
    batch_id = fresh_id(moment)
    return Delivery(where, encode_batch(bodies, post=where, key=device.key, batch_id=batch_id, sent_at=moment))


def test_a_whole_sequence_lacks_nothing(intake: Intake, device: Device) -> None:
    intake.record(signed(device, scans(device, range(1, 121))))
    report = audit(intake)
    assert (report.first, report.highest, report.recorded, report.gaps, report.missing) == (1, 120, 120, (), 0)


def test_what_never_came_is_named(intake: Intake, device: Device) -> None:
    seqs = [*range(5, 17), *range(20, 44), *range(45, 51)]
    intake.record(signed(device, scans(device, seqs[::-1])))
    report = audit(intake)
    assert ranges(report) == [(17, 19), (44, 44)]
    assert (report.first, report.highest, report.recorded, report.missing) == (5, 50, 42, 4)


def test_a_device_that_never_scanned_has_no_numbers(intake: Intake, device: Device) -> None:
    report = audit(intake)
    assert (report.first, report.highest, report.recorded, report.gaps) == (None, None, 0, ())


def test_rejected_and_known_numbers_have_come(intake: Intake, device: Device) -> None:
    first, known, bad, last = scans(device, [1, 2, 3, 4])
    other = intake.enrol(Device(Post("BLUEBIRD", "HZ-01", "GUN-2")))
    intake.record(signed(other, [known]))
    rejected = encode_event(bad).replace(b"arrived", b"nowhere")
    intake.record(device.deliver(first, known, rejected, last))
    report = audit(intake)
    assert (report.gaps, report.recorded, report.rejected, report.known) == ((), 2, 1, 1)


def test_rejected_numbers_are_no_gap_at_the_ends_either(intake: Intake, device: Device) -> None:
    events = [encode_event(each) for each in scans(device, [1, 2, 9])]
    events[0], events[2] = (each.replace(b"arrived", b"nowhere") for each in (events[0], events[2]))
    intake.record(device.deliver(*events))
    report = audit(intake)
    assert (report.first, report.highest, ranges(report)) == (1, 9, [(3, 8)])


def test_a_number_used_twice_is_counted(intake: Intake, device: Device) -> None:
    intake.record(signed(device, scans(device, [1, 2, 3])))
    intake.record(signed(device, [device.scan("X", seq=2)]))
    report = audit(intake)
    assert (report.recorded, report.reused, report.gaps) == (4, 1, ())


def test_a_batch_that_nobody_vouches_for_hides_nothing(intake: Intake, device: Device) -> None:
    intake.record(signed(device, scans(device, [1])))
    forged = Device(device.post)
    intake.record(signed(forged, scans(forged, [2, 3])))
    intake.record(signed(device, scans(device, [4])))
    report = audit(intake)
    assert (ranges(report), report.refused_batches) == ([(2, 3)], 1)


def test_a_gap_below_fresh_scans_may_still_be_filled(intake: Intake, device: Device) -> None:
    """A batch that was lost on the way is sent again within minutes."""
    intake.record(signed(device, scans(device, [1, 2])), at=NOW - timedelta(hours=2))
    intake.record(signed(device, scans(device, [5, 6])), at=NOW)
    fresh = audit(intake, settled_before=NOW - timedelta(minutes=15))
    assert (ranges(fresh), ranges(fresh, GapKind.PENDING)) == ([], [(3, 4)])
    assert ranges(audit(intake, settled_before=NOW + timedelta(minutes=15))) == [(3, 4)]


def test_a_new_outbox_begins_again_and_what_lies_between_is_not_missing(intake: Intake, device: Device) -> None:
    """The store knows the old life of the counter from 5,000 on; the new one begins at 1 under a new key."""
    intake.record(signed(device, scans(device, range(5000, 5010), hours=-9), hours=-8))
    again = intake.enrol(Device())
    intake.record(signed(again, scans(again, range(1, 8), hours=-2), hours=-1))
    report = audit(intake)
    assert (report.missing, ranges(report, GapKind.RESTART)) == (0, [(8, 4999)])


def test_a_new_life_over_the_old_numbers_is_reuse_and_no_gap(intake: Intake, device: Device) -> None:
    intake.record(signed(device, scans(device, range(1, 21), hours=-9), hours=-8))
    again = intake.enrol(Device())
    intake.record(signed(again, scans(again, range(1, 8), hours=-2), hours=-1))
    report = audit(intake)
    assert (report.gaps, report.reused) == ((), 7)


def test_a_new_key_that_goes_on_counting_hides_no_loss(intake: Intake, device: Device) -> None:
    intake.record(signed(device, scans(device, [1, 2], hours=-9), hours=-8))
    again = intake.enrol(Device())
    intake.record(signed(again, scans(again, [5, 6], hours=-2), hours=-1))
    assert ranges(audit(intake)) == [(3, 4)]


def test_batches_in_any_order_hide_no_loss(intake: Intake, device: Device) -> None:
    late = signed(device, scans(device, [1, 2], hours=-9), hours=-8)
    intake.record(signed(device, scans(device, [5, 6], hours=-8), hours=-7))
    intake.record(late)
    assert ranges(audit(intake)) == [(3, 4)]


def test_what_a_restored_store_asked_for_again_hides_no_loss(intake: Intake, device: Device) -> None:
    """It is signed anew, after what lies above it, but was made before."""
    old = scans(device, [1, 2], hours=-9)
    intake.record(signed(device, scans(device, [5, 6], hours=-8), hours=-7))
    intake.record(signed(device, old, hours=-1))
    assert ranges(audit(intake)) == [(3, 4)]


def test_where_an_old_life_bears_the_number_too_a_loss_in_it_stands(intake: Intake, device: Device) -> None:
    intake.record(signed(device, scans(device, [1, 2, 5, 6], hours=-9), hours=-8))
    intake.record(signed(device, scans(device, [1, 2], hours=-2), hours=-1))
    assert ranges(audit(intake)) == [(3, 4)]


def test_a_gateway_counts_for_each_station_apart(intake: Intake) -> None:
    device = intake.enrol(gateway())
    here, there = Post("BLUEBIRD", "HZ-01", "replay"), Post("BLUEBIRD", "CQ-01", "replay")
    intake.record(signed(device, scans(device, [1, 2, 4], hours=-500), post=here))
    intake.record(signed(device, scans(device, [1, 2, 3], hours=-400), post=there))
    assert (ranges(audit(intake, here)), ranges(audit(intake, there))) == ([(3, 3)], [])
    with reading(intake.engine) as session:
        assert {post for _, post in find_audited_devices(session)} == {here, there}


def test_a_gateways_history_of_any_age_shows_by_its_signing_that_it_began_again(intake: Intake) -> None:
    device = intake.enrol(gateway())
    here = Post("BLUEBIRD", "HZ-01", "replay")
    intake.record(signed(device, scans(device, [50, 51], hours=-10), hours=-9, post=here))
    intake.record(signed(device, scans(device, [1, 2], hours=-900), hours=-1, post=here))
    assert ranges(audit(intake, here), GapKind.RESTART) == [(3, 49)]
    intake.record(signed(device, scans(device, [60], hours=-9000), hours=-0.5, post=here))
    assert ranges(audit(intake, here)) == [(52, 59)]


def test_gaps_without_end_are_cut_off_and_that_is_said(
    intake: Intake, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence_audit, "MAX_GAPS", 3)
    intake.record(signed(device, scans(device, range(0, 20, 2))))
    report = audit(intake)
    assert (ranges(report), report.has_more_gaps) == ([(1, 1), (3, 3), (5, 5)], True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(st.sets(st.integers(0, 40), min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_recorded_and_missing_numbers_fill_the_range_in_any_order(
    intake: Intake, came: set[int], chance: Random
) -> None:
    conftest.empty(intake.engine)
    device = intake.enrol(Device())
    events = scans(device, sorted(came))
    chance.shuffle(events)
    for start in range(0, len(events), 7):
        intake.record(signed(device, events[start : start + 7]))
    report = audit(intake)
    absent = {number for gap in report.gaps for number in range(gap.first, gap.last + 1)}
    assert absent == set(range(min(came), max(came) + 1)) - came
