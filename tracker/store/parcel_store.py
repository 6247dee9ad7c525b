"""Parcel rows (邮件快件现状): one row a parcel, kept equal to a fold over its events."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session

from tracker.chain.findings import Finding
from tracker.chain.parcel import Parcel, StepCount
from tracker.chain.state import State
from tracker.store.bulk import columns_of, insert_rows, table_of
from tracker.store.tables import ParcelRow
from tracker.wire.steps import Step

_ENCODE = msgspec.json.Encoder().encode
_STEPS = msgspec.json.Decoder(dict[Step, StepCount])
_FINDINGS = msgspec.json.Decoder(dict[Finding, int])
_DERIVED = ("due_at", "on_the_way", "gaps")
_COLUMNS = columns_of(ParcelRow)
_READ = attrgetter(*_COLUMNS)
_WRITTEN: list[tuple[int, Callable[[Any], str]]] = [
    *((_COLUMNS.index(name), attrgetter("value")) for name in ("state", "last_step", "road_step")),
    *((_COLUMNS.index(name), lambda value: _ENCODE(value).decode()) for name in ("steps", "findings")),
]
_CONVERTED = {
    "state": State,
    "last_step": Step,
    "road_step": Step,
    "steps": _STEPS.decode,
    "findings": _FINDINGS.decode,
}


def parcel_of(session: Session, waybill_no: str) -> Parcel | None:
    """The parcel's row; None when no event names it."""
    return parcels_of(session, [waybill_no]).get(waybill_no)


def parcels_of(session: Session, waybill_nos: Iterable[str]) -> dict[str, Parcel]:
    """The rows of many parcels; those unknown are absent."""
    table = table_of(ParcelRow)
    found = session.connection().execute(sa.select(table).where(table.c.waybill_no.in_(sorted(set(waybill_nos)))))
    return {row.waybill_no: _parcel(row._mapping) for row in found}


def save_parcels(session: Session, parcels: Sequence[Parcel], *, known: Iterable[str]) -> None:
    """Write parcels' rows; `known` names those that have one already."""
    if stale := sorted(set(known)):
        table = table_of(ParcelRow)
        session.connection().execute(sa.delete(table).where(table.c.waybill_no.in_(stale)))
    insert_rows(session, ParcelRow, [_row(parcel) for parcel in parcels])


def _parcel(row: sa.RowMapping) -> Parcel:
    facts: dict[str, Any] = {name: value for name, value in row.items() if name not in _DERIVED}
    for name, convert in _CONVERTED.items():
        if facts[name] is not None:
            facts[name] = convert(facts[name])
    return Parcel(**facts)


def _row(parcel: Parcel) -> tuple[Any, ...]:
    values = list(_READ(parcel))
    for number, convert in _WRITTEN:
        if values[number] is not None:
            values[number] = convert(values[number])
    return tuple(values)
