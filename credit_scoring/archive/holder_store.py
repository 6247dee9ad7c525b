"""Finding holders (档案查找): by name, code or number; a carrier's practitioners."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from credit_scoring.archive.archive_store import build_all, holding
from credit_scoring.archive.archive_tables import ArchiveRecordRow
from credit_scoring.archive.holder import Holder, HolderKind
from credit_scoring.archive.kinds import RecordKind
from credit_scoring.archive.record import Entry


@dataclass(frozen=True, slots=True)
class HolderLine:
    """One holder of a list; `name` is None for a practitioner, `station` for everybody else."""

    holder: Holder
    name: str | None
    station: str | None


def find_holders(
    session: Session, text: str, kinds: Collection[HolderKind], *, after: str | None = None, limit: int
) -> list[HolderLine]:
    """Holders with an archive whose code or name holds a text, in order of their codes; `after` is the last seen."""
    identity = select(ArchiveRecordRow).where(
        ArchiveRecordRow.kind == RecordKind.IDENTITY,
        col(ArchiveRecordRow.holder_kind).in_(kinds),
        holding(),
    )
    if text:
        named = sa.and_(
            col(ArchiveRecordRow.key).contains(text, autoescape=True),
            col(ArchiveRecordRow.holder_kind) != HolderKind.PRACTITIONER,  # nobody is found by a login name
        )
        identity = identity.where(sa.or_(col(ArchiveRecordRow.holder_code).contains(text, autoescape=True), named))
    place = _place()
    if after is not None:
        identity = identity.where(place > after)
    return [_line(each) for each in build_all(session.exec(identity.order_by(place).limit(limit)))]


def place_of(line: HolderLine) -> str:
    """Where a holder stands in the list, for the page after it."""
    return f"{line.holder.code} {line.holder.kind}"


def find_practitioners(session: Session, carrier: str, *, station: str | None = None) -> list[HolderLine]:
    """A carrier's practitioners, or those of one of its stations, in order of their codes."""
    found = select(ArchiveRecordRow).where(
        ArchiveRecordRow.kind == RecordKind.IDENTITY,
        ArchiveRecordRow.holder_kind == HolderKind.PRACTITIONER,
        col(ArchiveRecordRow.holder_code).startswith(f"{carrier}/", autoescape=True),
        holding(),
    )
    lines = [_line(each) for each in build_all(session.exec(found))]
    return sorted((each for each in lines if station in (None, each.station)), key=place_of)


def names_of(session: Session, holders: Collection[Holder]) -> dict[Holder, str]:
    """What some organisations are called, so far as they have an archive."""
    named = sa.tuple_(col(ArchiveRecordRow.holder_kind), col(ArchiveRecordRow.holder_code))
    found = select(ArchiveRecordRow).where(
        ArchiveRecordRow.kind == RecordKind.IDENTITY,
        named.in_([(each.kind, each.code) for each in holders if each.is_public]),
        holding(),
    )
    return {each.told.holder: each.told.key or "" for each in build_all(session.exec(found))} if holders else {}


def _place() -> Any:
    return col(ArchiveRecordRow.holder_code) + " " + col(ArchiveRecordRow.holder_kind)


def _line(entry: Entry) -> HolderLine:
    told = entry.told
    station = told.details.get("station")
    return HolderLine(told.holder, told.key if told.holder.is_public else None, str(station) if station else None)
