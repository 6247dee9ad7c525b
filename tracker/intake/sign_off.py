"""A sign-off's pickup code (取件码签收): whether its commitment is one that this device could make, for this event.

It needs the label secret and nothing of the store: whatever order the scans come in, the answer is the same.
"""

from collections.abc import Callable

from tracker.chain.findings import Finding
from tracker.wire.details import DeliveredDetails
from tracker.wire.event import ReadEvent
from tracker.wire.label_token import derive_label_key
from tracker.wire.pickup_code import PICKUP_CODE, fits_commitment
from tracker.wire.topics import GATEWAY_DEVICE, Post

LabelSecret = Callable[[], bytes | None]  # asked when a code is claimed, for it is made with the first enrolment


def judge_sign_off(item: ReadEvent, post: Post, *, secret: LabelSecret) -> Finding | None:
    """What speaks against a claimed pickup code; None where it holds, none is claimed, or there is no secret here."""
    details, scan = item.details, item.scan
    if not isinstance(details, DeliveredDetails) or details.proof is None or details.proof.kind != PICKUP_CODE:
        return None
    octets = secret()
    if octets is None or post.device == GATEWAY_DEVICE:  # history has no keys of ours
        return None
    key, commitment = derive_label_key(octets, post), details.proof.commitment or ""
    holds = fits_commitment(commitment, key, scan.waybill_no or "", delivered=scan.event_id)
    return None if holds else Finding.PICKUP_CODE_UNPROVED
