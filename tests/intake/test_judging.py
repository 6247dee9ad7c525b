"""Judging: clocks that are wrong, counters used twice, and acceptances that show no identity."""

from datetime import date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from tests.intake.devices import NOW, Device, Intake, codes_of, fresh_id, only_line
from tracker.chain.findings import Finding
from tracker.intake.bounds import IntakeBounds
from tracker.store.database import reading
from tracker.store.parcel_store import parcel_of
from tracker.wire.details import AcceptedDetails, Identity
from tracker.wire.event import Correction
from tracker.wire.topics import Post

HOUR, MILLISECOND = timedelta(hours=1), timedelta(milliseconds=1)
WEEK = timedelta(days=7)


def findings_of(intake: Intake, waybill_no: str) -> dict[Finding, int]:
    """What a parcel's row counts as not fitting."""
    with reading(intake.engine) as session:
        parcel = parcel_of(session, waybill_no)
    assert parcel is not None
    return parcel.findings


def stored_findings(intake: Intake) -> dict[str, str]:
    """What the intake noted at each parcel's event."""
    return {row[0]: row[1] for row in intake.rows("SELECT waybill_no, findings FROM event")}


def test_an_event_up_to_36_hours_ahead_is_recorded_with_a_finding(intake: Intake, device: Device) -> None:
    ahead = {"NOW": 0 * HOUR, "MINUTE": HOUR / 60, "MORE": HOUR / 60 + MILLISECOND, "MOST": 36 * HOUR}
    result = intake.record(device.deliver(*(device.scan(no, event_time=NOW + by) for no, by in ahead.items())))
    assert result.recorded == 4
    assert stored_findings(intake) == {"NOW": "", "MINUTE": "", "MORE": "clock_skew", "MOST": "clock_skew"}
    assert findings_of(intake, "MOST")[Finding.CLOCK_SKEW] == 1
    assert Finding.CLOCK_SKEW not in findings_of(intake, "MINUTE")


def test_an_event_more_than_36_hours_ahead_is_rejected(intake: Intake, device: Device) -> None:
    scans = [device.scan(event_time=NOW + 36 * HOUR + MILLISECOND), device.scan(event_time=NOW.replace(year=2099))]
    result = intake.record(device.deliver(*scans, device.scan("GOOD")))
    assert (codes_of(result), result.recorded) == (["time_in_future"] * 2, 1)


def test_an_event_rejected_for_its_time_is_taken_when_its_time_has_come(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan(hours=40))
    assert codes_of(intake.record(delivery)) == ["time_in_future"]
    assert intake.record(delivery, at=NOW + 5 * HOUR).recorded == 1


def test_an_event_of_a_day_before_the_first_is_rejected(intake: Intake, device: Device) -> None:
    first = datetime(2015, 1, 1, tzinfo=timezone(8 * HOUR))
    scans = [device.scan(event_time=moment) for moment in (first - MILLISECOND, NOW.replace(year=1971), first)]
    result = intake.record(device.deliver(*scans))
    assert (codes_of(result), result.recorded) == (["time_too_old"] * 2, 1)


def test_history_is_taken_from_the_day_that_is_set(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan(event_time=NOW.replace(year=1971)))
    assert codes_of(intake.record(delivery)) == ["time_too_old"]
    assert intake.record(delivery, bounds=IntakeBounds(first_day=date(1971, 1, 1))).recorded == 1
    assert only_line(intake.record(delivery)).duplicates == 1  # what is recorded stays known, whatever is set later


def test_a_waybill_has_no_more_events_than_one_may_have(intake: Intake, device: Device) -> None:
    bounds = IntakeBounds(waybill_events=5)
    first = device.deliver(*(device.scan("W1", hours=-9) for _ in range(3)))
    more = device.deliver(*(device.scan("W1", hours=-8) for _ in range(4)), device.scan("W2"))
    assert intake.record(first, bounds=bounds).recorded == 3
    result = intake.record(more, bounds=bounds)
    assert (codes_of(result), result.recorded) == (["waybill_full"] * 2, 3)
    assert intake.parcel("W1").scans == 5
    line = only_line(intake.record(first, bounds=bounds))  # what is recorded stays known
    assert (line.duplicates, line.rejected) == (3, [])
    assert codes_of(intake.record(device.deliver(device.scan("W1", hours=-30)), bounds=bounds)) == ["waybill_full"]


