"""What store tests share (库夹具): a database for a whole file of tests that commit nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.conftest import ENGINES
from tracker.store.database import build_engine


@pytest.fixture(scope="module", params=ENGINES)
def shared_engine(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine on a migrated database that the tests of one file share, on each engine in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('shared') / 'shared.db')}"
        engine = build_engine(url)
        yield engine
        engine.dispose()
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    name = server.create_database(template=template)
    engine = build_engine(server.url(name))
    yield engine
    engine.dispose()
    server.drop_database(name)
