"""Parcel rows: a parcel comes back exactly as the fold gave it, on both engines."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace
from sqlalchemy.engine import Engine
from sqlmodel import select

from tests.chain.builders import lives, promised, scan
from tracker.chain.fold import fold
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.store.database import build_engine, reading, transaction
from tracker.store.parcel_store import parcel_of, parcels_of, save_parcels
from tracker.store.tables.parcel import ParcelRow


@pytest.fixture(scope="module")
def parcels_engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One store for all examples: each takes the place of the one before."""
    folder = tmp_path_factory.mktemp("parcels")
    engine = build_engine(f"sqlite:///{shutil.copy(sqlite_template, folder / 'parcels.db')}")
    yield engine
    engine.dispose()


def save(engine: Engine, *parcels: Parcel) -> None:
    with transaction(engine) as session:
        known = parcels_of(session, [parcel.waybill_no for parcel in parcels])
        save_parcels(session, parcels, known=known)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives())
def test_a_parcel_comes_back_as_it_was_saved(parcels_engine: Engine, life: list[Scan]) -> None:
    parcel = fold(life)[0]
    save(parcels_engine, parcel)
    with reading(parcels_engine) as session:
        assert parcel_of(session, parcel.waybill_no) == parcel


def long_life() -> Parcel:
    """A parcel with something in nearly every column."""
    steps = [
        "announced",
        "accepted",
        "screened",
        "departed",
        "arrived",
        "lost",
        "arrived",
        "delivered",
        "held",
    ]
    scans = [replace(scan(step, hour), operator="C1") for hour, step in enumerate(steps)]
    return fold([*scans, promised("screened", 2.5, "2026-07-03T18:00:00+08:00")])[0]


def test_both_engines_keep_every_column(engine: Engine) -> None:
    parcel = long_life()
    save(engine, parcel)
    with reading(engine) as session:
        assert parcel_of(session, "W1") == parcel


def test_what_follows_from_a_parcel_stands_in_its_row(engine: Engine) -> None:
    parcel = long_life()
    save(engine, parcel)
    with reading(engine) as session:
        row = session.exec(select(ParcelRow)).one()
    assert (row.due_at, row.gaps, row.on_the_way) == (parcel.due_at, parcel.gaps, parcel.on_the_way)
    assert parcel.gaps > 0
    assert isinstance(row.due_at, datetime)


def test_many_are_written_and_read_at_once_and_the_unknown_are_absent(engine: Engine) -> None:
    parcels = [fold([scan("accepted", waybill_no=f"W{number}")])[0] for number in range(5)]
    save(engine, *parcels)
    again = [replace(parcel, weight_g=9) for parcel in parcels[:2]]
    save(engine, *again, fold([scan("accepted", waybill_no="W9")])[0])
    with reading(engine) as session:
        found = parcels_of(session, [f"W{number}" for number in range(12)])
    assert sorted(found) == ["W0", "W1", "W2", "W3", "W4", "W9"]
    assert [found[f"W{number}"].weight_g for number in range(3)] == [9, 9, None]
    assert [found[parcel.waybill_no] for parcel in parcels[2:]] == parcels[2:]
