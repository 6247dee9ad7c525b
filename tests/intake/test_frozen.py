"""A batch that an earlier version signed (冻结报文) is recorded by today's tracker, once."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from tests.intake.devices import Device, Intake, only_line
from tests.wire.example import DEVICE_KEY, POST
from tests.wire.test_frozen import V1
from tracker.intake.delivery import Delivery
from tracker.wire.versions import WRITTEN_FROM

LATER = datetime(2026, 12, 1, tzinfo=UTC)  # long after the batch was signed


@pytest.fixture
def intake(engine: Engine) -> Intake:
    intake = Intake(engine)
    intake.enrol(Device(POST, DEVICE_KEY))
    return intake


def payloads() -> list[bytes]:
    """The batch of the example, and what the frozen outbox had handed over."""
    with closing(sqlite3.connect(f"file:{V1 / 'outbox.db'}?mode=ro&immutable=1", uri=True)) as outbox:
        rows = outbox.execute("SELECT payload FROM open_batch ORDER BY rowid").fetchall()
    return [(V1 / "scans.json").read_bytes(), *(row[0] for row in rows)]


def test_what_was_signed_before_the_upgrade_is_recorded_once(intake: Intake) -> None:
    deliveries = [Delivery(POST, payload) for payload in payloads()]
    first, again = intake.record(*deliveries, at=LATER), intake.record(*deliveries, at=LATER)
    assert (first.recorded, first.duplicates, first.rejected, first.refused) == (8, 0, 0, 0)
    assert (again.recorded, again.duplicates, again.rejected, again.refused) == (0, 8, 0, 0)
    kept = {bytes(row[0]) for row in intake.rows("SELECT body FROM event")}
    assert {(V1 / name).read_bytes() for name in ("accepted.json", "delivered.json")} <= kept


def test_within_twelve_months_of_a_newer_version_it_still_is(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(WRITTEN_FROM, dict)
    monkeypatch.setitem(WRITTEN_FROM, 2, (LATER - timedelta(days=364)).date())
    assert intake.record(Delivery(POST, payloads()[0]), at=LATER).recorded == 2


def test_after_them_it_is_refused_by_code_and_the_station_keeps_it(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(WRITTEN_FROM, dict)
    monkeypatch.setitem(WRITTEN_FROM, 2, (LATER - timedelta(days=365)).date())
    refused = only_line(intake.record(Delivery(POST, payloads()[0]), at=LATER)).refused
    assert refused is not None
    assert refused.code == "version_unknown"
    assert "update the device" in refused.reason
