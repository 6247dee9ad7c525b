"""The witness (见证): reads a store and an outbox with plain SQL, with none of the code that wrote them."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of the store's event table."""

    event_id: UUID
    position: int
    station: str
    body: dict[str, Any]


def rows(database: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query finds in an SQLite file that others are writing; none while the file or table is not there."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        return []


def count_events(store: Path) -> int:
    """How many events are recorded."""
    return sum(number for (number,) in rows(store, "SELECT count(*) FROM event"))


def recorded_in(store: Path, carrier: str) -> list[Recorded]:
    """A carrier's recorded events in the order of the log."""
    query = """SELECT event_id, position, station, body FROM event JOIN device USING (device_no)
               WHERE carrier = ? ORDER BY position"""
    return [Recorded(UUID(bytes=row[0]), row[1], row[2], json.loads(row[3])) for row in rows(store, query, carrier)]


def in_flight(outbox: Path) -> set[UUID]:
    """The events that a station has signed and handed over, and has no receipt for."""
    found = rows(outbox, "SELECT event_id FROM entry WHERE batch_id IS NOT NULL AND receipted_at IS NULL")
    return {UUID(bytes=event_id) for (event_id,) in found}


def assert_gapless(store: Path) -> None:
    """Positions count from 1 without a gap, and the log's head is the last of them."""
    ((number, lowest, highest, distinct),) = rows(
        store, "SELECT count(*), min(position), max(position), count(DISTINCT position) FROM event"
    )
    ((head,),) = rows(store, "SELECT position FROM log_head")
    assert (lowest, highest, distinct, head) == (1, number, number, number)


def assert_recorded_once(recorded: list[Recorded], listed: dict[UUID, dict[str, str]]) -> None:
    """The list and the store say the same: each listed event once, with what was listed, and no other."""
    seen = [each.event_id for each in recorded]
    missing, extra = listed.keys() - set(seen), set(seen) - listed.keys()
    assert len(seen) == len(set(seen)), f"{len(seen) - len(set(seen))} events are recorded twice"
    assert not missing, f"{len(missing)} of {len(listed)} listed events are lost"
    assert not extra, f"{len(extra)} recorded events are not on the list"
    changed = [each for each in recorded if not _tells(each, listed[each.event_id])]
    assert changed == [], "these events are not what was scanned"


def _tells(recorded: Recorded, row: dict[str, str]) -> bool:
    """Whether an event says what its row says; a moment may be spelled in several ways."""
    body = recorded.body
    return (body["waybill_no"], body["step"], recorded.station) == (
        row["waybill_no"],
        row["step"],
        row["station"],
    ) and (datetime.fromisoformat(body["event_time"]) == datetime.fromisoformat(row["event_time"]))
