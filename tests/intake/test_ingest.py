"""Ingest: every event is recorded once, under its exact bytes, in gapless positions."""

from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.intake.devices import NOW, Device, Intake, codes_of, gateway, only_line
from tracker.store.database import reading, transaction
from tracker.store.event_store import log_head
from tracker.store.parcel_store import parcel_of
from tracker.store.quarantine import find_quarantined
from tracker.store.registry import Carrier, carriers, save_carrier, stations_of
from tracker.store.tally import tallies
from tracker.wire.details import AcceptedDetails, DepartedDetails, Goods
from tracker.wire.event import Correction, Position, ScanEvent, encode_event
from tracker.wire.topics import GATEWAY_DEVICE, Post


def test_positions_are_gapless_in_the_order_of_commits(intake: Intake, device: Device) -> None:
    scans = [device.scan(f"W{number}") for number in range(6)]
    intake.record(device.deliver(*scans[:2]), device.deliver(scans[2]))
    intake.record(device.deliver(scans[3]))
    result = intake.record(device.deliver(scans[4], scans[5]))
    stored = intake.rows("SELECT waybill_no, position FROM event ORDER BY position")
    assert [tuple(row) for row in stored] == [(f"W{number}", number + 1) for number in range(6)]
    assert result.head.position == 6


def test_repeats_rejections_and_refusals_leave_no_gap(intake: Intake, device: Device) -> None:
    first, second = device.scan(), device.scan()
    stranger = Device(Post("BLUEBIRD", "HZ-02", "GUN-9"))
    intake.record(device.deliver(first, device.scan(hours=48), second), stranger.deliver(stranger.scan()))
    intake.record(device.deliver(second, device.scan(), b"[]", first, device.scan()))
    assert intake.positions() == [1, 2, 3, 4]
    with reading(intake.engine) as session:
        assert log_head(session).position == 4


def test_the_same_batch_again_records_nothing_and_counts_duplicates(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan("W1"), device.scan("W2"))
    first = intake.record(delivery)
    parcels = intake.rows("SELECT * FROM parcel ORDER BY waybill_no")
    again = intake.record(delivery, delivery, at=NOW + timedelta(hours=1))
    assert (first.recorded, first.duplicates) == (2, 0)
    assert (again.recorded, again.duplicates) == (0, 4)
    assert intake.rows("SELECT * FROM parcel ORDER BY waybill_no") == parcels


def test_the_same_event_twice_in_one_commit_is_recorded_once(intake: Intake, device: Device) -> None:
    scan = device.scan()
    result = intake.record(device.deliver(scan, device.scan(), scan), device.deliver(scan))
    assert (result.recorded, result.duplicates) == (2, 2)
    assert intake.positions() == [1, 2]


def spelled(scan: ScanEvent, **changes: Any) -> bytes:
    """The same event in other JSON: names in the opposite order, blanks, nulls."""
    names = msgspec.json.decode(encode_event(scan)) | {"operator": None} | changes
    return msgspec.json.format(msgspec.json.encode(dict(reversed(names.items()))), indent=3)


@pytest.mark.parametrize(
    "changes", [{}, {"seq": 77}, {"event_time": "2026-07-01T08:00:00.000000+08:00"}, {"details": {}}]
)
def test_the_same_content_in_another_spelling_is_a_duplicate(
    intake: Intake, device: Device, changes: dict[str, Any]
) -> None:
    scan = device.scan("W1", "departed")
    intake.record(device.deliver(scan))
    line = only_line(intake.record(device.deliver(spelled(scan, **changes))))
    assert (line.recorded, line.duplicates, line.rejected) == (0, 1, [])
    assert intake.rows("SELECT body FROM event") == [(encode_event(scan),)]


OTHER_CONTENT: list[dict[str, Any]] = [
    {"waybill_no": "W2"},
    {"waybill_no": None, "bag_no": "W1"},
    {"step": "arrived"},
    {"event_time": "2026-07-01T00:00:00.001Z"},
    {"operator": "C2"},
    {"position": {"lng": 120.1, "lat": 30.2}},
    {"details": {"vehicle": "T1"}},
    {"corrects": {"event_id": "019f2258-0000-7000-8000-000000000001", "reason": "incorrect_data"}},
]


