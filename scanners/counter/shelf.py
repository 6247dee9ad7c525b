"""The shelf (待取件): parcels that this counter stored or took out, whose pickup codes it can check, and wrong tries.

A file of its own: the outbox forgets a scan a week after its receipt, a parcel may lie for longer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

import structlog

from scanners.own_file import open_own_file
from tracker.wire.pickup_code import fits_pickup_code

log = structlog.get_logger()

KEPT_FOR = timedelta(days=60)
FREE_TRIES = 5  # wrong ones in a row before a parcel's first lock
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=15), timedelta(hours=24)  # doubled with each wrong try after
Why = Literal["not_here", "wrong", "older", "used"]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS storing (
  event_id TEXT PRIMARY KEY, waybill_no TEXT NOT NULL, stored_at REAL NOT NULL, delivered_by TEXT);
CREATE INDEX IF NOT EXISTS storing_waybill_no ON storing (waybill_no, stored_at);
CREATE TABLE IF NOT EXISTS wrong_try (waybill_no TEXT PRIMARY KEY, tries INTEGER NOT NULL, last_at REAL NOT NULL);
"""


class CodeRefused(ValueError):
    """A pickup code that does not open this parcel; `why` it does not."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class CodeLocked(ValueError):
    """Too many wrong codes for this parcel; `seconds` until the next one is looked at."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__(f"locked for {pause}")
        self.seconds = pause.total_seconds()


@dataclass(frozen=True, slots=True)
class _Storing:
    event_id: UUID
    is_taken: bool


class Shelf:
    """One counter's parcels, on disk when a method returns. One process owns a file, and asks one thing at a time.

    Every method raises sqlite3.Error where the disk does not take it.
    """

    def __init__(self, path: Path) -> None:
        self._database = open_own_file(path, _SCHEMA)

    def close(self) -> None:
        """Close the file; everything in it is on disk already."""
        self._database.close()

    def put(self, event_id: UUID, waybill_no: str, at: datetime) -> None:
        """A parcel was stored, or taken out for delivery: only the code of this event opens it from now on."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            oldest = (at - KEPT_FOR).timestamp()
            self._database.execute("DELETE FROM storing WHERE stored_at < ?", (oldest,))
            self._database.execute("DELETE FROM wrong_try WHERE last_at < ?", (oldest,))
            self._database.execute(
                "INSERT INTO storing (event_id, waybill_no, stored_at) VALUES (?, ?, ?)",
                (str(event_id), waybill_no, at.timestamp()),
            )

    def check(self, waybill_no: str, typed: str, *, key: bytes, now: datetime) -> UUID:
        """The storing whose code was typed. Raises CodeRefused, CodeLocked; a wrong code is counted first."""
        storings = self._storings_of(waybill_no)
        if not storings:
            raise CodeRefused("not_here")
        self._require_open(waybill_no, now)
        found = [each for each in storings if fits_pickup_code(typed, key, waybill_no, each.event_id)]
        if storings[0] in found and not storings[0].is_taken:
            self._database.execute("DELETE FROM wrong_try WHERE waybill_no = ?", (waybill_no,))
            return storings[0].event_id
        why: Why = "wrong" if not found else "used" if found[0].is_taken else "older"
        tries = self._count_try(waybill_no, now)
        log.warning("pickup_code_refused", reason=why, tries=tries)
        if tries >= FREE_TRIES:
            raise CodeLocked(_pause(tries))
        raise CodeRefused(why)

    def take(self, waybill_no: str, delivered: UUID) -> None:
        """The parcel is signed for, in whatever way: no code of its storings opens it again."""
        self._database.execute(
            "UPDATE storing SET delivered_by = ? WHERE waybill_no = ? AND delivered_by IS NULL",
            (str(delivered), waybill_no),
        )

    def undo(self, event_id: UUID) -> None:
        """A storing, or a sign-off, did not occur."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM storing WHERE event_id = ?", (str(event_id),))
            self._database.execute("UPDATE storing SET delivered_by = NULL WHERE delivered_by = ?", (str(event_id),))

    def _storings_of(self, waybill_no: str) -> list[_Storing]:
        """The newest first."""
        rows = self._database.execute(
            "SELECT event_id, delivered_by FROM storing WHERE waybill_no = ? ORDER BY stored_at DESC, rowid DESC",
            (waybill_no,),
        )
        return [_Storing(UUID(event_id), delivered_by is not None) for event_id, delivered_by in rows]

    def _require_open(self, waybill_no: str, now: datetime) -> None:
        row = self._database.execute(
            "SELECT tries, last_at FROM wrong_try WHERE waybill_no = ?", (waybill_no,)
        ).fetchone()
        if row is None or row[0] < FREE_TRIES:
            return
        left = timedelta(seconds=row[1] - now.timestamp()) + _pause(row[0])
        if left > timedelta():
            raise CodeLocked(left)

    def _count_try(self, waybill_no: str, now: datetime) -> int:
        (tries,) = self._database.execute(
            "INSERT INTO wrong_try VALUES (?, 1, ?) ON CONFLICT (waybill_no)"
            " DO UPDATE SET tries = tries + 1, last_at = excluded.last_at RETURNING tries",
            (waybill_no, now.timestamp()),
        ).fetchone()
        return int(tries)


def _pause(tries: int) -> timedelta:
    doubled: timedelta = FIRST_LOCK * 2 ** min(tries - FREE_TRIES, 16)
    return min(doubled, LONGEST_LOCK)
