"""A scan (扫描): the event a device makes, with the closed details of each step."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from tracker.wire.errors import EventRejected, RejectionCode
from tracker.wire.repeated_names import has_repeated_names
from tracker.wire.steps import Step
from tracker.wire.topics import CODE_PATTERN

MAX_EVENT_BYTES = 16 * 1024
LOCAL = ZoneInfo("Asia/Shanghai")

PROMISE_YEARS = (1970, 2999)

Code = Annotated[str, Meta(pattern=CODE_PATTERN, description="1 to 64 letters, digits, - and _")]
WaybillNo = Annotated[str, Meta(pattern=CODE_PATTERN, description="waybill number (运单号)")]
BagNo = Annotated[str, Meta(pattern=CODE_PATTERN, description="bag number (包牌号)")]
Division = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="GB/T 2260 division code, 6 digits")]
Commitment = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{16,128}$(?!\n)", description="base64url, opens nothing by itself")
]
Gs1Value = Annotated[
    str, Meta(pattern=r"^[!\"%-?A-Z_a-z]{1,20}$(?!\n)", description="GS1 AI 10 or 21, up to 20 characters")
]
Promise = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]{5,15}([Zz]|[+-][0-9]{2}:[0-9]{2}))?$(?!\n)",
        description="RFC 3339 with offset, or a bare date: the end of that local day",
    ),
]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class _Closed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Nothing but the fields named here."""


class Position(_Closed, frozen=True):
    """WGS 84 or GCJ-02 degrees as the device gave them."""

    lng: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]


class Correction(_Closed, frozen=True):
    """This event takes another's place (EPCIS error declaration)."""

    event_id: UUID
    reason: Literal["did_not_occur", "incorrect_data"]


class Identity(_Closed, frozen=True):
    """What was done about the sender's identity (实名查验): a mark and a commitment, never a document number."""

    kind: Code | None = None
    checked: bool | None = None
    exemption: Literal["LETTER", "AGREEMENT_CUSTOMER", "SELF_SERVICE_PREVERIFIED"] | None = None
    agreement_no: Code | None = None
    commitment: Commitment | None = None


class Inspection(_Closed, frozen=True):
    """收寄验视."""

    result: Code | None = None
    category: Code | None = None
    quantity: Count | None = None


class Goods(_Closed, frozen=True):
    """One packed item: GTIN of 8, 12, 13 or 14 digits, GS1 lot and serial."""

    gtin: Annotated[str, Meta(pattern=r"^([0-9]{8}|[0-9]{12,14})$(?!\n)")]
    lot: Gs1Value | None = None
    serial: Gs1Value | None = None


class Consent(_Closed, frozen=True):
    """The recipient's consent to a locker or a pick-up station (Order 22/2023 Art. 28)."""

    kind: Code | None = None
    ref: Code | None = None


class Proof(_Closed, frozen=True):
    """How a sign-off was shown."""

    kind: Code | None = None
    commitment: Commitment | None = None


class Details(_Closed, frozen=True):
    """What every step's details are made from: a promise of delivery, which any step may carry."""

    promised_at: Promise | None = None


class AnnouncedDetails(Details, frozen=True):
    """下单. `promised_at` is the promise to pick up by; elsewhere it is the promise to deliver by."""

    order_ref: Code | None = None
    platform: Code | None = None


class AcceptedDetails(Details, frozen=True):
    """收寄."""

    identity: Identity | None = None
    inspection: Inspection | None = None
    weight_g: Count | None = None
    goods: Annotated[list[Goods], Meta(max_length=200)] | None = None
    origin: Division | None = None
    destination: Division | None = None


class ScreenedDetails(Details, frozen=True):
    """安检."""

    lane: Code | None = None
    result: Code | None = None


class BagDetails(Details, frozen=True):
    """集包, 拆包."""

    bag_no: BagNo | None = None


class DepartedDetails(Details, frozen=True):
    """发件."""

    next_station: Code | None = None
    vehicle: Code | None = None


class ArrivedDetails(Details, frozen=True):
    """到件."""

    from_station: Code | None = None


class HandedOverDetails(Details, frozen=True):
    """交接."""

    to_carrier: Code | None = None
    to_station: Code | None = None
    counterpart: Code | None = None


class ReasonDetails(Details, frozen=True):
    """派送未成, 拒收, 滞留, 损毁, 丢失: a reason code."""

    reason: Code | None = None


class StoredDetails(Details, frozen=True):
    """入柜入站."""

    place_kind: Code | None = None
    consent: Consent | None = None


class DeliveredDetails(Details, frozen=True):
    """签收."""

    signer: Literal["self", "agent", "locker", "station"] | None = None
    proof: Proof | None = None


class ReturnedDetails(Details, frozen=True):
    """已退回."""

    signer: Literal["self", "agent", "locker", "station"] | None = None


DETAILS: dict[Step, type[Details]] = {
    Step.ANNOUNCED: AnnouncedDetails,
    Step.ACCEPTED: AcceptedDetails,
    Step.SCREENED: ScreenedDetails,
    Step.BAGGED: BagDetails,
    Step.UNBAGGED: BagDetails,
    Step.DEPARTED: DepartedDetails,
    Step.ARRIVED: ArrivedDetails,
    Step.HANDED_OVER: HandedOverDetails,
    Step.OUT_FOR_DELIVERY: Details,
    Step.ATTEMPTED: ReasonDetails,
    Step.STORED: StoredDetails,
    Step.DELIVERED: DeliveredDetails,
    Step.REFUSED: ReasonDetails,
    Step.RETURNING: Details,
    Step.RETURNED: ReturnedDetails,
    Step.HELD: ReasonDetails,
    Step.DAMAGED: ReasonDetails,
    Step.LOST: ReasonDetails,
    Step.DESTROYED: Details,
}


