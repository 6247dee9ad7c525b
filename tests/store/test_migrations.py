"""Migrations: from nothing to the tables of this code and back, on both engines, also twice at once."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Engine
from sqlmodel import select

import credit_scoring.archive.archive_tables
import credit_scoring.complaints.complaint_tables
import credit_scoring.governance.objections.objection_tables
import credit_scoring.scheme.scheme_tables
import credit_scoring.scoring.score_store
import credit_scoring.voices.voice_tables  # noqa: F401 their tables belong to the schema
from tests.intake.devices import NOW, Device, Intake
from tracker.store import migrate
from tracker.store.database import build_engine, reading, transaction
from tracker.store.event_store import log_head
from tracker.store.migrate import current_revision, downgrade, head_revision, upgrade
from tracker.store.naming import NAMING
from tracker.store.tables.registry import DeviceRow

UPGRADE = """
import sys
from tracker.store.database import build_engine
from tracker.store.migrate import upgrade
for url in sys.argv[1:]:
    engine = build_engine(url)
    print("ready", flush=True)
    sys.stdin.readline()
    upgrade(engine)
    engine.dispose()
print("done", flush=True)
"""


def find_drift(engine: Engine) -> None:
    """Raises where the database and the tables of this code differ, as `alembic check` sees it."""
    with engine.connect() as connection:
        command.check(migrate._config(connection))
        connection.rollback()


def test_an_empty_database_is_at_no_revision(empty_engine: Engine) -> None:
    assert current_revision(empty_engine) is None


def test_the_revision_is_read_while_another_writes(sqlite_engine: Engine) -> None:
    """A standby starts also while the tracker that records hangs in the middle of a transaction."""
    with transaction(sqlite_engine) as session:
        log_head(session, lock=True)
        assert current_revision(sqlite_engine) == head_revision()


def test_an_upgrade_from_empty_leaves_no_drift(empty_engine: Engine) -> None:
    upgrade(empty_engine)
    assert current_revision(empty_engine) == head_revision() is not None
    find_drift(empty_engine)


def test_the_partitions_of_months_are_no_drift(engine: Engine) -> None:
    intake = Intake(engine)
    device = intake.enrol(Device())
    intake.record(device.deliver(device.scan()))
    find_drift(engine)


def test_a_table_too_many_is_drift(engine: Engine) -> None:
    """The test above would say nothing if nothing were ever found."""
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE carrier ADD COLUMN score INTEGER"))
    with pytest.raises(Exception, match="score"):
        find_drift(engine)


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(engine: Engine) -> None:
    with reading(engine) as session:
        before = log_head(session)
    upgrade(engine)
    with reading(engine) as session:
        assert log_head(session) == before


def test_a_downgrade_leaves_nothing_and_can_be_undone(engine: Engine) -> None:
    intake = Intake(engine)
    device = intake.enrol(Device())
    intake.record(device.deliver(device.scan()))
    downgrade(engine, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    assert current_revision(engine) is None
    upgrade(engine)
    find_drift(engine)


def test_devices_of_an_older_store_keep_their_last_word_and_their_rejected_numbers(engine: Engine) -> None:
    intake = Intake(engine)
    device = intake.enrol(Device())
    intake.record(device.deliver(device.scan(), device.scan(event_time=NOW + timedelta(days=9)), b"rubbish"))
    downgrade(engine, "0001")
    upgrade(engine)
    (seen,) = intake.rows("SELECT seq, outcome FROM answered_seq")
    assert tuple(seen) == (2, "rejected")
    with reading(engine) as session:
        assert session.exec(select(DeviceRow.last_recorded_at).where(DeviceRow.device == "GUN-1")).one() == NOW


def test_two_upgrades_at_once_wait_for_each_other(empty_postgres_url: str, tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / 'empty.db'}", empty_postgres_url]
    pipe = subprocess.PIPE
    upgrades = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, *urls], stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
        for _ in range(2)
    ]
    for _ in urls:
        for each in upgrades:
            assert each.stdout is not None
            said = each.stdout.readline()
            assert said == b"ready\n", each.stderr and each.stderr.read()
        for each in upgrades:
            assert each.stdin is not None
            each.stdin.write(b"\n")
    said = [each.communicate(timeout=60) for each in upgrades]
    assert [out for out, _ in said] == [b"done\n"] * 2, said
    for url in urls:
        engine = build_engine(url)
        find_drift(engine)
        engine.dispose()


def test_every_constraint_has_a_name_that_follows_the_convention(engine: Engine) -> None:
    inspector = sa.inspect(engine)
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        key = inspector.get_pk_constraint(table)["name"]
        nameless = engine.dialect.name == "sqlite" and table == "quarantine"  # SQLite's AUTOINCREMENT takes no name
        assert key == f"pk_{table}" or table.startswith("event_") or nameless, table
        for constraint in inspector.get_foreign_keys(table):
            assert constraint["name"] == f"fk_{table}_{constraint['constrained_columns'][0]}"
    assert NAMING["pk"] == "pk_%(table_name)s"


def test_the_log_has_one_head(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM log_head")) == 1
