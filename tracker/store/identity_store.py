"""The identity records (实名记录): sealed boxes apart from the events, by record id; erased ones stay erased."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlmodel import Session

from tracker.realname.claims import SealedFor
from tracker.store.box_counts import add_boxes
from tracker.store.bulk import insert_rows, table_of
from tracker.store.claim_store import remember_erased
from tracker.store.database import insert_into
from tracker.store.tables.identities import ErasedRecordRow, ErasuresAppliedRow, IdentityRecordRow, VaultWordRow
from tracker.wire.identity_record import Masked, Subject
from tracker.wire.signature import Jwk
from tracker.wire.vault_keys import VaultWord

_RECORD = table_of(IdentityRecordRow)
_ERASED = table_of(ErasedRecordRow)
_WORD = table_of(VaultWordRow)
_APPLIED = table_of(ErasuresAppliedRow)


class BoxState(StrEnum):
    """What the vault found in a box; it looks once."""

    NEW = ""  # not looked at
    FITS = "fits"  # opens, and holds what was committed to
    BROKEN = "broken"  # does not open with the key that it names, or holds something else


class NewRecord(Struct, frozen=True):
    """A record to keep. `masked` is JSON."""

    record_id: UUID
    waybill_no: str
    event_id: UUID
    subject: str
    device_no: int
    seq: int
    kid: str
    commitment: str
    masked: bytes
    box: bytes
    record_time: datetime


class SealedRecord(Struct, frozen=True):
    """A record as the vault needs it."""

    record_id: UUID
    waybill_no: str
    event_id: UUID
    subject: str
    kid: str
    commitment: str
    box: bytes


class Looked(Struct, frozen=True):
    """What the vault found in a box."""

    record_id: UUID
    waybill_no: str
    state: BoxState
    blind_index: bytes | None


@dataclass(frozen=True, slots=True)
class KnownRecords:
    """Of some ids: those kept, with the commitment and event of each, and those erased; of which of these it is not
    known what they bear out.
    """

    kept: dict[UUID, tuple[str, UUID]]
    erased: set[UUID]
    untold: set[UUID]


def known_records(session: Session, record_ids: Collection[UUID]) -> KnownRecords:
    """What the store knows of these ids."""
    ids = list(record_ids)
    connection = session.connection()
    asked = sa.select(_RECORD.c.record_id, _RECORD.c.commitment, _RECORD.c.event_id).where(_RECORD.c.record_id.in_(ids))
    kept = {row.record_id: (row.commitment, row.event_id) for row in connection.execute(asked)}
    gone = sa.select(_ERASED.c.record_id, _ERASED.c.told).where(_ERASED.c.record_id.in_(ids))
    erased = {record_id: told for record_id, told in connection.execute(gone)}
    return KnownRecords(kept, set(erased), {record_id for record_id, told in erased.items() if not told})


def count_records_of(session: Session, waybill_nos: Collection[str]) -> dict[tuple[str, int], int]:
    """How many records each of the parcels has, by number and device; absent where none."""
    by = (_RECORD.c.waybill_no, _RECORD.c.device_no)
    counted = sa.select(*by, sa.func.count()).where(_RECORD.c.waybill_no.in_(list(waybill_nos))).group_by(*by)
    return {(waybill_no, device_no): count for waybill_no, device_no, count in session.connection().execute(counted)}


def vault_word(session: Session) -> VaultWord | None:
    """The vault's word, as it last said it; None before there was a vault."""
    row = session.connection().execute(sa.select(_WORD.c.key, _WORD.c.notice)).first()
    return VaultWord(msgspec.json.decode(row.key, type=Jwk), row.notice) if row else None


def save_vault_word(session: Session, word: VaultWord) -> None:
    """Take the place of the word before."""
    session.connection().execute(sa.delete(_WORD))
    told = {"id": 1, "key": msgspec.json.encode(word.key).decode(), "notice": word.notice}
    session.connection().execute(sa.insert(_WORD), told)


def append_records(session: Session, records: Collection[NewRecord]) -> None:
    """Append records, none of which is kept yet."""
    insert_rows(
        session,
        IdentityRecordRow,
        [
            (
                new.record_id, new.waybill_no, new.event_id, new.subject, new.device_no, new.seq, new.kid,
                new.commitment, new.masked.decode(), new.box, new.record_time, BoxState.NEW.value, None,
            )
            for new in records
        ],
    )  # fmt: skip
    add_boxes(session, {BoxState.NEW.value: len(records)})


_SEALED = sa.select(*(_RECORD.c[name] for name in SealedRecord.__struct_fields__))


def find_new_records(session: Session, most: int) -> list[SealedRecord]:
    """Records that the vault has not looked at, so many at most."""
    asked = _SEALED.where(_RECORD.c.state == sa.literal_column("''")).limit(most)  # as its partial index says it
    return [SealedRecord(*row) for row in session.connection().execute(asked)]


