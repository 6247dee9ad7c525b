"""Event ids (事件标识): UUIDv7, fresh at the counter, derived in a replay."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tracker.wire.steps import Step

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


def milliseconds_of(moment: datetime) -> int:
    """Whole milliseconds since 1970-01-01 UTC, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def time_of(event_id: UUID) -> datetime:
    """The time in a UUIDv7's first 48 bits; they reach beyond the year 9999, which stands for all that is later."""
    return _EPOCH + timedelta(milliseconds=min(event_id.int >> 80, _LAST_MILLISECOND))


def is_uuid7(identifier: UUID) -> bool:
    """RFC 9562 section 5.7: version 7 and its variant."""
    return identifier.int >> 76 & 0xF == 7 and identifier.int >> 62 & 3 == 2


def build_event_id(moment: datetime, noise: bytes) -> UUID:
    """UUIDv7 (RFC 9562 section 5.7) of a moment and at least 10 bytes of noise."""
    rest = int.from_bytes(noise[:10], "big")
    value = (milliseconds_of(moment) & (2**48 - 1)) << 80 | rest
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def derive_event_id(*, waybill_no: str, step: Step, event_time: datetime, carrier: str, station: str) -> UUID:
    """The id of a replayed row without one: the same row always has the same id.

    48 bits of event time in ms, the rest from SHA-256 over the five values joined by newlines, the time as UTC ms.
    """
    text = "\n".join((waybill_no, step.value, str(milliseconds_of(event_time)), carrier, station))
    return build_event_id(event_time, hashlib.sha256(text.encode()).digest())
