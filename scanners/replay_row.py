"""A row of a Replay CSV (回放行): cells to a post and a scan, or a code that says why not.

Reasons name the column and never repeat the cell: what cannot be read may be anything.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from tracker.wire.details import DETAILS
from tracker.wire.errors import EventRejected, RejectionCode
from tracker.wire.event import Position, ScanEvent, decode_event, encode_event
from tracker.wire.event_ids import derive_event_id
from tracker.wire.steps import Step
from tracker.wire.topics import CODE_PATTERN, GATEWAY_DEVICE, Post

REQUIRED = ("waybill_no", "step", "event_time", "carrier", "station")
DETAIL_COLUMNS = ("promised_at", "origin", "destination", "weight_g")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CODE = re.compile(CODE_PATTERN)
_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_RFC3339 = re.compile(rf"{_DAY}[Tt ]\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,9}})?([Zz]|[+-]\d{{2}}:\d{{2}})", re.ASCII)
_NAIVE = re.compile(rf"{_DAY}([Tt ]{_CLOCK})?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[0-9]{1,10}")
_NOT_FINITE = re.compile(r"(?<![\w\"])(nan|[+-]?inf(inity)?)(?![\w\"])", re.IGNORECASE)


class UnreadableCode(StrEnum):
    """Why a row is not an event; rows may also have a RejectionCode of the wire."""

    ROW_TORN = "row_torn"  # fewer columns than the header, or the file ends inside the row
    ROW_TOO_WIDE = "row_too_wide"  # more columns than the header
    ROW_TOO_LONG = "row_too_long"  # above 64 Ki characters
    ROW_MALFORMED = "row_malformed"  # not CSV
    ENCODING_INVALID = "encoding_invalid"  # bytes that are not in the file's encoding
    COLUMN_MISSING = "column_missing"  # a required column is empty
    CODE_INVALID = "code_invalid"  # not 1 to 64 letters, digits, - and _
    TIME_INVALID = "time_invalid"  # not RFC 3339, a day that does not exist, or before 1970
    EVENT_ID_INVALID = "event_id_invalid"  # not a UUID
    NUMBER_INVALID = "number_invalid"  # not a number, or longitude without latitude
    DETAILS_INVALID = "details_invalid"  # not a JSON object, or at odds with a column


class RowUnreadable(ValueError):
    """This row becomes no event."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


def parse_row(cells: Mapping[str, str]) -> tuple[Post, ScanEvent]:
    """The gateway's post and the scan in stripped cells by column name. Raises RowUnreadable."""
    _check_codes(cells)
    post = Post(cells["carrier"], cells["station"], GATEWAY_DEVICE)
    step = _parse_step(cells["step"])
    event_time = _parse_time(cells["event_time"])
    scan = ScanEvent(
        event_id=_parse_event_id(cells, step, event_time),
        seq=0,
        step=step,
        event_time=event_time,
        waybill_no=cells["waybill_no"],
        operator=cells.get("operator") or None,
        position=_parse_position(cells),
        details=_parse_details(cells, step),
    )
    try:
        return post, decode_event(encode_event(scan)).scan
    except EventRejected as error:
        raise RowUnreadable(error.code, error.reason) from error


def _check_codes(cells: Mapping[str, str]) -> None:
    for name in REQUIRED:
        if not cells[name]:
            raise RowUnreadable(UnreadableCode.COLUMN_MISSING, f"{name} is empty")
    for name in ("waybill_no", "carrier", "station", "operator"):
        if (code := cells.get(name)) and not _CODE.match(code):
            raise RowUnreadable(UnreadableCode.CODE_INVALID, f"{name} is not 1 to 64 letters, digits, - and _")


def _parse_step(text: str) -> Step:
    try:
        return Step(text)
    except ValueError as error:
        raise RowUnreadable(RejectionCode.STEP_UNKNOWN, "step is not one of the steps of jixin/v1") from error


def _parse_time(text: str) -> datetime:
    if _NAIVE.fullmatch(text):
        raise RowUnreadable(RejectionCode.TIME_NAIVE, "event_time needs an offset, such as +08:00")
    if not _RFC3339.fullmatch(text):
        raise RowUnreadable(UnreadableCode.TIME_INVALID, "event_time is not RFC 3339")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise RowUnreadable(UnreadableCode.TIME_INVALID, "event_time is not a time that exists") from error
    if moment < _EPOCH:
        raise RowUnreadable(UnreadableCode.TIME_INVALID, "event_time is before 1970")
    return moment


def _parse_event_id(cells: Mapping[str, str], step: Step, event_time: datetime) -> UUID:
    text = cells.get("event_id")
    if not text:
        return derive_event_id(
            waybill_no=cells["waybill_no"],
            step=step,
            event_time=event_time,
            carrier=cells["carrier"],
            station=cells["station"],
        )
    if not _UUID.fullmatch(text):
        raise RowUnreadable(UnreadableCode.EVENT_ID_INVALID, "event_id is not a UUID")
    return UUID(text)


def _parse_position(cells: Mapping[str, str]) -> Position | None:
    lng, lat = cells.get("lng"), cells.get("lat")
    if not lng and not lat:
        return None
    if not lng or not lat:
        raise RowUnreadable(UnreadableCode.NUMBER_INVALID, "lng and lat come together")
    return Position(lng=_parse_number("lng", lng), lat=_parse_number("lat", lat))


def _parse_number(name: str, text: str) -> float:
    if _NOT_FINITE.fullmatch(text):
        raise RowUnreadable(RejectionCode.NUMBER_NOT_FINITE, f"{name} is not a finite number")
    if not _DECIMAL.fullmatch(text) or not math.isfinite(number := float(text)):
        raise RowUnreadable(UnreadableCode.NUMBER_INVALID, f"{name} is not a number")
    return number


def _parse_details(cells: Mapping[str, str], step: Step) -> msgspec.Raw:
    """The JSON of `details` with the columns that stand for a detail; the wire judges what it says."""
    details = _parse_object(cells.get("details") or "{}")
    for name in DETAIL_COLUMNS:
        if text := cells.get(name):
            _add_detail(details, name, text, step)
    return msgspec.Raw(msgspec.json.encode(details))


def _add_detail(details: dict[str, object], name: str, text: str, step: Step) -> None:
    if name not in DETAILS[step].__struct_fields__:  # exports repeat a parcel's columns on every row
        return
    if name == "weight_g" and not _WHOLE.fullmatch(text):
        raise RowUnreadable(UnreadableCode.NUMBER_INVALID, f"{name} is not a whole number")
    value = int(text) if name == "weight_g" else text
    if details.setdefault(name, value) != value:
        raise RowUnreadable(UnreadableCode.DETAILS_INVALID, f"details says another {name} than its column")


def _parse_object(text: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        if _NOT_FINITE.search(text):
            raise RowUnreadable(RejectionCode.NUMBER_NOT_FINITE, "NaN and Infinity are not numbers in JSON") from error
        raise RowUnreadable(UnreadableCode.DETAILS_INVALID, "details is not a JSON object") from error
