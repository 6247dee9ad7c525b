"""A status (终端状态): what a device says of itself on `…/status`, retained; its last will says it is gone.

Unsigned: a hint for whoever watches, never evidence. It holds counts and times, nothing of any parcel or person.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tracker.wire.versions import VERSION

MAX_STATUS_BYTES = 1024


class DeviceStatus(Struct, frozen=True, forbid_unknown_fields=True):
    """How a device is. `waiting` counts its scans without a receipt, `oldest` is the time of the first of them.

    `waiting` and `sent_at` are null in a last will: the broker speaks it long after it was written.
    """

    v: int
    online: bool
    waiting: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None
    oldest: Annotated[datetime, Meta(tz=True)] | None
    sent_at: Annotated[datetime, Meta(tz=True)] | None


class NotAStatus(ValueError):
    """The payload is no status that this side reads."""


_STATUS = msgspec.json.Decoder(DeviceStatus)


def encode_status(status: DeviceStatus) -> bytes:
    """The status as it is published."""
    return msgspec.json.encode(status)


def decode_status(payload: bytes) -> DeviceStatus:
    """The status in a payload of at most 1 KiB. Raises NotAStatus, also for a version that is not ours."""
    if len(payload) > MAX_STATUS_BYTES:
        raise NotAStatus("above 1 KiB")
    try:
        status = _STATUS.decode(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise NotAStatus("not the JSON of a status") from error
    if status.v != VERSION:
        raise NotAStatus("a version that this tracker does not read")
    return status


LAST_WILL = encode_status(DeviceStatus(v=VERSION, online=False, waiting=None, oldest=None, sent_at=None))
