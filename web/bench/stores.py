"""Scratch stores (临时库): an empty store of our schema for one round, on either engine."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import sqlalchemy as sa

from tracker.store.database import build_engine, transaction
from tracker.store.migrate import upgrade
from tracker.store.partitions import ensure_partitions
from tracker.store.registry import save_device_key
from tracker.wire.event_ids import build_event_id
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post
from web.bench.postgres import PostgresServer


@contextmanager
def scratch_store(store: str, folder: Path, server: PostgresServer | None) -> Iterator[str]:
    """The URL of a fresh database at this version's schema; gone when the block ends."""
    if store != "postgresql":
        url = f"sqlite:///{folder / 'jixin.db'}"
        _migrate(url)
        yield url
        return
    assert server is not None
    name = server.create_database()
    try:
        _migrate(server.url(name))
        yield server.url(name)
    finally:
        server.drop_database(name)


@contextmanager
def empty_database(store: str, folder: Path, server: PostgresServer | None) -> Iterator[str]:
    """The URL of a database without a table, for a peer that makes its own."""
    if store != "postgresql":
        yield f"sqlite:///{folder / 'peer.db'}"
        return
    assert server is not None
    name = server.create_database()
    try:
        yield server.url(name)
    finally:
        server.drop_database(name)


def address_of(url: str, *, scheme: bool = False) -> str:
    """What other libraries call the same database: a file, a connection string or, with `scheme`, a postgres:// URL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    if scheme:
        return f"postgres://postgres@localhost/{parsed.database}?host={parsed.query['host']}"
    return f"host={parsed.query['host']} user=postgres dbname={parsed.database}"


@contextmanager
def watching_position(url: str) -> Iterator[Callable[[], int]]:
    """How to ask, many times, how far the log has come."""
    asked = "SELECT position FROM log_head"
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(f"file:{parsed.database}?mode=ro", uri=True)) as file:
            yield lambda: int(file.execute(asked).fetchone()[0])
        return
    with psycopg.connect(address_of(url), autocommit=True) as connection:
        yield lambda: int((connection.execute(asked).fetchone() or (0,))[0])


def enrol_all(url: str, devices: Iterable[tuple[Post, SigningKey]]) -> None:
    """Make the devices and their keys known to the store."""
    engine = build_engine(url)
    with transaction(engine) as session:
        for post, key in devices:
            save_device_key(
                session,
                carrier=post.carrier,
                station=post.station,
                device=post.device,
                kid=key.kid,
                public_key=key.verifying.public_bytes,
                enrolled_at=datetime.now(UTC),
            )
    engine.dispose()


def make_partitions(url: str, moments: Iterable[datetime]) -> None:
    """The months' partitions, for a ceiling that knows nothing of months."""
    engine = build_engine(url)
    with transaction(engine) as session:
        ensure_partitions(session, {build_event_id(moment, bytes(10)) for moment in moments})
    engine.dispose()


def _migrate(url: str) -> None:
    engine = build_engine(url)
    upgrade(engine)
    engine.dispose()
