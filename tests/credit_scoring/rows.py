"""Parcel rows made by hand (手工件): every column has a plain value, a test says only what matters to it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine

from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from tracker.store.database import transaction
from tracker.store.tables.event_log import LogHeadRow
from tracker.store.tables.parcel import ParcelRow

WINDOW = Window(date(2026, 5, 1), date(2026, 5, 31))
ACCEPTED_AT = datetime(2026, 5, 10, 2, 0, tzinfo=UTC)
TERM = timedelta(hours=72)
AS_OF = datetime(2026, 6, 15, 0, 0, tzinfo=UTC)
SCOPE = Scope(WINDOW, None, AS_OF)
HOUR_MS = 3_600_000
NO_TIMES: dict[str, Any] = dict.fromkeys(("full_ms", "origin_ms", "transport_ms", "destination_ms", "delivery_ms"))
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


def parcel(waybill_no: str, carrier: str = "BLUEBIRD", **changes: Any) -> ParcelRow:
    """A parcel accepted on 10 May 2026, delivered a day later without a gap; `changes` say what is different."""
    accepted_at = changes.get("accepted_at", ACCEPTED_AT)
    values: dict[str, Any] = {
        "state": "delivered",
        "origin": "330106",
        "destination": "310115",
        "announced_at": None,
        "pickup_due": None,
        "accepted_at": accepted_at,
        "due_at": accepted_at + TERM if accepted_at else None,
        "final_at": accepted_at + timedelta(hours=24) if accepted_at else None,
        "last_station": "SH-02",
        "first_operator": None,
        "last_operator": None,
        "identity_checked": True,
        "inspected": True,
        "screened": True,
        "stored_without_consent": False,
        "damaged": False,
        "imported": False,
        "on_the_way": True,
        "same_city": False,
        "gaps": 0,
        "scans_late": 0,
        "full_ms": 24 * HOUR_MS,
        "origin_ms": 4 * HOUR_MS,
        "transport_ms": 14 * HOUR_MS,
        "destination_ms": 4 * HOUR_MS,
        "delivery_ms": 2 * HOUR_MS,
        "last_position": 1,
        "life": b"{}",
    }
    return ParcelRow(waybill_no=waybill_no, carrier=carrier, **{**values, **changes})


def on_its_way(waybill_no: str, carrier: str = "BLUEBIRD", **changes: Any) -> ParcelRow:
    """A parcel that has not arrived."""
    return parcel(waybill_no, carrier, **{"state": "in_transit", "final_at": None, **NO_TIMES, **changes})


def picked_up_only(waybill_no: str, carrier: str = "LADE", **changes: Any) -> ParcelRow:
    """An imported parcel of a feed that stops at acceptance, with a promised pick-up that was kept."""
    values = {
        "state": "accepted",
        "final_at": None,
        "on_the_way": False,
        "imported": True,
        "pickup_due": ACCEPTED_AT + SECOND,
        **NO_TIMES,
    }
    return parcel(waybill_no, carrier, **{**values, **changes})


def many(count: int, carrier: str, *, start: int = 0, **changes: Any) -> list[ParcelRow]:
    """So many parcels alike."""
    return [parcel(f"{carrier}{number:06}", carrier, **changes) for number in range(start, start + count)]


def store(engine: Engine, rows: Iterable[ParcelRow], *, position: int = 7) -> None:
    """Put the rows into the store, whose log has come to `position`."""
    with transaction(engine) as session:
        session.add_all(rows)
        session.merge(LogHeadRow(id=1, store="test", position=position))
