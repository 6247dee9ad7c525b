"""Checking: an archive that is whole holds by itself, and one changed byte or row anywhere in it does not."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import msgspec
import pytest
from sqlalchemy.engine import Engine

from tests.archive.world import OLD, PINNED, Cellar, settings_for
from tests.intake.devices import NOW, TRACKER_KEY
from tests.scanners.counter import build_enrolment
from tracker.archive import checking
from tracker.archive.checking import check_archive
from tracker.archive.manifest import ArchiveDamaged, ArchiveError, Manifest, facts_of, write_manifest
from tracker.archive.parquet import EVENTS, Row, read_table, write_table
from tracker.wire.enrolment import write_enrolment
from tracker.wire.signature import SigningKey
from tracker.wire.tracker_keys import KeyNotice, sign_notice
from web.commands.running import Misused
from web.commands.verifying import run_verify


@pytest.fixture
def folder(sqlite_engine: Engine, tmp_path: Path) -> Path:
    """An archive of 30 events in six batches."""
    cellar = Cellar(sqlite_engine, settings_for(sqlite_engine, tmp_path), tmp_path / "archive")
    cellar.fill()
    cellar.archive(OLD)
    return cellar.out / "2022-03"


def check(folder: Path) -> Manifest:
    return check_archive(folder, PINNED, progress=lambda _done, _total: None).manifest


def signed_anew(folder: Path) -> None:
    """As one would who has the receipt key and counts what is there now."""
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    files = {name: facts_of(folder / name) for name in manifest.files}
    rows = list(read_table([folder / "events-00001.parquet"], EVENTS))
    digest = hashlib.sha256(b"".join(hashlib.sha256(row[-1]).digest() for row in rows)).hexdigest()
    write_manifest(folder, msgspec.structs.replace(manifest, files=files, bodies_sha256=digest), TRACKER_KEY)


def changed(folder: Path, name: str, change: Callable[[Row], Row]) -> None:
    """Rewrite the third event with one column changed."""
    path = folder / "events-00001.parquet"
    rows = list(read_table([path], EVENTS))
    rows[2] = change(rows[2])
    assert name in EVENTS.columns
    write_table(folder, EVENTS, rows)


def test_every_byte_of_every_file_counts(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        kept = path.read_bytes()
        for at in {0, len(kept) // 3, len(kept) // 2, len(kept) - 2}:
            octets = bytearray(kept)
            octets[at] ^= 1
            path.write_bytes(octets)
            with pytest.raises(ArchiveDamaged):
                check(folder)
        path.write_bytes(kept)
    assert check(folder).events == 30


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "receipts-00001.parquet").unlink()
    with pytest.raises(ArchiveDamaged, match=r"receipts-00001\.parquet is missing"):
        check(folder)
    (folder / "manifest.jws").unlink()
    with pytest.raises(ArchiveError, match=r"no archive: it has no manifest\.jws"):
        check(folder)


@pytest.mark.parametrize("column", [name for name in EVENTS.columns if name not in ("device_no", "findings")])
def test_who_has_the_receipt_key_still_cannot_change_what_a_device_signed(folder: Path, column: str) -> None:
    number = list(EVENTS.columns).index(column)

    def change(row: Row) -> Row:
        value = row[number]
        other = {
            int: lambda: value + 1,
            str: lambda: "accepted" if column == "step" else f"{value}X",
            bytes: lambda: value.replace(b"OLD0", b"OLD9"),
        }.get(type(value), lambda: type(value)(int=value.int + 1))()
        assert other != value
        return (*row[:number], other, *row[number + 1 :])

    changed(folder, column, change)
    signed_anew(folder)
    with pytest.raises(ArchiveDamaged):
        check(folder)


def test_an_event_that_was_left_out_is_missed(folder: Path) -> None:
    path = folder / "events-00001.parquet"
    rows = list(read_table([path], EVENTS))
    write_table(folder, EVENTS, rows[:7] + rows[8:])
    signed_anew(folder)
    with pytest.raises(ArchiveDamaged, match="not those that the manifest counts"):
        check(folder)


def test_receipts_are_kept_in_bounds_and_still_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "KEPT_RECEIPTS", 1)
    assert check(folder).receipts == 6


def test_an_older_and_a_newer_key_of_the_tracker_are_believed_another_is_not(folder: Path) -> None:
    heir = SigningKey.generate()
    made = NOW + timedelta(days=1)
    notices = [
        sign_notice(KeyNotice(1, "next", heir.verifying.to_jwk(), made), TRACKER_KEY),
        sign_notice(KeyNotice(1, "past", TRACKER_KEY.verifying.to_jwk(), made), heir),
    ]
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    write_manifest(folder, msgspec.structs.replace(manifest, key_notices=notices), heir)
    assert check(folder).events == 30
    check_archive(folder, {heir.kid: heir.verifying}, progress=lambda _done, _total: None)
    stranger = SigningKey.generate()
    with pytest.raises(ArchiveDamaged, match="no trusted key of the tracker signed it"):
        check_archive(folder, {stranger.kid: stranger.verifying}, progress=lambda _done, _total: None)


def test_the_command_says_what_holds_and_what_does_not(folder: Path, tmp_path: Path) -> None:
    keys, said = tmp_path / "enrolment.json", list[str]()
    write_enrolment(build_enrolment(), keys)
    assert run_verify(folder, keys, say=said.append)
    assert [line[0] for line in said] == ["✓"] * 4
    assert "30 条记录核验无误" in said[-1]
    path = folder / "batches-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    assert not run_verify(folder, keys, say=said.append)
    assert said[-1].startswith("✗")
    assert "batches-00001.parquet is damaged" in said[-1]
    with pytest.raises(Misused, match="an archive needs --keys"):
        run_verify(folder, None, say=said.append)


def test_the_files_are_plain_parquet_that_anybody_reads(folder: Path) -> None:
    query = f"SELECT step, count(*), min(event_time)::VARCHAR FROM '{folder}/events-*.parquet' GROUP BY ALL ORDER BY 3"
    found = duckdb.sql(query).fetchall()
    assert [(step, count) for step, count, _ in found] == [
        ("accepted", 6), ("departed", 6), ("arrived", 6), ("out_for_delivery", 6), ("delivered", 6),
    ]  # fmt: skip
