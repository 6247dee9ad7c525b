"""The scheme store (评定方案库): drafts saved and signed, adopted schemes found; nothing is ever changed."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from credit_scoring.scheme.directory import Schemes, shipped_schemes
from credit_scoring.scheme.draft import (
    SIGNATURES,
    Committee,
    Draft,
    DraftFault,
    DraftRefused,
    Signature,
    check_draft,
)
from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scheme.rules import Level, Scheme
from credit_scoring.scheme.scheme_tables import SchemeAdoptedRow, SchemeDraftRow, SchemeSignatureRow

_LOCK = 0x736368656D  # "schem": what is checked still holds when it is written
_parsed = lru_cache(maxsize=256)(parse_scheme)


def schemes_of(session: Session) -> Schemes:
    """Every scheme: those that travel with the program, and those adopted here."""
    files = session.exec(select(SchemeAdoptedRow.file)).all()
    return shipped_schemes().with_adopted(_parsed(file) for file in files) if files else shipped_schemes()


def find_drafts(session: Session, committee: Committee, *, limit: int) -> list[Draft]:
    """A committee's drafts in their latest revisions, the last saved first."""
    newer = select(SchemeDraftRow.draft_id, sa.func.max(col(SchemeDraftRow.revision)).label("revision"))
    latest = newer.group_by(col(SchemeDraftRow.draft_id)).subquery()
    same = sa.and_(col(SchemeDraftRow.draft_id) == latest.c.draft_id, col(SchemeDraftRow.revision) == latest.c.revision)
    division = col(SchemeDraftRow.division)
    rows = session.exec(
        select(SchemeDraftRow)
        .join(latest, same)
        .where(
            col(SchemeDraftRow.level) == committee.level.value,
            division.is_(None) if committee.division is None else division == committee.division,
        )
        .order_by(col(SchemeDraftRow.saved_at).desc(), col(SchemeDraftRow.draft_id))
        .limit(limit)
    ).all()
    return [_draft(session, row) for row in rows]


def draft_of(session: Session, draft_id: UUID, committee: Committee) -> Draft:
    """A committee's draft in its latest revision; raises DraftRefused where it has none of this id."""
    mine = col(SchemeDraftRow.draft_id) == draft_id
    row = session.exec(
        select(SchemeDraftRow).where(mine).order_by(col(SchemeDraftRow.revision).desc()).limit(1)
    ).first()
    if row is None or Committee(Level(row.level), row.division) != committee:
        raise DraftRefused(DraftFault.DRAFT_UNKNOWN)
    return _draft(session, row)


def save_draft(
    session: Session, *, draft_id: UUID, after: int, file: bytes, committee: Committee, author: str, now: datetime
) -> int:
    """Keep a text as the revision that follows `after` (0: a new draft), which must be the latest; its number.

    Raises SchemeInvalid with the line, or DraftRefused; then nothing was written.
    """
    _lock(session)
    scheme = check_draft(file, committee, schemes_of(session).known)
    latest = draft_of(session, draft_id, committee) if after else None
    if latest is not None and latest.adopted_at is not None:
        raise DraftRefused(DraftFault.DRAFT_ADOPTED)
    if after != (latest.revision if latest else 0) or (not after and _is_known(session, draft_id)):
        raise DraftRefused(DraftFault.DRAFT_CHANGED)
    session.add(
        SchemeDraftRow(
            draft_id=draft_id,
            revision=after + 1,
            version=scheme.version,
            level=committee.level.value,
            division=committee.division,
            file=file,
            author=author,
            saved_at=now,
        )
    )
    session.flush()
    return after + 1


def sign_draft(
    session: Session, *, draft_id: UUID, sha256: str, committee: Committee, signer: str, now: datetime
) -> Scheme | None:
    """Put a member's yes under the bytes with this digest, which must be the latest revision's.

    The second person's adopts the scheme: then it is returned, else None. Raises SchemeInvalid or DraftRefused.
    """
    _lock(session)
    draft = draft_of(session, draft_id, committee)
    if draft.adopted_at is not None:
        raise DraftRefused(DraftFault.DRAFT_ADOPTED)
    scheme = check_draft(draft.file, committee, schemes_of(session).known)
    if scheme.sha256 != sha256:
        raise DraftRefused(DraftFault.DRAFT_CHANGED)
    signers = {each.signer for each in draft.signatures}
    if signer in signers:
        raise DraftRefused(DraftFault.SIGNED_ALREADY)
    session.add(
        SchemeSignatureRow(draft_id=draft_id, revision=draft.revision, signer=signer, sha256=sha256, signed_at=now)
    )
    adopted = len(signers) + 1 >= SIGNATURES
    if adopted:
        session.add(_adopted(draft, scheme, now))
    session.flush()
    return scheme if adopted else None


def signatures_of(session: Session, version: str) -> tuple[Signature, ...]:
    """The signatures by which a scheme was adopted, in their order; none of one that travels with the program."""
    adopted = session.get(SchemeAdoptedRow, version)
    row = session.get(SchemeDraftRow, (adopted.draft_id, adopted.revision)) if adopted is not None else None
    return _draft(session, row).signatures if row is not None else ()


def _adopted(draft: Draft, scheme: Scheme, now: datetime) -> SchemeAdoptedRow:
    return SchemeAdoptedRow(
        version=scheme.version,
        level=scheme.level.value,
        division=scheme.division,
        valid_from=scheme.valid_from,
        valid_until=scheme.valid_until,
        file=draft.file,
        sha256=scheme.sha256,
        draft_id=draft.draft_id,
        revision=draft.revision,
        adopted_at=now,
    )


def _draft(session: Session, row: SchemeDraftRow) -> Draft:
    of_draft = col(SchemeSignatureRow.draft_id) == row.draft_id
    signed = select(SchemeSignatureRow).where(of_draft, col(SchemeSignatureRow.revision) == row.revision)
    rows = session.exec(signed.order_by(col(SchemeSignatureRow.signed_at), col(SchemeSignatureRow.signer))).all()
    adopted = select(SchemeAdoptedRow.adopted_at).where(col(SchemeAdoptedRow.draft_id) == row.draft_id)
    return Draft(
        draft_id=row.draft_id,
        revision=row.revision,
        committee=Committee(Level(row.level), row.division),
        file=row.file,
        author=row.author,
        saved_at=row.saved_at,
        signatures=tuple(Signature(each.signer, each.signed_at) for each in rows),
        adopted_at=session.exec(adopted).first(),
    )


def _is_known(session: Session, draft_id: UUID) -> bool:
    return session.get(SchemeDraftRow, (draft_id, 1)) is not None


def _lock(session: Session) -> None:
    """One saves or signs at a time on PostgreSQL; on SQLite every writing transaction is alone."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
