"""What archive tests share (归档夹具): a filled store on each engine in turn."""

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.archive.world import Cellar, settings_for


@pytest.fixture
def cellar(engine: Engine, tmp_path: Path) -> Cellar:
    """Six delivered parcels of March 2022 and six of today, on SQLite and on PostgreSQL in turn."""
    cellar = Cellar(engine, settings_for(engine, tmp_path), tmp_path / "archive")
    cellar.fill()
    return cellar
