"""What intake tests share (入库夹具): a tracker without a network on each engine, and one enrolled device."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

from tests.conftest import ENGINES
from tests.intake.devices import Device, Intake
from tracker.store.database import build_engine
from web.bench.postgres import PostgresServer


@pytest.fixture(scope="session")
def intake_postgres(postgres_server: PostgresServer, postgres_template: str) -> Iterator[Engine]:
    """One PostgreSQL database for all intake tests, which find it empty: to make one for each would take longer."""
    name = postgres_server.create_database(template=postgres_template)
    engine = build_engine(postgres_server.url(name))
    yield engine
    engine.dispose()
    postgres_server.drop_database(name)


def empty(engine: Engine) -> None:
    """Forget everything but which store it is."""
    with engine.begin() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name != "log_head":
                connection.execute(sa.delete(table))
        connection.execute(sa.text("UPDATE log_head SET position = 0, batch_no = 0, receipt_no = 0, fence = 0"))


@pytest.fixture(params=ENGINES)
def intake(request: pytest.FixtureRequest) -> Intake:
    """A tracker on an empty store, on SQLite and on PostgreSQL in turn."""
    if request.param == "sqlite":
        return Intake(request.getfixturevalue("sqlite_engine"))
    engine: Engine = request.getfixturevalue("intake_postgres")
    empty(engine)
    return Intake(engine)


@pytest.fixture
def device(intake: Intake) -> Device:
    """A device that the tracker knows."""
    return intake.enrol(Device())