def sealed_record(session: Session, record_id: UUID) -> SealedRecord | None:
    """One record; None where it is not kept, or not any more."""
    row = session.connection().execute(_SEALED.where(_RECORD.c.record_id == record_id)).first()
    return SealedRecord(*row) if row else None


def save_looked(session: Session, looked: Collection[Looked]) -> None:
    """Write what was found in boxes; one that was erased meanwhile stays gone."""
    if not looked:
        return
    held = sa.select(_RECORD.c.record_id, _RECORD.c.state).where(
        _RECORD.c.record_id.in_([each.record_id for each in looked])
    )
    before = {row.record_id: row.state for row in session.connection().execute(held.with_for_update())}
    statement = (
        sa.update(_RECORD)
        .where(_RECORD.c.record_id == sa.bindparam("of_record"), _RECORD.c.waybill_no == sa.bindparam("of_waybill"))
        .values(state=sa.bindparam("found"), blind_index=sa.bindparam("indexed"))
    )
    session.connection().execute(
        statement,
        [
            {"of_record": each.record_id, "of_waybill": each.waybill_no, "found": each.state.value,
             "indexed": each.blind_index}
            for each in looked
        ],
    )  # fmt: skip
    moved = Counter(each.state.value for each in looked if each.record_id in before)
    moved.subtract(before.values())
    add_boxes(session, moved)


class RecordLine(Struct, frozen=True):
    """A record as a list shows it: shut."""

    record_id: UUID
    subject: str
    masked: Masked
    state: str
    record_time: datetime
    event_id: UUID
    device_no: int


def records_of(session: Session, waybill_no: str) -> list[RecordLine]:
    """A parcel's records, in the order in which they were recorded."""
    names = ("record_id", "subject", "masked", "state", "record_time", "event_id", "device_no")
    asked = sa.select(*(_RECORD.c[name] for name in names)).where(_RECORD.c.waybill_no == waybill_no)
    rows = session.connection().execute(asked.order_by(_RECORD.c.record_time, _RECORD.c.record_id))
    return [
        RecordLine(
            row.record_id, row.subject, msgspec.json.decode(row.masked, type=Masked), row.state, row.record_time,
            row.event_id, row.device_no,
        )
        for row in rows
    ]  # fmt: skip


def find_ended(session: Session, subjects: Collection[str], *, before: datetime, most: int) -> list[UUID]:
    """Records of these subjects that were recorded before a moment, the oldest of each subject first."""
    found: list[UUID] = []
    for subject in subjects:  # one after the other, so that none is looked for among those with longer terms
        asked = sa.select(_RECORD.c.record_id).where(_RECORD.c.subject == subject, _RECORD.c.record_time < before)
        oldest = asked.order_by(_RECORD.c.record_time).limit(most - len(found))
        found += session.connection().execute(oldest).scalars()
    return found


def has_records_under(session: Session, kid: str) -> bool:
    """Whether any record is sealed to a key."""
    some = sa.select(_RECORD.c.record_id).where(_RECORD.c.kid == kid).limit(1)
    return session.connection().execute(some).first() is not None


def erase_records(session: Session, record_ids: Collection[UUID], *, at: datetime) -> int:
    """Remove records, box, masked form and all; their ids stay known as erased, and for an acceptance that is still to
    come what each bore out. How many there were.
    """
    if not record_ids:
        return 0
    ids = list(record_ids)
    rows = [{"record_id": record_id, "erased_at": at} for record_id in ids]
    session.execute(insert_into(session, ErasedRecordRow).values(rows).on_conflict_do_nothing())
    left = (_RECORD.c[name] for name in ("record_id", "state", "subject", *SealedFor.__struct_fields__))
    gone = session.connection().execute(sa.delete(_RECORD).where(_RECORD.c.record_id.in_(ids)).returning(*left)).all()
    states = Counter(state for _, state, *_ in gone)
    add_boxes(session, {state: -count for state, count in states.items()})
    remember_erased(
        session, {record_id: SealedFor(*told) if subject == Subject.REGISTER else None
                  for record_id, _, subject, *told in gone}
    )  # fmt: skip
    return len(gone)


def erasures_applied(session: Session) -> int:
    """How many lines of the list of erasures this store has applied."""
    found = session.connection().execute(sa.select(_APPLIED.c.lines)).scalar()
    return int(found or 0)


def save_erasures_applied(session: Session, lines: int) -> None:
    """Note how far the list was applied."""
    session.connection().execute(sa.delete(_APPLIED))
    session.connection().execute(sa.insert(_APPLIED), {"id": 1, "lines": lines})


def has_records(session: Session) -> bool:
    """Whether there is any identity record, or ever was one."""
    some = sa.union_all(sa.select(_RECORD.c.record_id), sa.select(_ERASED.c.record_id)).limit(1)
    return session.connection().execute(some).first() is not None
