"""What web tests share (网站夹具): the small world in a store, and a client in front of it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from tests.web.parcels import DELIVERED, record_examples, record_fleet
from tests.web.parties import MASKED, keep_label_secret, keep_parties
from tests.web.world import NOW, World
from tracker.access.accounts import add_account
from tracker.access.api_tokens import TokenScope, add_api_token
from tracker.access.roles import EVERYTHING, Role
from tracker.access.tokens import hash_token
from tracker.store.database import build_engine, transaction
from tracker.store.migrate import upgrade
from web.app import create_app
from web.settings import Settings

TOKEN = "a-token-that-only-the-administrator-has"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
MakeClient = Callable[..., TestClient]


def build_client(engine: Engine, folder: Path, *, public_url: str | None = None) -> TestClient:
    """A client of an app over a store, in which an administrator has the token TOKEN."""
    with suppress(OperationalError):  # a store that is away has no accounts either
        ensure_token(engine)
    app = create_app(Settings(data_dir=folder, public_url=public_url), engine, clock=lambda: NOW)
    return TestClient(app, base_url="http://jixin.example", raise_server_exceptions=False, follow_redirects=False)


def ensure_token(engine: Engine) -> None:
    """An administrator without a password, whose token opens what tokens open."""
    with transaction(engine) as session:
        made = add_account(
            session, "root", Role.ADMINISTRATOR, EVERYTHING, password_hash=None, password_until=None, made_at=NOW
        )
        if made is not None:
            add_api_token(session, made, token_hash=hash_token(TOKEN), scopes=list(TokenScope), days=90, now=NOW)


def app_of(client: TestClient) -> FastAPI:
    """The app behind a client."""
    return cast(FastAPI, client.app)


def fill(engine: Engine, *, fleet: bool = False) -> None:
    """The small world; with the fleet there is something to rank."""
    with transaction(engine) as session:
        world = World(session)
        world.register()
        record_examples(world)
        if fleet:
            record_fleet(world)


@pytest.fixture(scope="session")
def seeded_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the whole small world."""
    path = tmp_path_factory.mktemp("seeded") / "seeded.db"
    engine = build_engine(f"sqlite:///{path}")
    upgrade(engine)
    fill(engine, fleet=True)
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def seeded_engine(seeded_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """An engine on the small world, this test's own copy."""
    engine = build_engine(f"sqlite:///{shutil.copy(seeded_template, tmp_path / 'seeded.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def make_client(seeded_engine: Engine, tmp_path: Path) -> MakeClient:
    """`make_client(public_url=…)`: a client with settings of its own."""
    return partial(build_client, seeded_engine, tmp_path)


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    """A client of the small world."""
    return make_client()


@pytest.fixture
def clock(client: TestClient) -> list[datetime]:
    """The app's time, to be set."""
    moment = [NOW]
    app_of(client).state.clock = lambda: moment[0]
    return moment


@pytest.fixture
def door(client: TestClient, tmp_path: Path, seeded_engine: Engine) -> TestClient:
    """A client of an installation with a label secret, where the delivered parcel has identity records."""
    keep_label_secret(tmp_path)
    with transaction(seeded_engine) as session:
        keep_parties(session, DELIVERED, MASKED)
    return client
