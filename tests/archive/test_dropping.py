"""Dropping: only what is old, at rest and verified goes, and from then on everybody knows that it went."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.archive.world import OLD, STEPS, Cellar, old_scan, signed_then
from tests.intake.devices import NOW, Device, codes_of, only_line
from tracker.archive import dropping
from tracker.archive.manifest import ArchiveError
from tracker.chain.state import State
from tracker.chain.trace import ArchivedScans
from tracker.store.archived import archived_months, archived_scans_of
from tracker.store.database import reading
from tracker.store.months import Month
from tracker.store.sequence_audit import GapKind, Sequence, audit_sequence, find_audited_devices
from tracker.store.store_copy import check_copy, copy_store
from tracker.wire.event import Correction
from tracker.wire.topics import Post
from web.bench.postgres import find_postgres
from web.commands.doctor.store_checks import check_parcels, check_positions, check_rolling_hash
from web.commands.running import InstallationDoubt, InstallationError


def partitions(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(
            connection.scalars(
                sa.text("SELECT relname FROM pg_class WHERE relname LIKE 'event\\_20%' AND relkind = 'r'")
            )
        )


def test_a_dropped_month_is_gone_and_everything_adds_up(cellar: Cellar) -> None:
    cellar.archive(OLD, drop=True)
    assert cellar.count() == 6
    with reading(cellar.engine) as session:
        (month,) = archived_months(session)
        parts = archived_scans_of(session, ["OLD0", "NEW0"])
    assert (month.events, month.positions, month.closed_at, month.dropped_at) == (30, ((1, 30),), NOW, NOW)
    assert parts == {"OLD0": [ArchivedScans("2022-03", len(STEPS), NOW)]}
    assert "30 of them archived" in check_positions(cellar.engine)
    assert check_parcels(cellar.engine).startswith("6 sampled rows")
    with pytest.raises(InstallationDoubt, match="archived"):
        check_rolling_hash(cellar.engine)
    assert cellar.intake.parcel("OLD0").state is State.DELIVERED
    if cellar.engine.dialect.name == "postgresql":
        assert partitions(cellar.engine) == {"event_2026_07"}
    cellar.archive(OLD, drop=True)
    assert "was archived and dropped then" in cellar.said[-1]


def test_a_lost_event_is_still_found_by_the_doctor(cellar: Cellar) -> None:
    cellar.archive(OLD, drop=True)
    with cellar.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM event WHERE position = 33"))
    with pytest.raises(InstallationError, match="the log's head is 36, but 5 events"):
        check_positions(cellar.engine)
    with cellar.engine.begin() as connection:
        connection.execute(sa.text("UPDATE event SET position = 7 WHERE position = 34"))
    with pytest.raises(InstallationError, match="of which 1 positions stand here too"):
        check_positions(cellar.engine)


def test_an_existing_archive_is_verified_again_before_the_drop(cellar: Cellar) -> None:
    cellar.archive(OLD)
    path = cellar.out / "2022-03" / "events-00001.parquet"
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(octets)
    with pytest.raises(ArchiveError, match="damaged"):
        cellar.archive(OLD, drop=True)
    assert cellar.count() == 36
    shutil.rmtree(path.parent)
    cellar.archive(OLD)
    cellar.archive(OLD, drop=True)
    assert cellar.count() == 6


def test_a_month_too_young_is_refused_before_anything_is_done(cellar: Cellar) -> None:
    young = Month(2023, 7)
    with pytest.raises(ArchiveError, match=r"2023-07 stays in the store until 2026-08-01 .*without --drop"):
        cellar.archive(OLD, young, drop=True)
    assert not cellar.out.exists()
    assert cellar.count() == 36


def test_a_month_stays_while_a_parcel_of_it_is_on_its_way(cellar: Cellar) -> None:
    moving = [old_scan(cellar.device, "MOVING", "accepted", day=2), cellar.device.scan("MOVING", "departed")]
    cellar.intake.record(signed_then(cellar.device, *moving, day=2))
    with pytest.raises(ArchiveError, match=r"1 parcels of it, such as MOVING, .* had events since 2023-07"):
        cellar.archive(OLD, drop=True)
    assert cellar.count() == 38
    cellar.intake.record(cellar.device.deliver(cellar.device.scan("MOVING", "delivered", hours=-0.5)))
    cellar.archive(OLD, drop=True)
    assert cellar.count() == 8


def test_a_parcel_that_stands_still_since_then_keeps_no_month(cellar: Cellar) -> None:
    cellar.intake.record(signed_then(cellar.device, old_scan(cellar.device, "STUCK", "accepted", day=2), day=2))
    cellar.archive(OLD, drop=True)
    assert cellar.intake.parcel("STUCK").state is State.ACCEPTED


def test_a_resent_or_late_scan_of_a_dropped_month_is_answered_and_never_recorded(cellar: Cellar) -> None:
    known = old_scan(cellar.device, "AGAIN", "accepted", day=1)
    cellar.intake.record(signed_then(cellar.device, known, day=1))
    cellar.archive(OLD, drop=True)
    late = old_scan(cellar.device, "OLD0", "arrived", day=2)
    fresh = cellar.device.scan("NEW9", "accepted")
    result = cellar.intake.record(signed_then(cellar.device, known, late, fresh, day=6))
    assert (codes_of(result), result.recorded, result.duplicates) == (["month_archived"] * 2, 1, 0)
    assert "2022-03" in only_line(result).rejected[0].reason
    assert cellar.count() == 7
    if cellar.engine.dialect.name == "postgresql":
        assert "event_2022_03" not in partitions(cellar.engine)


def test_a_later_scan_carries_an_archived_parcel_on(cellar: Cellar) -> None:
    cellar.intake.record(signed_then(cellar.device, old_scan(cellar.device, "STUCK", "accepted", day=2), day=2))
    cellar.archive(OLD, drop=True)
    before = cellar.intake.parcel("STUCK")
    cellar.intake.record(cellar.device.deliver(cellar.device.scan("STUCK", "delivered")))
    after = cellar.intake.parcel("STUCK")
    assert (after.state, after.accepted_at, after.scans) == (State.DELIVERED, before.accepted_at, 2)
    assert (before.accepted_at is None, after.last_position) == (False, 38)


def test_a_scan_between_archived_ones_is_kept_and_takes_nothing_from_the_row(cellar: Cellar) -> None:
    """In another month than the dropped one, yet before the parcel's last scan: a rebuild would forget all of March."""
    scans = [old_scan(cellar.device, "SPAN", "accepted", day=2), old_scan(cellar.device, "SPAN", "delivered", day=40)]
    cellar.intake.record(signed_then(cellar.device, *scans, day=40))
    cellar.archive(OLD, drop=True)
    before = cellar.intake.parcel("SPAN")
    result = cellar.intake.record(
        signed_then(cellar.device, old_scan(cellar.device, "SPAN", "arrived", day=35), day=41)
    )
    after = cellar.intake.parcel("SPAN")
    assert result.recorded == 1
    assert (after.state, after.accepted_at, after.scans) == (State.DELIVERED, before.accepted_at, before.scans)
    assert after.last_position == before.last_position + 1


