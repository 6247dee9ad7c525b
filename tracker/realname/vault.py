"""The vault (实名保险库): opens boxes by machine to index and count them, for a person only with a reason on record."""

import hmac
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

import structlog
from msgspec import Struct
from sqlmodel import Session

from tracker.access.roles import Role
from tracker.access.sessions import LoginSession, Standing, session_of_cookie
from tracker.access.tokens import hash_token
from tracker.realname.access_ledger import Access
from tracker.realname.case_numbers import parse_case_no
from tracker.realname.erasures import Erasure
from tracker.realname.key_folder import KeyFolder
from tracker.realname.retention import erase_on_request
from tracker.realname.rights_checks import find_sealed, why_not_for_request
from tracker.realname.rights_requests import RequestKind, parse_request_no
from tracker.realname.signed_lines import SignedLines
from tracker.store.identity_store import BoxState, Looked, SealedRecord, sealed_record
from tracker.wire.identity_record import Subject
from tracker.wire.sealing import NotSealedHere, PersonalContent, open_sealed
from tracker.working_days import local_day_of

log = structlog.get_logger()

INDEXED = {Subject.REGISTER, Subject.RESPONSIBLE}
SECOND_FACTOR_WITHIN = timedelta(minutes=10)
WINDOW = timedelta(hours=1)
ALARM_AT = 20  # openings of one officer in an hour: somebody else looks; a case has a handful
REFUSED_FROM = 60


class OpeningPurpose(StrEnum):
    """Why a person may open an identity; a closed list."""

    COURT_ORDER = "court_order"  # 司法机关调取
    POLICE_REQUEST = "police_request"  # 公安、国家安全机关依法调取
    POSTAL_INSPECTION = "postal_inspection"  # 邮政管理部门监督检查
    RIGHTS_REQUEST = "rights_request"  # 个人查阅、复制、更正、删除 (PIPL Art. 44-47)
    COMPLAINT_CASE = "complaint_case"  # 申诉、索赔案件


class OpeningRefused(PermissionError):
    """Nothing is opened; `code` says why, and the ledger has the try."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class OpeningAsked:
    """What a person asks for. `cookie` is the session's token itself: its hash stands in the database."""

    cookie: str
    record_id: UUID
    purpose: str
    case_no: str


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """What a person asks to have erased, for a deletion request."""

    cookie: str
    request_no: str
    record_ids: tuple[UUID, ...]


class Erased(Struct, frozen=True):
    """How many records were erased, and under which line of the list; None where there was none left."""

    records: int
    line: int | None


