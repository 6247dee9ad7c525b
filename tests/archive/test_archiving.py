"""Archiving: a month is written whole, signed, read back and compared, and again it is only checked."""

import json

import duckdb
import msgspec
import pytest

from tests.archive.world import NEXT, OLD, PINNED, STEPS, Cellar, old_scan, signed_then
from tests.intake.devices import NOW, TRACKER_KEY
from tracker.archive.checking import check_archive
from tracker.archive.manifest import ArchiveDamaged, ArchiveError
from tracker.store.database import transaction
from tracker.store.key_record import RecordedKey, Standing, record_keys
from tracker.store.months import Month
from tracker.wire.private_file import write_private
from tracker.wire.signature import SigningKey
from tracker.wire.tracker_keys import KeyNotice, sign_notice


def test_a_month_is_archived_whole_and_stays_in_the_store(cellar: Cellar) -> None:
    cellar.archive(OLD)
    folder = cellar.out / "2022-03"
    manifest = check_archive(folder, PINNED, progress=lambda _done, _total: None).manifest
    assert (manifest.events, manifest.first_position, manifest.last_position) == (6 * len(STEPS), 1, 30)
    assert (manifest.batches, manifest.device_keys, manifest.log_position) == (6, 1, 36)
    assert cellar.count() == 36
    assert sorted(path.name for path in folder.iterdir()) == [
        "batches-00001.parquet", "device_keys-00001.parquet", "events-00001.parquet", "manifest.json", "manifest.jws",
        "receipts-00001.parquet",
    ]  # fmt: skip
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    bodies = cellar.intake.rows("SELECT body FROM event WHERE position <= 30 ORDER BY position")
    read = duckdb.sql(f"SELECT body FROM '{folder}/events-*.parquet' ORDER BY position").fetchall()
    assert [bytes(body) for (body,) in bodies] == [body for (body,) in read]


def test_an_archived_month_is_told_as_archived_and_checked_again(cellar: Cellar) -> None:
    cellar.archive(OLD)
    before = (cellar.out / "2022-03" / "manifest.json").read_bytes()
    cellar.archive(OLD)
    assert "was archived before and still holds" in cellar.said[-1]
    assert (cellar.out / "2022-03" / "manifest.json").read_bytes() == before


def test_what_came_late_is_seen_and_nothing_is_replaced(cellar: Cellar) -> None:
    cellar.archive(OLD)
    cellar.intake.record(signed_then(cellar.device, old_scan(cellar.device, "LATE", "accepted", day=1), day=6))
    for drop in (False, True):
        with pytest.raises(ArchiveError, match="late scans may have come since"):
            cellar.archive(OLD, drop=drop)
    assert cellar.count() == 37


def test_every_month_before_one_is_archived(cellar: Cellar) -> None:
    cellar.intake.record(signed_then(cellar.device, old_scan(cellar.device, "APRIL", "accepted", day=30), day=30))
    cellar.archive(before=Month(2022, 5))
    assert sorted(path.name for path in cellar.out.iterdir()) == ["2022-03", "2022-04"]
    cellar.archive(before=OLD)
    assert cellar.said[-1].endswith("no event before 2022-03 is here")


def test_a_month_without_events_or_not_ended_is_refused_and_leaves_nothing(cellar: Cellar) -> None:
    for month, reason in ((NEXT, "no event of 2022-04"), (Month.at(NOW), "has not ended")):
        with pytest.raises(ArchiveError, match=reason):
            cellar.archive(month)
    assert not cellar.out.exists() or list(cellar.out.iterdir()) == []


def test_a_folder_that_was_cut_off_is_named(cellar: Cellar) -> None:
    (cellar.out / "2022-03.partial").mkdir(parents=True)
    with pytest.raises(ArchiveError, match=r"2022-03\.partial is there"):
        cellar.archive(OLD)


def test_an_archive_is_believed_after_the_receipt_key_has_changed(cellar: Cellar) -> None:
    cellar.archive(OLD)
    heir = SigningKey.generate()
    notices = (
        sign_notice(KeyNotice(1, "next", heir.verifying.to_jwk(), NOW), TRACKER_KEY),
        sign_notice(KeyNotice(1, "past", TRACKER_KEY.verifying.to_jwk(), NOW), heir),
    )
    write_private(cellar.settings.receipt_key_file, msgspec.json.encode(heir.to_jwk()))
    with pytest.raises(ArchiveDamaged, match="no trusted key"):
        cellar.archive(OLD)
    with transaction(cellar.engine) as session:
        record_keys(session, [RecordedKey(heir.kid, Standing.PRESENT, NOW, notices)])
    cellar.archive(OLD, drop=True)
    assert cellar.count() == 6


def test_the_manifest_says_which_store_and_which_schema(cellar: Cellar) -> None:
    cellar.archive(OLD)
    manifest = json.loads((cellar.out / "2022-03" / "manifest.json").read_bytes())
    ((store, revision),) = cellar.intake.rows("SELECT store, version_num FROM log_head, alembic_version")
    assert (manifest["store"], manifest["revision"], manifest["month"]) == (store, revision, "2022-03")