class ScanEvent(_Closed, frozen=True):
    """One scan. Exactly one of `waybill_no` and `bag_no`; `details` fit the step (see DETAILS)."""

    event_id: UUID
    seq: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    step: Step
    event_time: Annotated[datetime, Meta(tz=True)]
    waybill_no: WaybillNo | None = None
    bag_no: BagNo | None = None
    operator: Code | None = None
    position: Position | None = None
    details: msgspec.Raw = msgspec.Raw(b"{}")
    corrects: Correction | None = None


class ReadEvent(Struct, frozen=True):
    """A scan with its details read."""

    scan: ScanEvent
    details: Details


_EVENT = msgspec.json.Decoder(ScanEvent)
_DETAILS = {step: msgspec.json.Decoder(model) for step, model in DETAILS.items()}
_EMPTY_DETAILS = {step: model() for step, model in DETAILS.items()}
_ENCODER = msgspec.json.Encoder()
_NOT_FINITE = re.compile(rb"\b(NaN|Infinity)\b")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+("|$)', re.DOTALL)


def encode_event(scan: ScanEvent) -> bytes:
    """The event's bytes as a device signs and sends them: compact JSON, absent fields left out."""
    return _ENCODER.encode(scan)


def encode_details(details: Details | None) -> msgspec.Raw:
    """Details as raw JSON for `ScanEvent.details`."""
    return msgspec.Raw(_ENCODER.encode(details) if details is not None else b"{}")


def decode_event(octets: bytes | msgspec.Raw) -> ReadEvent:
    """The scan in exact bytes of at most 16 KiB. Raises EventRejected with a stable code."""
    size = memoryview(octets).nbytes
    if size > MAX_EVENT_BYTES:
        raise EventRejected(RejectionCode.EVENT_TOO_LARGE, f"{size} bytes, at most {MAX_EVENT_BYTES}")
    try:
        scan = _EVENT.decode(octets)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _rejection(error, bytes(octets), in_details=False) from error
    if (scan.waybill_no is None) == (scan.bag_no is None):
        raise EventRejected(RejectionCode.FIELD_MISSING, "exactly one of waybill_no and bag_no")
    read = ReadEvent(scan, _read_details(scan))
    if not _is_own_spelling(read, octets) and has_repeated_names(bytes(octets)):
        raise EventRejected(RejectionCode.FIELD_INVALID, "a name stands twice in one object")
    return read


def _is_own_spelling(read: ReadEvent, octets: bytes | msgspec.Raw) -> bool:
    """Whether these are the bytes that we would write, which hold no name twice: cheaper than looking for one."""
    details, raw = read.details, bytes(read.scan.details)
    return (raw == b"{}" or _ENCODER.encode(details) == raw) and _ENCODER.encode(read.scan) == octets


def _read_details(scan: ScanEvent) -> Details:
    raw = bytes(scan.details)
    if raw == b"{}":
        return _EMPTY_DETAILS[scan.step]
    try:
        details = _DETAILS[scan.step].decode(raw)
        if details.promised_at is not None:
            parse_promise(details.promised_at)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _rejection(error, raw, in_details=True) from error
    except ValueError as error:
        raise EventRejected(RejectionCode.DETAIL_INVALID, "promised_at is not a time with offset or a date") from error
    return details


def _rejection(error: Exception, octets: bytes, *, in_details: bool) -> EventRejected:
    """The library's complaint as one of our codes; its path is kept, the value is not."""
    if _NOT_FINITE.search(_STRING.sub(b'""', octets)):
        return EventRejected(RejectionCode.NUMBER_NOT_FINITE, "NaN and Infinity are not numbers in JSON")
    if not isinstance(error, msgspec.ValidationError):
        return EventRejected(RejectionCode.EVENT_UNREADABLE, "not JSON, or nested too deep")
    return _misfit(str(error), in_details=in_details)


def _misfit(text: str, *, in_details: bool) -> EventRejected:
    """What the model complains of, in `text`: "… - at `$.path`"."""
    path = match.group(1) if (match := re.search(r"at `(\$[^`]*)`", text)) else "$"
    if path == "$.event_time" and "timezone" in text:
        return EventRejected(RejectionCode.TIME_NAIVE, "event_time needs an offset, such as +08:00")
    if path == "$.step":
        return EventRejected(RejectionCode.STEP_UNKNOWN, "step is not one of the steps of jixin/v1")
    if "unknown field" in text:
        code = RejectionCode.DETAIL_UNKNOWN if in_details else RejectionCode.FIELD_UNKNOWN
        return EventRejected(code, f"a field that is not part of the model, in {path}")
    if "missing required field" in text:
        code = RejectionCode.DETAIL_INVALID if in_details else RejectionCode.FIELD_MISSING
        return EventRejected(code, f"a required field is missing in {path}")
    code = RejectionCode.DETAIL_INVALID if in_details else RejectionCode.FIELD_INVALID
    return EventRejected(code, f"{path} does not fit the model")


def parse_promise(text: str) -> datetime:
    """The moment after which a promise is broken; a bare date is the end of that day in Asia/Shanghai.

    Raises ValueError for a time without offset, a day that does not exist, or a year outside 1970 to 2999.
    """
    if len(text) == len("2026-01-01"):
        day = date.fromisoformat(text)
        moment = datetime.combine(day, time(), LOCAL) + timedelta(days=1) if day.year < PROMISE_YEARS[1] else None
    else:
        moment = datetime.fromisoformat(text.upper())
    if moment is None or not PROMISE_YEARS[0] <= moment.year <= PROMISE_YEARS[1]:
        raise ValueError("a promise for a year that cannot be meant")
    if moment.tzinfo is None:
        raise ValueError("a time without offset")
    return moment
