"""A remote check at the counter (远程查验凭证核对): whether a voucher shows that this parcel's sender was checked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.identity.reasons import Reason
from tracker.wire.remote_check import SERVES, Voucher, read_voucher
from tracker.wire.self_service import SelfServiceList
from tracker.wire.signature import NotAJws, VerifyingKey, parse_jws


@dataclass(frozen=True, slots=True)
class HeldDevices:
    """A list of self-service devices whose signature was checked: their keys by kid."""

    carrier: str
    issued_at: datetime
    keys: dict[str, VerifyingKey]


def hold_devices(listed: SelfServiceList) -> HeldDevices:
    """A signed list, ready to be asked."""
    return HeldDevices(listed.carrier, listed.issued_at, listed.keys)


def check_voucher(
    text: str | None,
    held: HeldDevices | None,
    *,
    carrier: str,
    waybill_no: str | None,
    of_organisation: bool,
    used: bool,
    now: datetime,
    list_days: int,
) -> Voucher | Reason:
    """The voucher of a check that holds for this parcel at this carrier's counter now, or what speaks against it.

    `used` says that this counter has accepted the parcel already: a voucher is of one parcel. A list that was signed
    later than now is none that is old: this counter's clock is.
    """
    if text is None:
        return Reason.PREVERIFICATION_MISSING
    voucher = _read(text, held, carrier=carrier, oldest=now - timedelta(days=list_days))
    if isinstance(voucher, Reason):
        return voucher
    if voucher.waybill_no != waybill_no:
        return Reason.PREVERIFICATION_OF_ANOTHER_PARCEL
    if used:
        return Reason.PREVERIFICATION_USED
    if voucher.organisation is not of_organisation:  # a person's check proves no organisation, nor the other way
        return Reason.PREVERIFICATION_OF_ANOTHER_SENDER
    return _check_age(now - voucher.checked_at) or voucher


def _read(text: str, held: HeldDevices | None, *, carrier: str, oldest: datetime) -> Voucher | Reason:
    try:
        parse_jws(text)
    except NotAJws:
        return Reason.PREVERIFICATION_UNREADABLE
    if held is None or held.carrier != carrier:
        return Reason.SELF_SERVICE_LIST_MISSING
    if held.issued_at < oldest:
        return Reason.SELF_SERVICE_LIST_STALE
    try:
        return read_voucher(text, held.keys)
    except NotAJws:
        return Reason.PREVERIFICATION_UNSIGNED


def _check_age(age: timedelta) -> Reason | None:
    if age < timedelta():
        return Reason.PREVERIFICATION_AHEAD
    return Reason.PREVERIFICATION_TOO_OLD if age > SERVES else None
