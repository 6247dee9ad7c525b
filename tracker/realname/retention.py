"""Retention (保存期限): when a record's term ends it is erased, and with a month's last record the month's key.

The terms are parameters. Register: no national number is known; Shanghai's 实施《邮政法》办法 Art. 23 asks for one
year, which is proposed for all. Trade data: three years (E-Commerce Law, 电子商务法 Art. 31). Images: YZ 0139-2015 asks
for 30 days, as secondary sources say; 90 are proposed. PIPL Art. 19 and 47: no longer than needed, then delete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from tracker.realname.corrections import CORRECTION
from tracker.realname.erasures import AT_ONCE, Basis, Erasure, apply_erasures
from tracker.realname.key_folder import KeyFolder
from tracker.realname.signed_lines import SignedLines
from tracker.store.identity_store import (
    erase_records,
    erasures_applied,
    find_ended,
    has_records_under,
    save_erasures_applied,
)
from tracker.wire.details import LOCAL
from tracker.wire.identity_record import PURPOSES
from tracker.wire.vault_keys import Purpose, SealingKey


@dataclass(frozen=True, slots=True)
class Terms:
    """Days for which records are kept, by purpose, from the day they were recorded."""

    register: int = 365
    trade: int = 1096
    image: int = 90
    quarantine: int = 180  # not of persons that were registered: what a sender wrote where it should not be

    def of(self, purpose: Purpose) -> int:
        days: int = getattr(self, purpose.value)
        return days


DEFAULT_TERMS = Terms()
SUBJECTS: Mapping[Purpose, list[str]] = {
    purpose: [subject.value for subject, whose in PURPOSES.items() if whose is purpose]
    + [CORRECTION] * (purpose is Purpose.TRADE)
    for purpose in Purpose
}


def erase_ended(session: Session, purpose: Purpose, *, list_: SignedLines[Erasure], terms: Terms, now: datetime) -> int:
    """Erase up to AT_ONCE records of this purpose whose term has ended; how many. The list has them first.

    Call it again until nothing is left; the caller commits.
    """
    days = terms.of(purpose)
    ended = find_ended(session, SUBJECTS[purpose], before=now - timedelta(days=days), most=AT_ONCE)
    if not ended:
        return 0
    told = Erasure(at=now, basis=Basis.TERM, record_ids=tuple(ended), purpose=purpose.value, term_days=days)
    return _erase(session, told, list_)


def erase_on_request(
    session: Session, record_ids: list[UUID], *, list_: SignedLines[Erasure], case_no: str, now: datetime
) -> int:
    """Erase records because their person asked for it; how many there were. The list has them first."""
    told = Erasure(at=now, basis=Basis.REQUEST, record_ids=tuple(record_ids), case_no=case_no)
    return _erase(session, told, list_)


def _erase(session: Session, told: Erasure, list_: SignedLines[Erasure]) -> int:
    entry = list_.append(told)
    if erasures_applied(session) < entry.no - 1:  # a line before it stands in the list alone: its commit failed
        return apply_erasures(session, list_.path, list_.verifying)
    erased = erase_records(session, told.record_ids, at=told.at)
    save_erasures_applied(session, entry.no)
    return erased


def find_ended_keys(session: Session, keys: KeyFolder, *, terms: Terms, now: datetime) -> list[SealingKey]:
    """Sealing keys of months whose term is over for every record that may still come, and that has none left."""
    return [
        key
        for key in keys.sealing_keys()
        if _end_of(key.month) + timedelta(days=terms.of(key.purpose)) < now and not has_records_under(session, key.kid)
    ]


def destroy_key(keys: KeyFolder, key: SealingKey, *, list_: SignedLines[Erasure], terms: Terms, now: datetime) -> None:
    """Destroy a key; the list has its certificate first."""
    list_.append(
        Erasure(
            at=now, basis=Basis.KEY_DESTROYED, kid=key.kid, purpose=key.purpose.value, term_days=terms.of(key.purpose)
        )
    )
    keys.destroy(key.kid)


def _end_of(month: str) -> datetime:
    """The moment at which a local month ends."""
    year, number = map(int, month.split("-"))
    after = date(year + number // 12, number % 12 + 1, 1)
    return datetime(after.year, after.month, 1, tzinfo=LOCAL)
