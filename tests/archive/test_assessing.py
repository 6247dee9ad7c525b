"""Assessing from the archive: `jixin assess --archive` counts archived events, and its run holds like any other."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from tests.archive.world import OLD, Cellar
from tests.intake.devices import TRACKER_KEY
from tracker.archive.log_hash import roll_archive
from tracker.archive.parquet import EVENTS, write_table
from tracker.ledger.rolling import GENESIS, roll
from tracker.store.database import reading
from tracker.store.event_store import bodies_in_order
from web.commands.assessing import run_assess
from web.commands.running import Misused
from web.commands.verifying import run_verify

QUIET = Console(quiet=True)
MARCH = {"from_": "2022-03-08", "to": "2022-03-20", "division": None, "scheme": "2026-1"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    file = tmp_path / "keys.json"
    file.write_bytes(msgspec.json.encode({"keys": [TRACKER_KEY.to_jwk()]}))
    return file


def test_the_archives_run_has_the_stores_counts_and_verifies(cellar: Cellar, keys: Path, tmp_path: Path) -> None:
    cellar.archive(OLD)
    here, there = tmp_path / "store.json", tmp_path / "archive.json"
    run_assess(cellar.settings, **MARCH, export=here, parcels=tmp_path / "parcels", console=QUIET)
    run_assess(cellar.settings, **MARCH, export=there, archive=cellar.out, keys=keys, console=QUIET)
    results = [json.loads(file.read_text())["result"] for file in (here, there)]
    assert [result["position"] for result in results] == [36, 30]
    with reading(cellar.engine) as session:
        bodies = [body for _, body in bodies_in_order(session)]
    assert [result["rolling_sha256"] for result in results] == [roll(GENESIS, bodies[:n]).hex() for n in (36, 30)]
    assert results[0]["unranked"] == results[1]["unranked"] != []
    assert run_verify(there, None, say=lambda _line: None)
    assert sorted(path.name for path in (tmp_path / "parcels").iterdir()) == ["parcels-00001.parquet"]


def test_months_that_are_not_the_whole_log_have_no_rolling_hash(tmp_path: Path) -> None:
    months = [tmp_path / name for name in ("a", "b")]
    for month, positions in zip(months, ((1, 3), (2, 4)), strict=True):
        month.mkdir()
        write_table(month, EVENTS, (bare_event(position) for position in positions))
    bodies = [b"%d" % position for position in range(1, 5)]
    assert roll_archive(months, tmp_path) == roll(GENESIS, bodies)
    assert roll_archive(months[:1], tmp_path) is None
    assert roll_archive(months[1:], tmp_path) is None


def bare_event(position: int) -> tuple[Any, ...]:
    return tuple({"position": position, "body": b"%d" % position}.get(name) for name in EVENTS.columns)


def test_a_folder_without_months_and_an_archive_without_keys_are_misuse(cellar: Cellar, tmp_path: Path) -> None:
    with pytest.raises(Misused, match="no archived month"):
        run_assess(cellar.settings, **MARCH, export=None, archive=tmp_path, console=QUIET)
    cellar.archive(OLD)
    with pytest.raises(Misused, match="--keys"):
        run_assess(cellar.settings, **MARCH, export=None, archive=cellar.out, console=QUIET)


def test_the_table_says_in_words_why_a_company_has_no_place(cellar: Cellar) -> None:
    said = Console(file=StringIO(), width=100)
    run_assess(cellar.settings, **MARCH, export=None, console=said)
    assert isinstance(said.file, StringIO)
    printed = said.file.getvalue()
    assert "件数不足 30 件" in printed
    assert "fewer than 30 parcels" in printed
    assert "too_few_parcels" not in printed
