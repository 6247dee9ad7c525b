"""The review code (评价码): for one parcel, one use and half an hour; nothing is stored until it is used.

`{until}.{chance}.{parcel}.{signature}`: a code that we gave can be told from one that we did not, and whose it is.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from credit_scoring.voices.refusals import Refusal, VoiceRefused
from tracker.wire.signature import encode_base64url

CHANCE = 12  # octets
LONGEST = 200


def make_review_code(key: bytes, waybill_no: str, *, now: datetime, holds: timedelta, chance: bytes) -> str:
    """A code for the one who has just shown to be this parcel's recipient; `chance` is CHANCE random octets."""
    until = int((now + holds).timestamp())
    body = f"{until}.{encode_base64url(chance)}.{_sign(key, f'parcel {waybill_no}')}"
    return f"{body}.{_sign(key, f'code {body}')}"


def check_review_code(key: bytes, waybill_no: str, code: str, *, now: datetime) -> bytes:
    """What is kept of a code that holds for this parcel, so that it is used once. Raises VoiceRefused."""
    body, _, signature = code[:LONGEST].strip().rpartition(".")
    if not _same(signature, _sign(key, f"code {body}")):
        raise VoiceRefused(Refusal.CODE_FORGED, "this code was not given out here")
    until, _, parcel = body.split(".")
    if not _same(parcel, _sign(key, f"parcel {waybill_no}")):
        raise VoiceRefused(Refusal.CODE_OF_ANOTHER_PARCEL, "this code was given out for another parcel")
    if now.timestamp() >= int(until):
        raise VoiceRefused(Refusal.CODE_EXPIRED, "this code is over; ask for another with the recipient's digits")
    return sha256(body.encode()).digest()


def _sign(key: bytes, text: str) -> str:
    return encode_base64url(hmac.new(key, f"jixin review v1 {text}".encode("utf-8", "replace"), sha256).digest()[:16])


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
