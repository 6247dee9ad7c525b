"""The erasures (删除清单): which records were erased, when and why, in a signed file outside the database.

The line is on the disk before the database deletes anything, so that a database that comes back from a backup is told
again. It names records by their ids alone; each line is the certificate (删除证明) of what it names.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

from msgspec import Meta
from sqlmodel import Session

from tracker.realname.signed_lines import Kind, Linked, SignedLines
from tracker.store.identity_store import erase_records, erasures_applied, save_erasures_applied
from tracker.wire.signature import SigningKey, VerifyingKey

FILE = "erasures.jsonl"
AT_ONCE = 1_000  # ids in one line


class Basis(StrEnum):
    """Why records were erased."""

    BEGUN = "begun"  # the list's first line: nothing yet, but from here on its absence shows
    TERM = "term"  # 保存期限届满 (PIPL Art. 47 no. 1)
    REQUEST = "request"  # 个人请求删除 (PIPL Art. 47 nos. 3, 4)
    KEY_DESTROYED = "key_destroyed"  # the month's key went after its last record


class Erasure(Linked, frozen=True, kw_only=True):
    """One erasure. `purpose` and `term_days` where a term ended, `case_no` for a request, `kid` for a key."""

    at: Annotated[datetime, Meta(tz=True)]
    basis: Basis
    record_ids: tuple[UUID, ...] = ()
    purpose: str = ""
    term_days: int = 0
    case_no: str = ""
    kid: str = ""


ERASURES = Kind("jixin-erasure+jws", Erasure)


class ErasuresMissing(RuntimeError):
    """The list that this store needs is not here, or an older one; the message says what to do."""


def begin_erasures(folder: Path, key: SigningKey, *, now: datetime) -> SignedLines[Erasure]:
    """The list in a vault's folder, begun if there is none. Raises LinesBroken, OSError."""
    lines = SignedLines(folder / FILE, key, ERASURES)
    if lines.count == 0:
        lines.append(Erasure(at=now, basis=Basis.BEGUN))
    return lines


def apply_erasures(session: Session, path: Path, key: VerifyingKey) -> int:
    """Erase what the list names and this store still has; how many records.

    Raises ErasuresMissing where the list is not here or ends before what this store has applied; LinesBroken, OSError.
    """
    if not path.exists():
        raise ErasuresMissing(
            f"缺少删除清单 · {path} is not here: without it what was erased would come back. "
            "Put back the copy of the vault's folder, or name the list with --erasures"
        )
    applied, erased, last = erasures_applied(session), 0, 0
    for entry, _ in ERASURES.read(path, key):
        last = entry.no
        if entry.no > applied:
            erased += erase_records(session, entry.record_ids, at=entry.at)
    if last < applied:
        raise ErasuresMissing(
            f"删除清单过旧 · {path} has {last} lines, this store has applied {applied}: a newer copy of it is needed"
        )
    save_erasures_applied(session, last)
    return erased
