"""A draft (方案草案): a committee's text under its versions, and what must hold before it is kept or adopted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from credit_scoring.errors import CreditError, SchemeInvalid
from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scheme.rules import Level, Scheme

MOST_OCTETS = 64 * 1024
SIGNATURES = 2  # of two persons


class DraftFault(StrEnum):
    """Why a draft is not kept or not adopted; each has an entry in docs/codes.md."""

    DRAFT_UNKNOWN = "draft_unknown"
    DRAFT_CHANGED = "draft_changed"
    DRAFT_ADOPTED = "draft_adopted"
    TOO_LARGE = "too_large"
    NOT_YOURS = "not_yours"
    NOT_FINAL = "not_final"
    VERSION_KNOWN = "version_known"
    VALIDITY_OVERLAPS = "validity_overlaps"
    SIGNED_ALREADY = "signed_already"


class DraftRefused(CreditError):
    """A draft that is not kept, or not signed, for this fault; `reason` names what it collides with."""

    def __init__(self, fault: DraftFault, reason: str = "") -> None:
        super().__init__(fault, reason)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Committee:
    """Whose drafts they are (信用评定委员会): a level, and its division's code (None: the nation)."""

    level: Level
    division: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """One member's yes."""

    signer: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft in its latest revision; `adopted_at` where it was signed by two."""

    draft_id: UUID
    revision: int
    committee: Committee
    file: bytes
    author: str
    saved_at: datetime
    signatures: tuple[Signature, ...]
    adopted_at: datetime | None

    @property
    def scheme(self) -> Scheme:
        """What its text says."""
        return parse_scheme(self.file)


def check_draft(file: bytes, committee: Committee, known: Iterable[Scheme]) -> Scheme:
    """The scheme of a draft's text, beside those that are known. Raises SchemeInvalid (with the line) or DraftRefused.

    What is signed is what will hold, to the byte: so the text already says that it is adopted.
    """
    if len(file) > MOST_OCTETS:
        raise DraftRefused(DraftFault.TOO_LARGE, f"{MOST_OCTETS // 1024} KiB")
    if b"\0" in file:
        raise SchemeInvalid("scheme_invalid", "含有 NUL 字符 · a NUL character")
    scheme = parse_scheme(file)
    if (scheme.level, scheme.division) != (committee.level, committee.division):
        raise DraftRefused(DraftFault.NOT_YOURS, " ".join(filter(None, (committee.level, committee.division))))
    if scheme.proposal:
        raise DraftRefused(DraftFault.NOT_FINAL, 'status = "adopted"')
    for other in known:
        if other.version == scheme.version:
            raise DraftRefused(DraftFault.VERSION_KNOWN, other.version)
        if not other.proposal and _collide(scheme, other):
            raise DraftRefused(DraftFault.VALIDITY_OVERLAPS, other.version)
    return scheme


def _collide(one: Scheme, other: Scheme) -> bool:
    same = (one.level, one.division) == (other.level, other.division)
    return same and one.valid_from <= other.valid_until and other.valid_from <= one.valid_until
