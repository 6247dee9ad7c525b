"""Parcel rows (邮件快件现状): one row a parcel, kept equal to a fold over its events."""

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session

from tracker.chain.findings import Finding
from tracker.chain.parcel import PARCEL_FIELDS, Parcel, StepCount
from tracker.chain.state import State
from tracker.store.bulk import columns_of, replace_rows, table_of
from tracker.store.tables import ParcelRow
from tracker.wire.steps import Step

_ENCODE = msgspec.json.Encoder().encode
_STEPS = msgspec.json.Decoder(dict[Step, StepCount])
_FINDINGS = msgspec.json.Decoder(dict[Finding, int])
_COLUMNS = columns_of(ParcelRow)
_READ = attrgetter(*_COLUMNS)
_WRITTEN: list[tuple[int, Callable[[Any], str]]] = [
    *((_COLUMNS.index(name), attrgetter("value")) for name in ("state", "last_step", "road_step")),
    *((_COLUMNS.index(name), lambda value: _ENCODE(value).decode()) for name in ("steps", "findings")),
]
_FOLDED: list[tuple[int, Callable[[Any], Any]]] = [
    (PARCEL_FIELDS.index(name), convert)
    for name, convert in (
        ("state", State),
        ("last_step", Step),
        ("road_step", Step),
        ("steps", _STEPS.decode),
        ("findings", _FINDINGS.decode),
    )
]
_TABLE = table_of(ParcelRow)
_SELECT = sa.select(*(_TABLE.c[name] for name in PARCEL_FIELDS)).where(
    _TABLE.c.waybill_no.in_(sa.bindparam("waybill_nos", expanding=True))
)


def parcel_of(session: Session, waybill_no: str) -> Parcel | None:
    """The parcel's row; None when no event names it."""
    return parcels_of(session, [waybill_no]).get(waybill_no)


def parcels_of(session: Session, waybill_nos: Iterable[str]) -> dict[str, Parcel]:
    """The rows of many parcels; those unknown are absent."""
    found = session.connection().execute(_SELECT, {"waybill_nos": sorted(set(waybill_nos))})
    return {row[0]: _parcel(row) for row in found}


def save_parcels(session: Session, parcels: Sequence[Parcel], *, known: Collection[str]) -> None:
    """Write parcels' rows; `known` names those that have one already."""
    replace_rows(session, ParcelRow, [_row(parcel) for parcel in parcels], known=known)


def _parcel(row: sa.Row[Any]) -> Parcel:
    values = list(row)
    for number, convert in _FOLDED:
        if values[number] is not None:
            values[number] = convert(values[number])
    return Parcel(*values)


def _row(parcel: Parcel) -> tuple[Any, ...]:
    values = list(_READ(parcel))
    for number, convert in _WRITTEN:
        if values[number] is not None:
            values[number] = convert(values[number])
    return tuple(values)
