"""The source (归档来源): what of a month stands in the store, as the rows that its archive holds."""

from collections.abc import Collection, Generator, Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from tracker.archive.parquet import Row
from tracker.store.bulk import table_of
from tracker.store.claim_store import FINDINGS, WITH_CLAIM
from tracker.store.months import Month
from tracker.store.tables.event_log import BatchRow, EventRow, ReceiptRow
from tracker.store.tables.identities import IdentityClaimRow
from tracker.store.tables.registry import DeviceKeyRow, DeviceRow
from tracker.store.types import to_microseconds

_EVENT, _BATCH, _RECEIPT = table_of(EventRow), table_of(BatchRow), table_of(ReceiptRow)
_DEVICE, _KEY, _CLAIM = table_of(DeviceRow), table_of(DeviceKeyRow), table_of(IdentityClaimRow)
_AT_ONCE = 2_000  # rows fetched at a time


def find_months(session: Session) -> Iterator[Month]:
    """The months of which the store holds events, the oldest first."""
    oldest = sa.select(_EVENT.c.event_id).order_by(_EVENT.c.event_id).limit(1)
    found: UUID | None = session.connection().execute(oldest).scalar_one_or_none()
    while found is not None:
        month = Month.of(found)
        yield month
        found = session.connection().execute(oldest.where(_EVENT.c.event_id >= month.ids[1])).scalar_one_or_none()


def count_events(session: Session, month: Month) -> int:
    """How many events of a month are here."""
    statement = sa.select(sa.func.count()).select_from(_EVENT).where(_of(month))
    return int(session.connection().execute(statement).scalar_one())


def has_events_above(session: Session, month: Month, position: int) -> bool:
    """Whether anything of a month was recorded after the log stood at a position."""
    statement = sa.select(_EVENT.c.position).where(_of(month), _EVENT.c.position > position).limit(1)
    return session.connection().execute(statement).first() is not None


def find_events(session: Session, month: Month) -> Generator[Row, None, None]:
    """A month's events in the order of the log, as tracker.archive.parquet.EVENTS has them."""
    device = (_DEVICE.c.carrier, _DEVICE.c.station, _DEVICE.c.device)
    before = (_EVENT.c.position, _EVENT.c.event_id, _EVENT.c.waybill_no, _EVENT.c.step, _EVENT.c.event_time)
    after = (_EVENT.c.device_no, _EVENT.c.seq, _EVENT.c.batch_no, _EVENT.c.batch_index, _EVENT.c.record_time)
    statement = (
        sa.select(*before, *device, *after, FINDINGS, _EVENT.c.body)
        .join(_DEVICE, _DEVICE.c.device_no == _EVENT.c.device_no)
        .outerjoin(_CLAIM, WITH_CLAIM)
        .where(_of(month))
        .order_by(_EVENT.c.position)
    )
    return _stream(session, statement)


def find_batches(session: Session, month: Month) -> Generator[Row, None, None]:
    """The batches of a month's events, as tracker.archive.parquet.BATCHES has them."""
    statement = (
        sa.select(_BATCH.c.batch_no, _BATCH.c.batch_id, _BATCH.c.device_no, _BATCH.c.payload_sha256)
        .add_columns(_BATCH.c.receipt_no, _BATCH.c.head)
        .where(_BATCH.c.batch_no.in_(_batch_numbers(month)))
        .order_by(_BATCH.c.batch_no)
    )
    return _stream(session, statement)


def find_receipts(session: Session, month: Month) -> Generator[Row, None, None]:
    """The receipts that answered those batches, as tracker.archive.parquet.RECEIPTS has them."""
    numbers = sa.select(_BATCH.c.receipt_no).where(_BATCH.c.batch_no.in_(_batch_numbers(month)))
    statement = (
        sa.select(_RECEIPT.c.receipt_no, _RECEIPT.c.record_time, _RECEIPT.c.jws)
        .where(_RECEIPT.c.receipt_no.in_(numbers))
        .order_by(_RECEIPT.c.receipt_no)
    )
    return _stream(session, statement)


def find_device_keys(session: Session, kids: Collection[str]) -> Generator[Row, None, None]:
    """The public keys of these kids, as tracker.archive.parquet.DEVICE_KEYS has them."""
    statement = sa.select(
        _KEY.c.kid, _KEY.c.device_no, _KEY.c.public_key, _KEY.c.enrolled_at, _KEY.c.revoked_at
    ).order_by(_KEY.c.kid)
    yield from (row for row in _stream(session, statement) if row[0] in kids)


def _of(month: Month) -> sa.ColumnElement[bool]:
    first, after = month.ids
    return sa.and_(_EVENT.c.event_id >= first, _EVENT.c.event_id < after)


def _batch_numbers(month: Month) -> sa.Select[tuple[int]]:
    return sa.select(_EVENT.c.batch_no).where(_of(month))


def _stream(session: Session, statement: sa.Select[*tuple[object, ...]]) -> Generator[Row, None, None]:
    """The rows, a few at a time, times as microseconds. Who does not read them all closes this."""
    options = {"stream_results": True, "yield_per": _AT_ONCE}
    with session.connection().execute(statement, execution_options=options) as result:
        for row in result:
            yield tuple(to_microseconds(value) if isinstance(value, datetime) else value for value in row)
