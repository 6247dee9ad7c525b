"""The database's faults (数据库故障): refuses connections, is read-only, is away longer than the broker's patience."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql
from sqlalchemy import make_url

from web.bench.faults.fault import Fault, Kind
from web.bench.faults.ground import Ground
from web.bench.postgres import PostgresServer


def database_faults() -> list[Fault]:
    """Faults of PostgreSQL."""
    away = "数据库离线久于消息代理的重发时间"
    return [
        Fault("database_refusing", "数据库拒绝连接", "database refusing connections", Kind.POSTGRESQL, refuse),
        Fault("database_read_only", "数据库只读", "database read-only", Kind.POSTGRESQL, make_read_only),
        Fault("database_away", away, "database away longer than the broker's resend time", Kind.POSTGRESQL, take_away),
    ]


def refuse(ground: Ground) -> None:
    """The server runs and lets nobody into this database."""
    with _changed(ground, "ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true", "database refusing connections"):
        ground.hold(1 + ground.moment())


def make_read_only(ground: Ground) -> None:
    """As after a failover to a standby."""
    off, on = "SET default_transaction_read_only = on", "RESET default_transaction_read_only"
    with _changed(ground, off, on, "database read-only"):
        ground.hold(1 + ground.moment())


def take_away(ground: Ground) -> None:
    """Longer than the 3 s after which this ground's broker sends again on the live connection."""
    server = _server(ground)
    ground.strike("database away", server.stop)
    ground.hold(max(8.0, ground.minutes()))
    server.start()


@contextmanager
def _changed(ground: Ground, off: str, on: str, what: str) -> Iterator[None]:
    server = _server(ground)
    name = str(make_url(ground.settings.store_url).database)

    def change(how: str) -> None:
        server.run(sql.SQL("ALTER DATABASE {} " + how).format(sql.Identifier(name)))
        server.run(
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(name)
            )
        )

    try:
        ground.strike(what, lambda: change(off))
        yield
    finally:
        change(on)


def _server(ground: Ground) -> PostgresServer:
    assert ground.postgres is not None
    return ground.postgres
