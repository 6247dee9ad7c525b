"""Migrations (库表迁移): bring a database to the schema that this code expects."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x6A6978696E  # "jixin": one migration at a time on PostgreSQL


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to `revision`; nothing when it is there already. Two at once wait for each other."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.begin()  # one transaction for all: alembic would let the other one in after each migration
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
        try:
            command.upgrade(_config(connection), revision)
            connection.commit()
        finally:
            if connection.dialect.name == "postgresql":
                connection.rollback()
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                connection.commit()


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to `revision`."""
    with engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one. Waits for no writer."""
    with engine.execution_options(reads_only=True).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def knows_revision(revision: str) -> bool:
    """Whether this code can bring a database at `revision` up to its own schema."""
    return revision in {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