@pytest.mark.parametrize("same_commit", [True, False], ids=["same_commit", "later_commit"])
def test_other_content_under_a_recorded_id_is_rejected(intake: Intake, device: Device, same_commit: bool) -> None:
    scans = [device.scan("W1", "departed") for _ in OTHER_CONTENT]
    others = [spelled(scan, **changes) for scan, changes in zip(scans, OTHER_CONTENT, strict=True)]
    if same_commit:
        result = intake.record(device.deliver(*scans, *others))
    else:
        intake.record(device.deliver(*scans))
        result = intake.record(device.deliver(*others))
    assert codes_of(result) == ["event_id_reused"] * len(others)
    assert [rejection.event_id for rejection in only_line(result).rejected] == [str(scan.event_id) for scan in scans]
    stored = [row[0] for row in intake.rows("SELECT body FROM event ORDER BY position")]
    assert stored == [encode_event(scan) for scan in scans]


def test_who_speaks_is_part_of_the_content(intake: Intake, device: Device) -> None:
    scan = device.scan()
    intake.record(device.deliver(scan))
    for post in (Post("BLUEBIRD", "HZ-02", "GUN-1"), Post("EVENWAY", "HZ-01", "GUN-1")):
        other = intake.enrol(Device(post))
        assert codes_of(intake.record(other.deliver(scan))) == ["event_id_reused"]


