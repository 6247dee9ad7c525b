"""The ceiling of the store (存储上限): rows made beforehand into the same tables and indexes, nothing else.

No broker, no decoding, no checking, no folding: 1,000 events a commit, each with its parcel's row inserted or
updated, the heads of their messages and a receipt. Imports nothing of ours.
Arguments: events, events a message, database (a SQLite file, or a PostgreSQL connection string), already at our
schema and empty; `events-only` leaves the parcels' rows out. Prints the seconds.
"""

import os
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

COMMIT_EVENTS = 1_000
DEVICES = 40
STEPS = ("accepted", "departed", "arrived", "out_for_delivery", "delivered")
COHORT = 400  # parcels interleaved, as in the load
NOW = datetime.now(UTC)
PARCEL = [
    "waybill_no",
    "carrier",
    "state",
    "origin",
    "destination",
    "announced_at",
    "pickup_due",
    "accepted_at",
    "due_at",
    "final_at",
    "first_operator",
    "last_operator",
    "last_station",
    "identity_checked",
    "inspected",
    "screened",
    "stored_without_consent",
    "damaged",
    "imported",
    "on_the_way",
    "same_city",
    "gaps",
    "scans_late",
    "full_ms",
    "origin_ms",
    "transport_ms",
    "destination_ms",
    "delivery_ms",
    "last_position",
    "life",
]
EVENT = [
    "event_id",
    "waybill_no",
    "position",
    "step",
    "event_time",
    "device_no",
    "seq",
    "batch_no",
    "batch_index",
    "record_time",
    "findings",
    "body",
]
BATCH = ["batch_no", "batch_id", "device_no", "payload_sha256", "receipt_no", "head"]
RECEIPT = ["receipt_no", "record_time", "jws"]

Rows = list[tuple[Any, ...]]
Commit = dict[str, Rows]


def main() -> None:
    """Make the rows, then write them against the clock."""
    events, size, database = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    is_sqlite = "=" not in database
    commits = [
        build_commit(start, min(start + COMMIT_EVENTS, events), size, is_sqlite=is_sqlite)
        for start in range(0, events, COMMIT_EVENTS)
    ]
    if sys.argv[4:] == ["events-only"]:
        for commit in commits:
            commit["new"], commit["known"] = [], []
    write = write_sqlite if is_sqlite else write_postgresql
    print(write(database, commits))


def build_commit(start: int, end: int, size: int, *, is_sqlite: bool) -> Commit:
    """The rows of one commit, as the engine keeps them."""
    when = (lambda moment: int(moment.timestamp() * 1e6)) if is_sqlite else (lambda moment: moment)
    name = (lambda octets: octets) if is_sqlite else (lambda octets: UUID(bytes=octets))
    commit: Commit = {"event": [], "new": [], "known": [], "batch": [], "receipt": []}
    for number in range(start, end):
        cohort, place = divmod(number, COHORT * len(STEPS))
        leg, parcel = divmod(place, COHORT)
        waybill_no = f"BN{cohort:06}{parcel:08}"
        moment = NOW - timedelta(hours=30 - 6 * leg, milliseconds=-parcel)
        event_id = name(event_id_of(moment))
        commit["event"].append((
            event_id, waybill_no, number + 1, STEPS[leg], when(moment), number % DEVICES + 1, number,
            number // size + 1, number % size, when(NOW), "", os.urandom(280),
        ))  # fmt: skip
        accepted_at = when(moment - timedelta(hours=6 * leg))
        commit["known" if leg else "new"].append((
            waybill_no, "BENCH", STEPS[leg], "330106", "500112", None, None, accepted_at, accepted_at, None, "c1017",
            "c1017", "s1", *[1 if is_sqlite else True] * 2, *[0 if is_sqlite else False] * 4, bool(leg), 0,
            number + 1, os.urandom(350 + 90 * leg),
        ))  # fmt: skip
    for batch in range(start // size, -(-end // size)):
        head = "h" * (400 + 62 * size)
        commit["batch"].append((batch + 1, name(event_id_of(NOW)), batch % DEVICES + 1, "d" * 43, start + 1, head))
    commit["receipt"].append((start + 1, when(NOW), "r" * 900))
    return commit


def event_id_of(moment: datetime) -> bytes:
    """A UUIDv7."""
    noise = bytearray(os.urandom(10))
    noise[0], noise[2] = noise[0] & 0x0F | 0x70, noise[2] & 0x3F | 0x80
    return int(moment.timestamp() * 1000).to_bytes(6, "big") + noise


def write_sqlite(path: str, commits: list[Commit]) -> float:
    """One prepared statement a table, durable commits."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=8000", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    changes = ",".join(f"{name}=?{number}" for number, name in enumerate(PARCEL[1:], start=2))
    started = time.perf_counter()
    for commit in commits:
        connection.execute("BEGIN IMMEDIATE")
        for table, names, rows in _inserted(commit):
            marks = ",".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table} ({','.join(names)}) VALUES ({marks})", rows)
        connection.executemany(f"UPDATE parcel SET {changes} WHERE waybill_no=?1", commit["known"])
        connection.execute("COMMIT")
    return time.perf_counter() - started


def write_postgresql(address: str, commits: list[Commit]) -> float:
    """COPY, and an UPDATE from a temporary table."""
    changes = ",".join(f"{name}=changed.{name}" for name in PARCEL[1:])
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE changed (LIKE parcel) ON COMMIT DELETE ROWS")
        connection.commit()
        started = time.perf_counter()
        for commit in commits:
            for table, names, rows in (*_inserted(commit), ("changed", PARCEL, commit["known"])):
                with cursor.copy(f"COPY {table} ({','.join(names)}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            cursor.execute(f"UPDATE parcel SET {changes} FROM changed WHERE parcel.waybill_no=changed.waybill_no")
            connection.commit()
        return time.perf_counter() - started


def _inserted(commit: Commit) -> list[tuple[str, list[str], Rows]]:
    return [
        ("event", EVENT, commit["event"]),
        ("parcel", PARCEL, commit["new"]),
        ("batch", BATCH, commit["batch"]),
        ("receipt", RECEIPT, commit["receipt"]),
    ]


if __name__ == "__main__":
    main()