def test_what_is_archived_cannot_be_corrected(cellar: Cellar) -> None:
    cellar.intake.record(
        signed_then(cellar.device, old_scan(cellar.device, "SPAN", "accepted", day=2), day=2),
        signed_then(cellar.device, april := old_scan(cellar.device, "SPAN", "delivered", day=40), day=40),
    )
    march = cellar.intake.rows("SELECT event_id FROM event WHERE waybill_no = 'OLD0' ORDER BY position LIMIT 1")[0][0]
    cellar.archive(OLD, drop=True)
    before = cellar.intake.parcel("SPAN")
    corrections = [
        cellar.device.scan("OLD0", "accepted", corrects=correction_of(march)),
        cellar.device.scan("SPAN", "delivered", corrects=correction_of(april.event_id)),
        cellar.device.scan("NEW0", "accepted", corrects=correction_of(april.event_id)),
    ]
    result = cellar.intake.record(cellar.device.deliver(*corrections))
    assert (codes_of(result), result.recorded) == (["month_archived"] * 2, 1)
    assert cellar.intake.parcel("SPAN") == before


def test_the_audit_misses_nothing_that_is_archived(cellar: Cellar) -> None:
    device = cellar.device = cellar.intake.enrol(Device(Post("BLUEBIRD", "HZ-01", "GUN-2")))
    scans = [old_scan(device, f"W{seq}", "accepted", day=seq / 100, seq=seq) for seq in (2, 3, 5, 6, 7, 20)]
    cellar.intake.record(signed_then(device, *scans[:3], day=1), signed_then(device, *scans[3:], day=2))
    cellar.intake.record(signed_then(device, device.scan("NOW", "accepted", seq=23), day=3))
    before = audit(cellar)
    cellar.archive(OLD, drop=True)
    assert audit(cellar) == before
    assert [(gap.first, gap.last) for gap in before.find_gaps(GapKind.MISSING)] == [(4, 4), (8, 19), (21, 22)]
    assert (before.first, before.highest, before.recorded) == (2, 23, 7)


