"""What the wire refuses (拒收), and why, in stable codes.

    WireError
    ├── BatchRefused    the whole payload: signature, key, digests, topic, version, size
    └── EventRejected   one event of a good batch

Both are permanent: sending the same bytes again changes nothing. Codes are public and never change meaning;
reasons are for people and carry no personal data and no part of the payload.
"""

from enum import StrEnum


class RefusalCode(StrEnum):
    """Why a batch was refused (整批拒收)."""

    TOO_LARGE = "too_large"  # payload above 1 MiB
    UNREADABLE = "unreadable"  # not the JSON object {"head", "events"}
    HEAD_MALFORMED = "head_malformed"  # not a compact JWS, or its claims are not a batch head
    KEY_UNKNOWN = "key_unknown"  # no device is enrolled with this kid
    KEY_REVOKED = "key_revoked"
    SIGNATURE_INVALID = "signature_invalid"
    VERSION_UNKNOWN = "version_unknown"  # "v" is not one this tracker reads
    TOPIC_MISMATCH = "topic_mismatch"  # the head, the key and the topic do not name the same device
    BATCH_EMPTY = "batch_empty"
    BATCH_TOO_LONG = "batch_too_long"  # more than 500 events
    DIGESTS_MISMATCH = "digests_mismatch"  # the events are not the ones that were signed
    INTERNAL_ERROR = "internal_error"  # the tracker's own fault: kept in quarantine, no receipt, so it is sent again


class RejectionCode(StrEnum):
    """Why one event was rejected (单条拒收)."""

    EVENT_TOO_LARGE = "event_too_large"  # above 16 KiB
    EVENT_UNREADABLE = "event_unreadable"  # not JSON, or nested too deep
    NUMBER_NOT_FINITE = "number_not_finite"  # NaN or Infinity
    FIELD_MISSING = "field_missing"
    FIELD_UNKNOWN = "field_unknown"
    FIELD_INVALID = "field_invalid"
    STEP_UNKNOWN = "step_unknown"
    DETAIL_UNKNOWN = "detail_unknown"
    DETAIL_INVALID = "detail_invalid"
    TIME_NAIVE = "time_naive"  # event_time without an offset
    TIME_IN_FUTURE = "time_in_future"  # more than 36 h ahead of the tracker
    TIME_TOO_OLD = "time_too_old"  # before the first day of which this tracker takes events
    WAYBILL_FULL = "waybill_full"  # as many events of this waybill are recorded as one may have
    EVENT_ID_NOT_V7 = "event_id_not_v7"
    EVENT_ID_TIME_MISMATCH = "event_id_time_mismatch"  # UUIDv7 time more than 7 days from event_time
    EVENT_ID_REUSED = "event_id_reused"  # the same event_id with other content
    MONTH_ARCHIVED = "month_archived"  # its month, or what it corrects, is archived and closed


class WireError(ValueError):
    """A message that this side will never accept."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class BatchRefused(WireError):
    """The whole payload is refused; it goes to quarantine."""


class EventRejected(WireError):
    """One event is rejected; its neighbours are not disturbed."""
