"""Findings (异常): what does not fit in a parcel's life, named and never hidden."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Finding(StrEnum):
    """A finding's stable code."""

    # seen at intake
    CLOCK_SKEW = "clock_skew"  # event time ahead of ours, by at most 36 h
    CLOCK_OFF = "clock_off"  # accepted under a clock that was set back, or is ahead of ours
    SEQ_REUSED = "seq_reused"  # the same (device, seq) with another event: a restored or cloned device
    # seen in the order of the scans
    STEP_OUT_OF_ORDER = "step_out_of_order"  # announced or accepted after the journey began
    SCAN_AFTER_FINAL = "scan_after_final"  # a scan after delivered, returned or destroyed
    FOUND = "found"  # scanned again after it was reported lost
    PROMISE_CHANGED = "promise_changed"  # another promise than the first; the first one counts
    # duties not shown
    IDENTITY_MISSING = "identity_missing"  # accepted without a mark that the sender was identified
    # the second look at what the counter's gate must have seen; see tracker.realname.second_check
    IDENTITY_KIND_UNKNOWN = "identity_kind_unknown"  # checked by a document that is none of the list
    EXEMPTION_UNPROVED = "exemption_unproved"  # an exemption without what it rests on
    INSPECTION_MISSING = "inspection_missing"  # accepted without a mark that the contents were looked at
    INSPECTION_FAILED = "inspection_failed"  # accepted although the inspection was not passed
    GOODS_PROHIBITED = "goods_prohibited"  # accepted as goods of a prohibited class
    # the same, seen at intake: the agreement as the registry knew it when the event was recorded
    AGREEMENT_UNKNOWN = "agreement_unknown"  # the carrier has no such agreement
    AGREEMENT_NOT_IN_FORCE = "agreement_not_in_force"  # ended, or not begun, on the day of the acceptance
    # an acceptance's claim beside its sealed record; see tracker.realname.claims
    IDENTITY_UNCOMMITTED = "identity_uncommitted"  # claims a check and commits to nothing
    IDENTITY_RECORD_MISSING = "identity_record_missing"  # the record that it commits to has not come
    # a sign-off, seen at intake
    PICKUP_CODE_UNPROVED = "pickup_code_unproved"  # by a pickup code that this device cannot have looked at
    # gaps: a scan that must have been there is not
    MISSING_ACCEPTED = "missing_accepted"
    MISSING_DEPARTED = "missing_departed"
    MISSING_ARRIVED = "missing_arrived"
    MISSING_OUT_FOR_DELIVERY = "missing_out_for_delivery"
    SILENCE = "silence"  # more than 24 h on the way without a scan
    # corrections
    CORRECTION_WITHOUT_TARGET = "correction_without_target"
    CORRECTION_NOT_ALLOWED = "correction_not_allowed"


GAPS = frozenset(
    {
        Finding.MISSING_ACCEPTED,
        Finding.MISSING_DEPARTED,
        Finding.MISSING_ARRIVED,
        Finding.MISSING_OUT_FOR_DELIVERY,
        Finding.SILENCE,
    }
)

OF_CONTENTS = frozenset({Finding.GOODS_PROHIBITED})  # says what is inside, which is nobody's business but the parties'


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One finding at one event; a gap also says from when to when nothing was seen."""

    code: Finding
    event_id: UUID
    since: datetime | None = None
    until: datetime | None = None
