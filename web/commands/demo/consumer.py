"""The demo's consumer (演示收件人): a parcel of the fleet with a telephone that opens its door."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from tracker.store.database import reading
from tracker.store.masked_parties import masked_parties_of, phone_tails
from tracker.store.tables.identities import IdentityRecordRow
from tracker.wire.identity_record import Subject
from web.errors import ParcelNotFound
from web.paths import parse_spellings
from web.reads import trace_of

LOOKED_AT = 20  # newest records: of some the acceptance may still be on its way


@dataclass(frozen=True, slots=True)
class Consumer:
    """Whose door opens: the waybill number, and the last four digits of the invented recipient's telephone."""

    waybill_no: str
    tail: str


def find_consumer(engine: Engine) -> Consumer | None:
    """The newest parcel with such a recipient; None where no fleet has run."""
    newest = (
        sa.select(col(IdentityRecordRow.waybill_no))
        .where(col(IdentityRecordRow.subject) == Subject.RECIPIENT)
        .order_by(col(IdentityRecordRow.record_id).desc())
        .limit(LOOKED_AT)
    )
    with reading(engine) as session:
        numbers = list(session.connection().execute(newest).scalars())
        return next((found for number in numbers if (found := _consumer_of(session, number))), None)


def _consumer_of(session: Session, number: str) -> Consumer | None:
    try:
        trace = trace_of(session, parse_spellings(number))
    except ParcelNotFound:
        return None
    tails = sorted(phone_tails(masked_parties_of(session, trace)))
    return Consumer(number, tails[0]) if tails else None
