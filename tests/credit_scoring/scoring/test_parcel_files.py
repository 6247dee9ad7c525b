"""Parcel files: DuckDB over Parquet, from the store or from archived events, gives the bytes that the store gives."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy.engine import Engine

from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.collect import collect_evidence
from credit_scoring.scoring.counting import Ask
from credit_scoring.scoring.parcel_files import PARCELS, asking_files, write_from_archive, write_from_store
from credit_scoring.scoring.score_store import build_run
from tests.archive.conftest import cellar
from tests.archive.world import DAY, OLD, Cellar
from tests.credit_scoring.rows import (
    ACCEPTED_AT,
    HOUR_MS,
    NO_TIMES,
    SCOPE,
    many,
    on_its_way,
    parcel,
    picked_up_only,
    store,
)
from tracker.store.database import reading

__all__ = ["cellar"]  # the fixture
UNSEEN = {"state": "announced", "accepted_at": None, "due_at": None, "final_at": None, "on_the_way": False, **NO_TIMES}


def result_of(engine: Engine, scope: Scope, ask: Ask | None = None) -> bytes:
    with reading(engine) as session:
        evidence = collect_evidence(session, scope, ask=ask)
    assert evidence
    assessment = build_assessment(
        evidence, scope=scope, log=LogPoint(7, "ab" * 32), scheme=shipped_schemes().of("2026-1")
    )
    run = build_run(assessment, created_at=scope.as_of)
    return run.evidence + run.result


def quiet(_done: int, _total: int | None) -> None: ...


def fill(engine: Engine) -> None:
    rows = [
        *many(40, "BLUEBIRD", announced_at=ACCEPTED_AT),
        *many(35, "O'BRIEN,\"", gaps=1, damaged=True, same_city=True, full_ms=25 * HOUR_MS),
        *(on_its_way(f"M{number}", "POSTROAD", due_at=ACCEPTED_AT + timedelta(hours=number)) for number in range(40)),
        *(picked_up_only(f"L{number}", imported=True) for number in range(31)),
        parcel("HIDDEN", announced_at=ACCEPTED_AT, **UNSEEN),
        parcel("ELSEWHEN", accepted_at=ACCEPTED_AT - timedelta(days=400)),
    ]
    store(engine, rows)


@pytest.mark.parametrize("division", [None, "330000"])
def test_duckdb_over_the_exported_parcels_gives_the_same_bytes(
    engine: Engine, tmp_path: Path, division: str | None
) -> None:
    fill(engine)
    scope = Scope(SCOPE.window, division, SCOPE.as_of)
    with reading(engine) as session:
        assert write_from_store(session, scope, tmp_path / "parcels", progress=quiet) == 147
    with asking_files(tmp_path / "parcels") as ask:
        assert result_of(engine, scope, ask) == result_of(engine, scope)


def test_duckdb_over_the_archived_events_gives_the_same_bytes(cellar: Cellar, tmp_path: Path) -> None:
    cellar.archive(OLD)
    window = Window(DAY.date() - timedelta(days=2), DAY.date() + timedelta(days=8))
    scope = Scope(window, None, DAY + timedelta(days=60))
    here = result_of(cellar.engine, scope)
    assert write_from_archive([cellar.out / "2022-03"], tmp_path / "parcels", progress=quiet) == 6
    with asking_files(tmp_path / "parcels") as ask:
        assert result_of(cellar.engine, scope, ask) == here


def test_an_exported_parcel_names_nobody(sqlite_engine: Engine, tmp_path: Path) -> None:
    store(sqlite_engine, [parcel("A", first_operator="c1017", last_operator="c1018")])
    with reading(sqlite_engine) as session:
        write_from_store(session, SCOPE, tmp_path / "parcels", progress=quiet)
    found = duckdb.sql(f"DESCRIBE SELECT * FROM '{tmp_path}/parcels/*.parquet'").fetchall()
    assert [row[0] for row in found] == list(PARCELS.columns)
    assert not any("operator" in name or name == "life" for name in PARCELS.columns)


def test_a_folder_that_is_there_is_not_written_over(sqlite_engine: Engine, tmp_path: Path) -> None:
    with reading(sqlite_engine) as session, pytest.raises(FileExistsError):
        write_from_store(session, SCOPE, tmp_path, progress=quiet)
