"""The pickup code (取件码): eight digits that the recipient reads on the trace page, and the counter checks offline.

Made of the label key of the device that stored the parcel or took it out, so that no key travels for it: that counter
and the installation can reckon it, and no other device. Bound to the parcel and to that one event.
"""

import hashlib
import hmac
import re
from uuid import UUID

from tracker.wire.signature import decode_base64url, encode_base64url

CODE_DIGITS = 8
CODE_FORM = re.compile(rf"[0-9]{{{CODE_DIGITS}}}")
PICKUP_CODE = "pickup_code"  # the `proof.kind` of an event that was signed off by one
_CHARACTERS = 64  # of a commitment: base64url of an id's 16 octets and a hash's 32


def pickup_code(key: bytes, waybill_no: str, stored: UUID) -> str:
    """The digits for a parcel whose last storing is this event, by the device whose label key it is."""
    mac = _mac(key, "jixin pickup code v1", waybill_no, stored)
    return f"{int.from_bytes(mac[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def fits_pickup_code(typed: str, key: bytes, waybill_no: str, stored: UUID) -> bool:
    """Whether these are the digits, found out in a time that tells nothing."""
    return hmac.compare_digest(typed.encode(errors="replace"), pickup_code(key, waybill_no, stored).encode())


def commit_to_pickup_code(key: bytes, waybill_no: str, *, stored: UUID, delivered: UUID) -> str:
    """The commitment of the event that signs off: it names the storing, and shows that its code was at hand."""
    return encode_base64url(stored.bytes + _proof(key, waybill_no, stored, delivered))


def stored_in(commitment: str) -> UUID | None:
    """Which storing a commitment names; None where it can be none of ours."""
    return UUID(bytes=decode_base64url(commitment)[:16]) if len(commitment) == _CHARACTERS else None


def fits_commitment(commitment: str, key: bytes, waybill_no: str, *, delivered: UUID) -> bool:
    """Whether a device with this key made it, for this parcel and the event that signs off."""
    stored = stored_in(commitment)
    if stored is None:
        return False
    wanted = commit_to_pickup_code(key, waybill_no, stored=stored, delivered=delivered)
    return hmac.compare_digest(commitment.encode(), wanted.encode())


def _proof(key: bytes, waybill_no: str, stored: UUID, delivered: UUID) -> bytes:
    code = pickup_code(key, waybill_no, stored)
    return _mac(key, f"jixin pickup proof v1 {code} {delivered}", waybill_no, stored)


def _mac(key: bytes, purpose: str, waybill_no: str, stored: UUID) -> bytes:
    return hmac.new(key, f"{purpose}\0{waybill_no}\0{stored}".encode(), hashlib.sha256).digest()
