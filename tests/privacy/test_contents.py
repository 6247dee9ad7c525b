"""A file is read as it lies and as its format means it: neither alone would do."""

import gzip
import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tracker.archive.parquet import DEVICE_KEYS, write_table
from tracker.store.database import build_engine
from tracker.store.postgres_copy import copy_postgres
from web.bench.postgres import find_postgres
from web.privacy.contents import Unreadable, streams_of
from web.privacy.media import Medium, Search, files_of
from web.privacy.needles import Needle, NeedleKind
from web.privacy.planting import new_code, new_word, plant_rows

WORD = "欧阳锦绣13800138000"


def told(path: Path) -> dict[str, bytes]:
    """What each stream of a file holds."""
    return {stream.inside: b"".join(stream.chunks) for stream in streams_of(path)}


def test_a_row_that_sqlite_cuts_up_and_a_number_in_binary_are_read_as_values(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("CREATE TABLE other (value)")
    word, number = new_word(), Needle(NeedleKind.PLANTED, "13800138000")
    plant_rows(path, word, number)
    read = told(path)
    for needle in (word, number):
        assert needle.value.encode() not in read[""], "else the planted rows would show nothing"
        assert needle.value.encode() in read["planted"]


def test_what_stands_in_the_write_ahead_log_alone_is_read_from_it_and_as_a_row(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA wal_autocheckpoint=0")
        with store:
            store.execute("CREATE TABLE person (name TEXT)")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with store:
            store.execute("INSERT INTO person VALUES (?)", (WORD,))
        log = path.with_name("store.db-wal")
        size = log.stat().st_size
        read = told(path)
        assert WORD.encode() not in read[""]
        assert WORD.encode() in read["person"]
        assert WORD.encode() in told(log)[""]
        assert log.stat().st_size == size, "looking changes nothing"


def test_values_of_one_row_are_no_one_text(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("CREATE TABLE person (a, b, c BLOB)")
        store.execute("INSERT INTO person VALUES (?, ?, ?)", ("欧阳", 1, WORD.encode()))
    read = told(path)["person"]
    assert "欧阳1".encode() not in read
    assert WORD.encode() in read


def write_parquet(path: Path) -> None:
    rows = [(WORD, 1, WORD.encode(), 0, None)] * 500
    write_table(path.parent, DEVICE_KEYS, rows)
    (path.parent / "device_keys-00001.parquet").rename(path)


def write_gzip(path: Path) -> None:
    with gzip.open(path, "wb") as file:
        file.write((WORD * 500).encode())


def write_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", WORD * 500)


@pytest.mark.parametrize(
    ("write", "inside"), [(write_parquet, "rows"), (write_gzip, "unpacked"), (write_zip, "sheet.xml")]
)
def test_what_is_compressed_is_read_unpacked(tmp_path: Path, write: Callable[[Path], None], inside: str) -> None:
    path = tmp_path / "packed"
    write(path)
    assert WORD.encode() in told(path)[inside]


@pytest.mark.parametrize("beginning", [b"SQLite format 3\x00", b"PAR1", b"\x1f\x8b", b"PK\x03\x04"])
def test_a_damaged_file_is_named_and_not_passed_over(tmp_path: Path, beginning: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(beginning + b"damaged, and long enough to be looked at by anybody" * 9)
    with pytest.raises(Unreadable, match="damaged cannot be read"):
        told(path)


def test_any_other_file_is_read_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(new_code().value.encode())
    assert list(told(path)) == [""]


def test_a_postgresql_dump_is_unpacked_and_its_needles_are_found(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{find_postgres()}{os.pathsep}{os.environ['PATH']}")
    engine, path = build_engine(postgres_url), tmp_path / "backups" / "store.pgdump"
    words = {kind: new_word() for kind in ("text", "broken", "octets")}
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE planted (line text, octets bytea)")
        planting = sa.text("INSERT INTO planted VALUES (:line, :octets)")
        broken = f"a\\b\t{words['broken'].value}\n"
        for line in (words["text"].value, broken):
            connection.execute(planting, {"line": line, "octets": words["octets"].value.encode()})
    path.parent.mkdir()
    copy_postgres(engine.url, path, progress=lambda *_: None)
    engine.dispose()
    raw = path.read_bytes()
    assert all(word.value.encode() not in raw for word in words.values()), "it lies packed: its octets show nothing"
    assert broken.encode() in told(path)["rows"]
    search = Search.of(words.values())
    assert list(search.run(files_of(tmp_path))) == [Medium.BACKUPS]
    assert {hit.needle.value for hit in search.hits} == {word.value for word in words.values()}
    assert {hit.inside for hit in search.hits} == {"rows"}


def test_a_dump_that_is_cut_off_or_cannot_be_unpacked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.pgdump"
    path.write_bytes(b"PGDMP" + bytes(40))
    monkeypatch.setenv("PATH", f"{find_postgres()}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Unreadable, match="pg_restore"):
        told(path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreadable, match="postgresql-client"):
        told(path)
