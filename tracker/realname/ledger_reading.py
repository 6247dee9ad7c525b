"""Reading the ledger (查台账): who may look at the access ledger, how much of it, and whether it still holds.

An administrator watches over every opening and opens nothing; an officer sees their own lines.
"""

from collections import deque
from dataclasses import dataclass

from msgspec import Struct
from sqlmodel import Session

from tracker.access.roles import Role
from tracker.access.sessions import Standing, session_of_cookie
from tracker.access.tokens import hash_token
from tracker.realname.access_ledger import LEDGER, Access
from tracker.realname.signed_lines import LinesBroken, Place
from tracker.realname.vault import OpeningRefused, Vault

READERS = frozenset({Role.ADMINISTRATOR, Role.VAULT_OFFICER})
MOST = 50_000  # lines in one answer


@dataclass(frozen=True, slots=True)
class LedgerAsked:
    """What is asked for: the newest lines below number `before`, at most `limit`. `cookie` is the session's token."""

    cookie: str
    before: int | None = None
    limit: int = 100


class LedgerPage(Struct, frozen=True):
    """The lines asked for, the newest first; how far the whole ledger holds, and its last line's SHA-256 (base64url).

    `broken_at` is the first line that does not follow from the one before; None where all do.
    """

    entries: list[Access]
    lines: int
    head: str
    broken_at: int | None


def read_ledger(vault: Vault, session: Session, asked: LedgerAsked) -> LedgerPage:
    """A part of the ledger for whoever may see it; every line is checked on the way. Raises OpeningRefused, OSError."""
    found = session_of_cookie(session, hash_token(asked.cookie), now=vault.now())
    if found is None:
        raise OpeningRefused("not_logged_in")
    reader = found.account
    if reader.role not in READERS or found.standing is not Standing.FULL:
        raise OpeningRefused("role_missing")
    of = None if reader.role is Role.ADMINISTRATOR else reader.login
    kept: deque[Access] = deque(maxlen=max(1, min(asked.limit, MOST)))
    place, broken_at = Place(), None
    try:
        for entry, _, after in LEDGER.walk(vault.ledger.path, vault.keys.signing.verifying, place):
            place = after
            if of in (None, entry.opener) and (asked.before is None or entry.no < asked.before):
                kept.append(entry)
    except LinesBroken:
        broken_at = place.no
    return LedgerPage(list(kept)[::-1], place.no - 1, place.before, broken_at)
