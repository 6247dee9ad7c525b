"""Parcel rows (邮件快件现状): one row a parcel, kept equal to a fold over its events."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from sqlmodel import Session

from tracker.chain.parcel import Parcel
from tracker.store.bulk import columns_of, find_rows, insert_rows, update_rows
from tracker.store.tables.parcel import ParcelRow

_ASKED_FOR = attrgetter(*(name for name in columns_of(ParcelRow) if name != "life"))
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Parcel).decode


def parcel_of(session: Session, waybill_no: str) -> Parcel | None:
    """The parcel's row; None when no event names it."""
    return parcels_of(session, [waybill_no]).get(waybill_no)


def parcels_of(session: Session, waybill_nos: Iterable[str]) -> dict[str, Parcel]:
    """The rows of many parcels; those unknown are absent."""
    lives = (_DECODE(life) for (life,) in find_rows(session, ParcelRow, ("life",), "waybill_no", set(waybill_nos)))
    return {parcel.waybill_no: parcel for parcel in lives}


def save_parcels(session: Session, parcels: Sequence[Parcel], *, known: Collection[str]) -> None:
    """Write parcels' rows; `known` names those that have one already."""
    insert_rows(session, ParcelRow, [_row(parcel) for parcel in parcels if parcel.waybill_no not in known])
    update_rows(session, ParcelRow, [_row(parcel) for parcel in parcels if parcel.waybill_no in known])


def _row(parcel: Parcel) -> tuple[Any, ...]:
    return (*_ASKED_FOR(parcel), _ENCODE(parcel))