def test_what_was_corrected_counts_among_a_waybills_events(intake: Intake, device: Device) -> None:
    """Each correction folds them all anew, and leaves out two scans."""
    bounds, rejected = IntakeBounds(waybill_events=20), 0
    for _ in range(20):
        scan = device.scan("W1")
        undone = device.scan("W1", corrects=Correction(scan.event_id, "did_not_occur"))
        rejected += len(codes_of(intake.record(device.deliver(scan, undone), bounds=bounds)))
    assert len(intake.positions()) <= 20
    assert rejected == 40 - len(intake.positions())


def test_a_bags_own_scans_are_no_waybills(intake: Intake, device: Device) -> None:
    scans = [device.scan(waybill_no=None, bag_no="BAG1", step="bagged") for _ in range(6)]
    assert intake.record(device.deliver(*scans), bounds=IntakeBounds(waybill_events=5)).recorded == 6


def test_an_ids_time_is_within_seven_days_of_the_event_time(intake: Intake, device: Device) -> None:
    moment = NOW - 30 * 24 * HOUR
    apart = {"LATE": WEEK, "EARLY": -WEEK, "TOO-LATE": WEEK + MILLISECOND, "TOO-EARLY": -WEEK - MILLISECOND}
    scans = [device.scan(no, event_time=moment, event_id=fresh_id(moment + by)) for no, by in apart.items()]
    result = intake.record(device.deliver(*scans))
    assert codes_of(result) == ["event_id_time_mismatch"] * 2
    assert set(stored_findings(intake)) == {"LATE", "EARLY"}


def test_an_id_of_the_last_possible_time_is_rejected_and_not_stumbled_over(intake: Intake, device: Device) -> None:
    last = UUID(int=fresh_id(NOW).int | (2**48 - 1) << 80)
    assert codes_of(intake.record(device.deliver(device.scan(event_id=last)))) == ["event_id_time_mismatch"]


def test_an_id_that_is_no_uuid_v7_is_rejected(intake: Intake, device: Device) -> None:
    assert codes_of(intake.record(device.deliver(device.scan(event_id=uuid4())))) == ["event_id_not_v7"]


def test_a_repeat_is_known_whatever_the_clocks_say_by_then(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan(hours=36))
    intake.record(delivery)
    assert only_line(intake.record(delivery, at=NOW - 24 * HOUR)).duplicates == 1


@pytest.mark.parametrize("together", [True, False], ids=["one_commit", "two_commits"])
def test_a_counter_value_used_for_another_event_is_recorded_with_a_finding(
    intake: Intake, device: Device, together: bool
) -> None:
    first = device.deliver(device.scan("W1", seq=5), device.scan("W2", seq=9))
    again = device.deliver(device.scan("W3", seq=5), device.scan("W4", seq=7), device.scan("W5", seq=7))
    results = [intake.record(first, again)] if together else [intake.record(first), intake.record(again)]
    assert sum(result.recorded for result in results) == 5
    assert stored_findings(intake) == {"W1": "", "W2": "", "W3": "seq_reused", "W4": "", "W5": "seq_reused"}
    assert findings_of(intake, "W3")[Finding.SEQ_REUSED] == 1


def test_two_devices_count_for_themselves(intake: Intake, device: Device) -> None:
    other = intake.enrol(Device(Post("BLUEBIRD", "HZ-01", "GUN-2")))
    intake.record(device.deliver(device.scan("W1", seq=1)), other.deliver(other.scan("W2", seq=1)))
    assert stored_findings(intake) == {"W1": "", "W2": ""}


def test_a_repeated_event_uses_no_counter_value(intake: Intake, device: Device) -> None:
    scan = device.scan("W1", seq=1)
    intake.record(device.deliver(scan))
    intake.record(device.deliver(scan, device.scan("W2", seq=2)))
    assert stored_findings(intake) == {"W1": "", "W2": ""}


def test_a_rejected_event_uses_no_counter_value(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(device.scan(hours=99, seq=3), device.scan("W1", seq=3)))
    assert stored_findings(intake) == {"W1": ""}


def test_a_bare_acceptance_is_recorded_with_identity_missing(intake: Intake, device: Device) -> None:
    identity = Identity(kind="RESIDENT_ID", checked=True, commitment="A" * 43)
    intake.record(
        device.deliver(
            device.scan("BARE", "accepted"),
            device.scan("SHOWN", "accepted", details=AcceptedDetails(identity=identity)),
        )
    )
    assert findings_of(intake, "BARE") == {Finding.IDENTITY_MISSING: 1, Finding.INSPECTION_MISSING: 1}
    assert findings_of(intake, "SHOWN") == {Finding.INSPECTION_MISSING: 1}
