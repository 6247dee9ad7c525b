"""A rights request (个人信息权利请求): what a person may ask about their own data, its clock, and how it may end.

PIPL (个人信息保护法) Art. 45 to 50. Art. 50 asks for an answer 及时 and names no days: 15 working days are proposed,
once as many more with a reason. A request says nothing of the person: parcels, codes and days.
"""

import unicodedata
from base64 import b32encode
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from re import fullmatch
from uuid import UUID

from tracker.working_days import Deadline, local_day_of, working_days_after

NUMBER_BYTES = 10  # whoever has the number sees how the request stands: nobody guesses it
CHILD_UNDER = 14  # years (PIPL Art. 31)
_READ_AS = str.maketrans("018", "OIB")


class RequestKind(StrEnum):
    """What is asked for."""

    ACCESS = "access"  # 查阅、复制 (Art. 45)
    CORRECTION = "correction"  # 更正、补充 (Art. 46)
    DELETION = "deletion"  # 删除 (Art. 47)


class Requester(StrEnum):
    """Who asks."""

    SELF = "self"  # 本人
    GUARDIAN = "guardian"  # 父母或者其他监护人 (Art. 31)
    KIN = "kin"  # 死者近亲属 (Art. 49)


class Channel(StrEnum):
    """How it came, and so how the person was proved."""

    PAGE = "page"  # parcel and last four digits of its telephone
    WRITING = "writing"  # on paper, proved before the officer who registered it


class RequestState(StrEnum):
    """How it stands; the last two are its end."""

    RECEIVED = "received"
    EXTENDED = "extended"
    ANSWERED = "answered"
    REFUSED = "refused"


class RefusalReason(StrEnum):
    """Why a request is refused (Art. 50: 应当说明理由)."""

    IDENTITY_NOT_PROVED = "identity_not_proved"
    NOTHING_HELD = "nothing_held"
    RETENTION_DUTY = "retention_duty"  # 法定保存期限未届满 (Art. 47)
    CONFIDENTIAL = "confidential"  # 依法保密 (Art. 18, 45)
    GUARDIAN_NEEDED = "guardian_needed"  # 不满十四周岁 (Art. 31)
    FOUND_RIGHT = "found_right"  # 核实后信息无误 (Art. 46)


class ExtensionReason(StrEnum):
    """Why an answer takes longer."""

    MANY_PARCELS = "many_parcels"
    PROOF_AWAITED = "proof_awaited"
    WITH_CARRIER = "with_carrier"


class StepRefused(ValueError):
    """A request cannot take this step; `code` is `closed`, `extended_already` or `term_over`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class RightsRequest:
    """One request. `term_days` are working days; `reason` is the code of its extension or refusal.

    `correction_id` is the sealed record of what the person says is right, `erasure_line` the line of the list of
    erasures that certifies a deletion.
    """

    request_no: str
    kind: RequestKind
    requester: Requester
    channel: Channel
    waybill_nos: tuple[str, ...]
    received_at: datetime
    term_days: int
    state: RequestState = RequestState.RECEIVED
    reason: str = ""
    correction_id: UUID | None = None
    erasure_line: int | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def deadline(self) -> Deadline:
        """Counted anew each time: a calendar that came out meanwhile is gone by."""
        return working_days_after(local_day_of(self.received_at), self.term_days)

    @property
    def is_extended(self) -> bool:
        return self.state is RequestState.EXTENDED

    def is_overdue(self, today: date) -> bool:
        """Whether it is open past its last day."""
        return self.is_open and self.deadline.is_missed(today)


def extend(request: RightsRequest, reason: ExtensionReason, *, today: date) -> RightsRequest:
    """The request with its term once more. Raises StepRefused."""
    _require_open(request)
    if request.is_extended:
        raise StepRefused("extended_already")
    if request.is_overdue(today):
        raise StepRefused("term_over")
    return replace(request, state=RequestState.EXTENDED, reason=reason.value, term_days=2 * request.term_days)


def answer(request: RightsRequest, *, at: datetime, erasure_line: int | None = None) -> RightsRequest:
    """The request as granted. Raises StepRefused."""
    _require_open(request)
    return replace(request, state=RequestState.ANSWERED, reason="", closed_at=at, erasure_line=erasure_line)


def refuse(request: RightsRequest, reason: RefusalReason, *, at: datetime) -> RightsRequest:
    """The request as refused. Raises StepRefused."""
    _require_open(request)
    return replace(request, state=RequestState.REFUSED, reason=reason.value, closed_at=at)


def _require_open(request: RightsRequest) -> None:
    if not request.is_open:
        raise StepRefused("closed")


def write_request_no(noise: bytes) -> str:
    """A request's number from NUMBER_BYTES random bytes: R-ABCD-EFGH-IJKL-MNOP."""
    letters = b32encode(noise[:NUMBER_BYTES]).decode()
    return "-".join(("R", *(letters[first : first + 4] for first in range(0, len(letters), 4))))


def parse_request_no(text: str) -> str | None:
    """A request's number as somebody typed it; None for anything else."""
    plain = unicodedata.normalize("NFKC", text[:60]).upper()
    letters = "".join(letter for letter in plain if letter.isalnum()).translate(_READ_AS)
    found = fullmatch(r"R([A-Z2-7]{4})([A-Z2-7]{4})([A-Z2-7]{4})([A-Z2-7]{4})", letters)
    return "-".join(("R", *found.groups())) if found else None


def is_child(document_number: str | None, *, today: date) -> bool:
    """Whether a document's number tells of somebody under 14; False where it tells no birth date."""
    found = fullmatch(r"[0-9]{6}([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]", document_number or "")
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    return (today.year, today.month, today.day) < (year + CHILD_UNDER, month, day)
