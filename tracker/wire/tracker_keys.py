"""The tracker's keys (回执密钥): the present one names the next, so that devices follow without a new enrolment.

Two notices go with each change, each a compact JWS. The present key names the `next`: devices that believe the one
believe the other. The next key names the `past` one, for whoever checks an old receipt knowing only the new key;
devices take no notice of those.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tracker.wire.signature import Jwk, Jws, NotAJws, SigningKey, VerifyingKey, parse_jws
from tracker.wire.versions import VERSION

NOTICE_TYPE = "jixin-key+jws"


class KeyNotice(Struct, frozen=True):
    """One key of the tracker vouches for another: the `next` that will sign, or the `past` one that did."""

    v: int
    relation: Literal["next", "past"]
    key: Jwk
    made_at: Annotated[datetime, Meta(tz=True)]


_ENCODER = msgspec.json.Encoder()
_NOTICE = msgspec.json.Decoder(KeyNotice)


def sign_notice(notice: KeyNotice, key: SigningKey) -> str:
    """The notice as compact JWS."""
    return key.sign(_ENCODER.encode(notice), typ=NOTICE_TYPE)


def follow_keys(
    notices: Iterable[str], believed: Mapping[str, VerifyingKey], *, into_past: bool = False
) -> dict[str, VerifyingKey]:
    """The believed keys (by kid) and all that they lead to, oldest first; `into_past` for who checks old receipts.

    A notice that cannot be read, or that no believed key signed, changes nothing.
    """
    by_signer: dict[str, list[tuple[Jws, KeyNotice]]] = {}
    for text in notices:
        if (read := _read(text)) is not None and (into_past or read[1].relation == "next"):
            by_signer.setdefault(read[0].header.kid, []).append(read)
    reached, waiting = dict(believed), list(believed)
    while waiting:
        kid = waiting.pop(0)
        for jws, notice in by_signer.get(kid, ()):
            key = _key_in(notice)
            if key is not None and key.kid not in reached and jws.verify(reached[kid]):
                reached[key.kid] = key
                waiting.append(key.kid)
    return reached


def _read(text: str) -> tuple[Jws, KeyNotice] | None:
    try:
        jws = parse_jws(text)
        notice = _NOTICE.decode(jws.payload)
    except (NotAJws, msgspec.MsgspecError):
        return None
    return (jws, notice) if jws.header.typ == NOTICE_TYPE and notice.v == VERSION else None


def _key_in(notice: KeyNotice) -> VerifyingKey | None:
    try:
        return VerifyingKey.from_jwk(notice.key)
    except ValueError:
        return None
