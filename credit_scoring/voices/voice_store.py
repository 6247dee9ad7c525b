"""The voice store (评价库): voices, weights and notes are added, never changed."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.checklist import Answer
from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.rules import Doubt
from credit_scoring.voices.voice import NewVoice, Note, Period, Voice, Weight
from credit_scoring.voices.voice_tables import VoiceNoteRow, VoiceRow, VoiceWeightRow


def add_voice(session: Session, new: NewVoice, weight: Weight, *, rules: str, now: datetime) -> int:
    """Record a voice as the next of its thread, with its first weight; its number.

    Raises VoiceRefused `code_used` where its one-time code was used before, also at the same moment by another.
    """
    if new.code_hash is not None and _is_used(session, new.code_hash):
        raise _used()
    turn = session.exec(select(sa.func.count()).where(col(VoiceRow.thread) == new.thread)).one()
    row = VoiceRow(
        rater=new.rater,
        thread=new.thread,
        turn=turn,
        carrier=new.carrier,
        station=new.station,
        waybill_no=new.waybill_no,
        division=new.division,
        since=new.period.since if new.period else None,
        until=new.period.until if new.period else None,
        overall=new.stars[Aspect.OVERALL],
        quality=new.stars.get(Aspect.QUALITY),
        reputation=new.stars.get(Aspect.REPUTATION),
        after_sales=new.stars.get(Aspect.AFTER_SALES),
        tags=" ".join(new.tags),
        checklist=new.checklist,
        answers=json.dumps(new.answers, sort_keys=True) if new.answers else "",
        parcels=" ".join(new.parcels),
        author=new.author,
        code_hash=new.code_hash,
        recorded_at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:  # another transaction was faster with the same code or the same turn
        raise _used() from error
    assert row.voice_no is not None
    add_weight(session, row.voice_no, weight, turn=0, rules=rules, now=now)
    return row.voice_no


def add_weight(session: Session, voice_no: int, weight: Weight, *, turn: int, rules: str, now: datetime) -> None:
    """What a voice weighs from now on."""
    session.add(
        VoiceWeightRow(
            voice_no=voice_no,
            turn=turn,
            hundredths=weight.hundredths,
            doubts=" ".join(weight.doubts),
            rules=rules,
            weighed_at=now,
        )
    )
    session.flush()


def add_note(session: Session, voice_no: int, *, role: str, author: str, code: str, now: datetime) -> None:
    """Put a reply or a note under a voice."""
    session.add(VoiceNoteRow(voice_no=voice_no, role=role, author=author, code=code, recorded_at=now))
    session.flush()


def voice_of(session: Session, voice_no: int) -> Voice | None:
    """The voice with this number."""
    row = session.get(VoiceRow, voice_no)
    return _voices(session, [row])[0] if row is not None else None


def thread_of(session: Session, thread: str) -> list[Voice]:
    """A voice and what followed it, in order."""
    rows = session.exec(select(VoiceRow).where(VoiceRow.thread == thread).order_by(col(VoiceRow.turn))).all()
    return _voices(session, rows)


def followers_of(session: Session, voice_nos: Collection[int]) -> dict[int, list[int]]:
    """The numbers of what followed each of these first words."""
    first, later = aliased(VoiceRow), aliased(VoiceRow)
    statement = (
        sa.select(col(first.voice_no), col(later.voice_no))
        .join(later, sa.and_(col(later.thread) == col(first.thread), col(later.turn) > 0))
        .where(col(first.voice_no).in_(list(voice_nos)), col(first.turn) == 0)
    )
    found: dict[int, list[int]] = {}
    for number, follower in session.connection().execute(statement):
        if number is not None and follower is not None:  # as keys they never are
            found.setdefault(number, []).append(follower)
    return found


def find_voices(
    session: Session,
    *,
    carrier: str | None = None,
    rater: Rater | None = None,
    author: str | None = None,
    before: int | None = None,
    limit: int = 20,
) -> list[Voice]:
    """The newest first; `before` is the number of the last one seen."""
    statement = select(VoiceRow).order_by(col(VoiceRow.voice_no).desc()).limit(limit)
    asked = {VoiceRow.carrier: carrier, VoiceRow.rater: rater, VoiceRow.author: author}
    for column, value in asked.items():
        if value is not None:
            statement = statement.where(col(column) == value)
    if before is not None:
        statement = statement.where(col(VoiceRow.voice_no) < before)
    return _voices(session, session.exec(statement).all())


def weights_of(session: Session, voice_nos: Collection[int]) -> dict[int, tuple[int, Weight]]:
    """The turn and the weight that each voice has now."""
    rows = session.exec(
        select(VoiceWeightRow)
        .where(col(VoiceWeightRow.voice_no).in_(list(voice_nos)))
        .order_by(col(VoiceWeightRow.voice_no), col(VoiceWeightRow.turn))
    )
    return {row.voice_no: (row.turn, _weight(row)) for row in rows}  # the last of each stays


def _voices(session: Session, rows: Sequence[VoiceRow]) -> list[Voice]:
    numbers = [row.voice_no for row in rows if row.voice_no is not None]
    weights, notes = weights_of(session, numbers), _notes(session, numbers)
    return [_voice(row, weights[row.voice_no or 0][1], notes.get(row.voice_no or 0, ())) for row in rows]


def _notes(session: Session, voice_nos: Iterable[int]) -> dict[int, tuple[Note, ...]]:
    rows = session.exec(
        select(VoiceNoteRow).where(col(VoiceNoteRow.voice_no).in_(list(voice_nos))).order_by(col(VoiceNoteRow.note_no))
    )
    found: dict[int, tuple[Note, ...]] = {}
    for row in rows:
        note = Note(row.role, row.author, row.code, row.recorded_at)
        found[row.voice_no] = (*found.get(row.voice_no, ()), note)
    return found


def _voice(row: VoiceRow, weight: Weight, notes: tuple[Note, ...]) -> Voice:
    assert row.voice_no is not None
    stars = {aspect: getattr(row, aspect) for aspect in Aspect}
    answers = json.loads(row.answers) if row.answers else {}
    return Voice(
        voice_no=row.voice_no,
        rater=Rater(row.rater),
        turn=row.turn,
        thread=row.thread,
        carrier=row.carrier,
        station=row.station,
        division=row.division,
        period=Period(row.since, row.until) if row.since and row.until else None,
        stars={aspect: given for aspect, given in stars.items() if given is not None},
        tags=tuple(row.tags.split()),
        checklist=row.checklist,
        answers={code: Answer(each) for code, each in answers.items()},
        author=row.author,
        recorded_at=row.recorded_at,
        weight=weight,
        notes=notes,
    )


def _weight(row: VoiceWeightRow) -> Weight:
    return Weight(row.hundredths, tuple(Doubt(each) for each in row.doubts.split()))


def _is_used(session: Session, code_hash: bytes) -> bool:
    return session.exec(select(VoiceRow.voice_no).where(VoiceRow.code_hash == code_hash)).first() is not None


def _used() -> VoiceRefused:
    return VoiceRefused(Refusal.CODE_USED, "this code was used before; a follow-up needs another")