def test_the_audit_sees_that_a_counter_began_again_after_what_is_archived(cellar: Cellar) -> None:
    old = [old_scan(cellar.device, f"W{seq}", "accepted", day=3, seq=seq) for seq in range(5_000, 5_010)]
    cellar.intake.record(signed_then(cellar.device, *old, day=6))
    before = audit(cellar)
    cellar.archive(OLD, drop=True)
    assert audit(cellar) == before
    assert [gap.kind for gap in before.gaps] == [GapKind.RESTART]


def test_a_number_used_again_after_its_event_was_archived_is_a_finding(cellar: Cellar) -> None:
    cellar.archive(OLD, drop=True)
    cellar.intake.record(cellar.device.deliver(cellar.device.scan("AGAIN", "accepted", seq=3)))
    ((findings,),) = cellar.intake.rows("SELECT findings FROM event WHERE waybill_no = 'AGAIN'")
    assert findings == "seq_reused"
    assert audit(cellar).reused == 1


def test_a_backup_carries_what_was_archived(
    cellar: Cellar, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{find_postgres()}{os.pathsep}{os.environ['PATH']}")
    cellar.archive(OLD, drop=True)
    copy = copy_store(cellar.engine, tmp_path_factory.mktemp("copy"), progress=lambda _done, _total: None)
    assert check_copy(copy).position == 36


def test_a_drop_that_was_cut_off_is_taken_up_again(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed and half gone: nothing of the month is recorded, everything still adds up, the next run ends it."""
    monkeypatch.setattr(dropping, "AT_ONCE", 7)
    begun = dropping._delete if cellar.engine.dialect.name == "sqlite" else dropping._detach

    def cut(*arguments: object) -> None:
        if cellar.engine.dialect.name == "sqlite":
            with cellar.engine.begin() as connection:
                connection.execute(sa.text("DELETE FROM event WHERE position BETWEEN 3 AND 12"))
        raise KeyboardInterrupt

    monkeypatch.setattr(dropping, begun.__name__, cut)
    with pytest.raises(KeyboardInterrupt):
        cellar.archive(OLD, drop=True)
    result = cellar.intake.record(signed_then(cellar.device, old_scan(cellar.device, "LATE", "accepted", day=1), day=6))
    assert codes_of(result) == ["month_archived"]
    assert "30 of them archived" in check_positions(cellar.engine)
    assert audit(cellar).missing == 0
    cellar.out.rename(cellar.out.with_name("elsewhere"))
    with pytest.raises(ArchiveError, match="2022-03 is being dropped: name the folder"):
        cellar.archive(OLD, drop=True)
    cellar.out.rmdir()
    cellar.out.with_name("elsewhere").rename(cellar.out)
    monkeypatch.setattr(dropping, begun.__name__, begun)
    cellar.archive(OLD, drop=True)
    assert cellar.count() == 6


def test_other_months_are_recorded_and_read_while_one_is_dropped(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that reads all events holds the partition: the drop waits, in small steps, and nobody waits for the drop."""
    monkeypatch.setattr(dropping, "PAUSE", 0.05)
    monkeypatch.setattr(dropping, "PATIENCE", 0.05)
    with reader_of_everything(cellar.engine) as let_go:
        thread = Thread(target=lambda: cellar.archive(OLD, drop=True))
        thread.start()
        longest = 0.0
        for number in range(40):
            began = datetime.now(UTC)
            cellar.intake.record(cellar.device.deliver(cellar.device.scan(f"LIVE{number}", "accepted")))
            longest = max(longest, (datetime.now(UTC) - began).total_seconds())
        let_go.set()
        thread.join(60)
    print(f"longest commit while dropping: {longest * 1000:.0f} ms")
    assert longest < 5
    assert cellar.count() == 46
    assert "30 of them archived" in check_positions(cellar.engine)


def audit(cellar: Cellar) -> Sequence:
    with reading(cellar.engine) as session:
        numbers = {post: number for number, post in find_audited_devices(session)}
        post = cellar.device.post
        return audit_sequence(session, numbers[post], post, settled_before=NOW + timedelta(hours=1))


def correction_of(event_id: UUID | bytes) -> Correction:
    target = event_id if isinstance(event_id, UUID) else UUID(bytes=event_id)
    return Correction(event_id=target, reason="did_not_occur")


@contextmanager
def reader_of_everything(engine: Engine) -> Iterator[Event]:
    let_go, began = Event(), Event()

    def read() -> None:
        with reading(engine) as session:
            session.connection().execute(sa.text("SELECT count(*) FROM event")).all()
            began.set()
            let_go.wait(60)

    thread = Thread(target=read)
    thread.start()
    assert began.wait(30)
    try:
        yield let_go
    finally:
        let_go.set()
        thread.join(60)
