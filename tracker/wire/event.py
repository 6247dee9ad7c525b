"""A scan (扫描): the event a device makes, and how its bytes are read."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tracker.wire.details import (
    DETAILS,
    BagNo,
    Closed,
    Code,
    Consent,
    Details,
    Goods,
    Identity,
    Inspection,
    Proof,
    WaybillNo,
    parse_promise,
)
from tracker.wire.errors import EventRejected, RejectionCode
from tracker.wire.repeated_names import has_repeated_names
from tracker.wire.steps import Step

MAX_EVENT_BYTES = 16 * 1024
Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # a device's own counter


class Position(Closed, frozen=True):
    """WGS 84 or GCJ-02 degrees as the device gave them."""

    lng: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]


class Correction(Closed, frozen=True):
    """This event takes another's place (EPCIS error declaration)."""

    event_id: UUID
    reason: Literal["did_not_occur", "incorrect_data"]


class ScanEvent(Closed, frozen=True):
    """One scan. Exactly one of `waybill_no` and `bag_no`; `details` fit the step (see DETAILS)."""

    event_id: UUID
    seq: Seq
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
_PATH = re.compile(r"- at `(\$(?:\.[a-z_]+)*)(?:\[\.\.\.\])?[^`]*`$")
_MODELS: list[type[Closed]] = [ScanEvent, Position, Correction, Goods, Identity, Inspection, Consent, Proof]
_FIELDS = {field for model in (*_MODELS, *DETAILS.values()) for field in model.__struct_fields__}
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


def decode_again(octets: bytes) -> ReadEvent:
    """The scan in bytes that `decode_event` has taken before. Raises msgspec's errors for others."""
    scan = _EVENT.decode(octets)
    raw = bytes(scan.details)
    return ReadEvent(scan, _EMPTY_DETAILS[scan.step] if raw == b"{}" else _DETAILS[scan.step].decode(raw))


def has_same_content(one: ReadEvent, other: ReadEvent) -> bool:
    """Whether both tell the same scan: `seq`, the order and the spelling of JSON do not count, nor a time's offset."""
    return one.details == other.details and _told(one) == _told(other)


def _told(read: ReadEvent) -> ScanEvent:
    """A scan without what may differ; its details are compared as they were read."""
    return msgspec.structs.replace(read.scan, seq=0, details=msgspec.Raw())


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
    path = _path_in(text)
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


def _path_in(text: str) -> str:
    """The place that a complaint names, when it is one of our own fields: names that a sender made up stay out."""
    match = _PATH.search(text)
    if match is None or not all(name in _FIELDS for name in match.group(1).split(".")[1:]):
        return "$"
    return match.group(1)
