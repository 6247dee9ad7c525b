"""Capture (采集): a code that was read becomes a scan event. Pure: clock, chance and place come in."""

import re
from datetime import datetime
from uuid import UUID

from scanners.personal_numbers import is_resident_number
from tracker.wire.details import Details
from tracker.wire.event import Correction, Position, ScanEvent, encode_details, encode_event
from tracker.wire.steps import Step

_NOT_A_CODE = re.compile(r"[^A-Za-z0-9_-]")


class NotAWaybill(ValueError):
    """What was read is no waybill number; the message says what was wrong."""


class GateNeeded(ValueError):
    """An acceptance is made by the real-name gate alone; the message says where."""

    def __init__(self) -> None:
        super().__init__(
            "收寄要先过实名闸口，请用柜台 · an acceptance passes the real-name gate first: use the counter"
        )


def parse_waybill_no(text: str) -> str:
    """The waybill number in what a scanner typed: trimmed, upper case. Raises NotAWaybill."""
    code = text.strip()
    if not 1 <= len(code) <= 64 or _NOT_A_CODE.search(code):
        raise NotAWaybill(f"运单号为 1 至 64 个字母、数字 · not 1 to 64 letters and digits: {len(code)} characters")
    if is_resident_number(code):
        raise NotAWaybill("这是证件号码 · a document's number, not a parcel's")
    return code.upper()  # after the check: other letters than ours turn into ours in upper case


def capture(
    code: str,
    *,
    step: Step,
    event_id: UUID,
    event_time: datetime,
    operator: str | None = None,
    place: Position | None = None,
    details: Details | None = None,
    corrects: Correction | None = None,
    is_bag: bool = False,
) -> ScanEvent:
    """The event for one reading, of a parcel or of a bag; its `seq` is given by the outbox. Raises NotAWaybill.

    Raises GateNeeded for an acceptance (see scanners.acceptance), unless it only says that one did not occur.
    """
    if step is Step.ACCEPTED and (corrects is None or corrects.reason != "did_not_occur"):
        raise GateNeeded
    number = parse_waybill_no(code)
    scan = ScanEvent(
        event_id=event_id,
        seq=0,
        step=step,
        event_time=event_time,
        waybill_no=None if is_bag else number,
        bag_no=number if is_bag else None,
        operator=operator,
        position=place,
        details=encode_details(details),
        corrects=corrects,
    )
    encode_event(scan)
    return scan