@dataclass(slots=True)
class Vault:
    """The one process that can open a box."""

    keys: KeyFolder
    ledger: SignedLines[Access]
    erasures: SignedLines[Erasure]
    now: Callable[[], datetime]
    opened: dict[str, deque[datetime]] = field(default_factory=dict)
    alarms: int = 0

    def look_at(self, record: SealedRecord) -> Looked:
        """What is found in a box by machine: whether it fits, and a blind index; nothing else comes out."""
        try:
            content = self._open(record)
        except NotSealedHere:
            return Looked(record.record_id, record.waybill_no, BoxState.BROKEN, None)
        number = content.document_number
        is_indexed = record.subject in INDEXED and number is not None
        index = self.blind_index(content.document_kind or "", number or "") if is_indexed else None
        return Looked(record.record_id, record.waybill_no, BoxState.FITS, index)

    def blind_index(self, kind: str, number: str) -> bytes:
        """A keyed hash of a document: the same document has the same one, and without the key it is nothing."""
        return hmac.digest(self.keys.index_key, f"{kind}|{number}".encode(), sha256)

    def open_for(self, session: Session, asked: OpeningAsked) -> PersonalContent:
        """What is in a box, for a person who may ask; the ledger has the entry before anything is opened.

        Raises OpeningRefused; OSError where the ledger cannot be written.
        """
        now = self.now()
        found = session_of_cookie(session, hash_token(asked.cookie), now=now)
        if found is None:
            raise OpeningRefused("not_logged_in")
        opener, role = found.account.login, found.account.role
        record = sealed_record(session, asked.record_id)
        case_no = parse_case_no(asked.case_no) or ""  # the ledger forgets nothing: what else is typed may be a name
        code = _why_not(found, now)
        if code is not None:
            pass  # nothing more to find out
        elif asked.purpose not in set(OpeningPurpose):
            code = "purpose_unknown"
        elif not asked.case_no.strip():
            code = "case_missing"
        elif not case_no:
            code = "case_malformed"
        elif record is None:
            code = "record_unknown"
        elif self._count(opener, now) > REFUSED_FROM:
            code = "too_many"
        elif asked.purpose == OpeningPurpose.RIGHTS_REQUEST:
            code = self._why_not_for(session, [record], case_no, None)
        self.ledger.append(
            Access(
                at=now,
                opener=opener,
                role=role.value,
                record_id=str(asked.record_id),
                waybill_no=record.waybill_no if record else "",
                subject=record.subject if record else "",
                purpose=asked.purpose if asked.purpose in set(OpeningPurpose) else "",
                case_no=case_no,
                outcome=code or "opened",
            )
        )
        if code is not None or record is None:
            raise OpeningRefused(code or "record_unknown")
        try:
            return self._open(record)
        except NotSealedHere as error:
            raise OpeningRefused("box_broken") from error

    def erase_for(self, session: Session, asked: ErasureAsked) -> Erased:
        """Erase what a deletion request names, in the caller's transaction; the list has it first.

        What is gone already is no fault: asking again finishes what was cut off. Raises OpeningRefused, OSError.
        """
        now = self.now()
        found = session_of_cookie(session, hash_token(asked.cookie), now=now)
        if found is None:
            raise OpeningRefused("not_logged_in")
        records = find_sealed(session, asked.record_ids)
        code = _why_not(found, now) or self._why_not_for(session, records, asked.request_no, RequestKind.DELETION)
        if code is not None:
            raise OpeningRefused(code)
        ids = [record.record_id for record in records]
        if not ids:
            return Erased(0, None)
        request_no = parse_request_no(asked.request_no) or ""
        erased = erase_on_request(session, ids, list_=self.erasures, case_no=request_no, now=now)
        return Erased(erased, self.erasures.count)

    @property
    def openings(self) -> int:
        """By people, within the last hour."""
        now = self.now()
        return sum(now - at <= WINDOW for times in list(self.opened.values()) for at in list(times))

    def _why_not_for(
        self, session: Session, records: list[SealedRecord], request_no: str, kind: RequestKind | None
    ) -> str | None:
        today = local_day_of(self.now())
        return why_not_for_request(session, records, request_no, kind=kind, open_=self._open, today=today)

    def _count(self, opener: str, now: datetime) -> int:
        times = self.opened.setdefault(opener, deque())
        while times and now - times[0] > WINDOW:
            times.popleft()
        times.append(now)
        if len(times) == ALARM_AT or len(times) == REFUSED_FROM:
            self.alarms += 1
            log.error("too_many_openings", opener=opener, openings=len(times), minutes=60)
        return len(times)

    def _open(self, record: SealedRecord) -> PersonalContent:
        private = self.keys.private_of(record.kid)
        if private is None:
            raise NotSealedHere("the key was destroyed")
        return open_sealed(
            record.box,
            private=private,
            kid=record.kid,
            record_id=record.record_id,
            event_id=record.event_id,
            commitment=record.commitment,
        )


def _why_not(found: LoginSession, now: datetime) -> str | None:
    """Why whoever is logged in may not; None where they may."""
    if found.account.role is not Role.VAULT_OFFICER or found.standing is not Standing.FULL:
        return "role_missing"
    return None if found.passed_within(SECOND_FACTOR_WITHIN, now=now) else "second_factor_old"


def remember_openings(vault: Vault, entries: Iterable[Access]) -> None:
    """Take over who opened lately from the ledger: a restart forgets nobody."""
    for entry in entries:
        if vault.now() - entry.at <= WINDOW:
            vault.opened.setdefault(entry.opener, deque()).append(entry.at)