def test_another_device_of_the_same_station_may_repeat_an_event(intake: Intake, device: Device) -> None:
    scan, spare = device.scan(), intake.enrol(Device(Post("BLUEBIRD", "HZ-01", "GUN-2")))
    intake.record(device.deliver(scan))
    assert only_line(intake.record(spare.deliver(scan))).duplicates == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE device", "FROM parcel", "INTO quarantine", "UPDATE log_head", "INTO tally"]
)
def test_a_transaction_that_fails_leaves_nothing(intake: Intake, device: Device, statement: str) -> None:
    def fail(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if statement in " ".join(text.split()):
            raise RuntimeError("the power is gone")

    delivery = device.deliver(device.scan(), b"{}")
    sa.event.listen(intake.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError):
        intake.record(delivery)
    sa.event.remove(intake.engine, "before_cursor_execute", fail)
    for table in ("event", "parcel", "batch", "receipt", "quarantine", "tally", "packing"):
        assert intake.rows(f"SELECT * FROM {table}") == [], table
    assert only_line(intake.record(delivery)).first_position == 1


def test_a_bags_own_scan_is_recorded_and_makes_no_parcel(intake: Intake, device: Device) -> None:
    bag = device.scan(None, "departed", bag_no="BAG-1")
    assert intake.record(device.deliver(bag)).recorded == 1
    assert intake.rows("SELECT waybill_no, position FROM event") == [("", 1)]
    assert intake.rows("SELECT * FROM parcel") == []


def test_goods_packed_at_acceptance_are_found_by_their_key(intake: Intake, device: Device) -> None:
    goods = [Goods(gtin="6901234567892", lot="L1", serial="S1"), Goods(gtin="12345670")]
    scan = device.scan("W1", "accepted", details=AcceptedDetails(goods=goods))
    intake.record(device.deliver(scan, scan))
    rows = intake.rows("SELECT waybill_no, item, gtin, lot, serial FROM packing ORDER BY item")
    assert [tuple(row) for row in rows] == [
        ("W1", 0, "06901234567892", "L1", "S1"),
        ("W1", 1, "00000012345670", "", ""),
    ]


def test_a_gateway_makes_carriers_and_stations_it_does_not_know_and_marks_them(intake: Intake) -> None:
    replay = intake.enrol(gateway())
    with transaction(intake.engine) as session:
        save_carrier(session, Carrier("EVENWAY", "顺安快递", verified=True))
    for carrier, station in (("NEWCO", "N-1"), ("NEWCO", "N-2"), ("EVENWAY", "E-1")):
        post = Post(carrier, station, GATEWAY_DEVICE)
        assert intake.record(replay.deliver(replay.scan(f"{carrier}{station}"), post=post)).recorded == 1
    with reading(intake.engine) as session:
        known = carriers(session)
        assert (known["NEWCO"].verified, known["NEWCO"].name_zh) == (False, None)
        assert (known["EVENWAY"].verified, known["EVENWAY"].name_zh) == (True, "顺安快递")
        stations = stations_of(session, {("NEWCO", "N-1"), ("NEWCO", "N-2"), ("EVENWAY", "E-1")})
        assert [station.verified for station in stations.values()] == [False] * 3


def test_an_enrolled_devices_carrier_and_station_are_verified(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(device.scan()))
    with reading(intake.engine) as session:
        assert carriers(session)["BLUEBIRD"].verified
        assert stations_of(session, {("BLUEBIRD", "HZ-01")})["BLUEBIRD", "HZ-01"].verified


def test_what_came_through_a_gateway_is_marked_as_imported(intake: Intake, device: Device) -> None:
    replay = intake.enrol(gateway())
    intake.record(
        device.deliver(device.scan("OURS", "accepted")),
        replay.deliver(replay.scan("PAST", "accepted"), post=Post("BLUEBIRD", "HZ-01", GATEWAY_DEVICE)),
    )
    rows = intake.rows("SELECT waybill_no, imported FROM parcel ORDER BY waybill_no")
    assert [(no, bool(imported)) for no, imported in rows] == [("OURS", False), ("PAST", True)]


def test_every_outcome_is_counted_with_its_commit(intake: Intake, device: Device) -> None:
    scan = device.scan()
    stranger = Device()
    intake.record(device.deliver(scan, scan, device.scan(hours=40), b"1"), stranger.deliver(stranger.scan()))
    intake.record(device.deliver(scan, device.scan(hours=50)))
    with reading(intake.engine) as session:
        assert tallies(session) == {
            ("recorded", ""): 1,
            ("duplicate", ""): 2,
            ("rejected", "time_in_future"): 2,
            ("rejected", "field_invalid"): 1,
            ("refused", "key_unknown"): 1,
        }


def test_a_rejected_event_is_kept_in_quarantine_with_its_own_bytes_only(intake: Intake, device: Device) -> None:
    bad = encode_event(device.scan("W1", "departed", details=DepartedDetails(vehicle="T1"), hours=99))
    intake.record(device.deliver(device.scan("SECRET"), bad))
    assert intake.rows("SELECT body FROM quarantine") == [(bad,)]
    with reading(intake.engine) as session:
        (kept,) = find_quarantined(session)
    assert (kept.code, kept.size, kept.carrier, kept.device) == ("time_in_future", len(bad), "BLUEBIRD", "GUN-1")


def test_coordinates_and_corrections_are_part_of_the_recorded_fact(intake: Intake, device: Device) -> None:
    wrong = device.scan(hours=-3, position=Position(lng=120.1, lat=30.2))
    right = device.scan(hours=-2, corrects=Correction(event_id=wrong.event_id, reason="incorrect_data"))
    intake.record(device.deliver(wrong))
    intake.record(device.deliver(right))
    parcel = intake.parcel("W1")
    assert (parcel.scans, parcel.corrections, parcel.last_position) == (1, 1, 2)


def test_times_of_another_zone_are_the_same_times(intake: Intake, device: Device) -> None:
    zone = timezone(timedelta(hours=-9, minutes=-30))
    scan = device.scan(event_time=(NOW - timedelta(hours=1)).astimezone(zone))
    intake.record(device.deliver(scan))
    with reading(intake.engine) as session:
        parcel = parcel_of(session, "W1")
    assert parcel is not None
    assert parcel.last_time == NOW - timedelta(hours=1)
