"""Safety agreements (安全协议): the carrier's customers whose identity was checked once, at signing.

A station holds its carrier's list offline, as compact JWS by the tracker. It holds organisations, no persons.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tracker.wire.details import Code
from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey, signed_payload
from tracker.wire.versions import VERSION

AGREEMENTS_TYPE = "jixin-agreements+jws"


class Agreement(Struct, frozen=True):
    """One agreement of one carrier; its last day is `valid_until`, or the day before `ended_on` where that is told."""

    carrier: Code
    agreement_no: Code
    customer: str
    uscc: str
    valid_from: date
    valid_until: date
    ended_on: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Whether it holds on a local day."""
        return self.valid_from <= day <= self.valid_until and (self.ended_on is None or day < self.ended_on)


class AgreementList(Struct, frozen=True):
    """All agreements of one carrier as the tracker knew them when it signed."""

    v: int
    carrier: Code
    issued_at: Annotated[datetime, Meta(tz=True)]
    agreements: list[Agreement]


_ENCODER = msgspec.json.Encoder()
_LIST = msgspec.json.Decoder(AgreementList)


def sign_agreements(listed: AgreementList, key: SigningKey) -> str:
    """The list as compact JWS."""
    return key.sign(_ENCODER.encode(listed), typ=AGREEMENTS_TYPE)


def read_agreements(text: str | bytes, keys: Mapping[str, VerifyingKey]) -> AgreementList:
    """The list that one of the pinned keys (by kid) signed. Raises NotAJws, also for another version."""
    try:
        listed = _LIST.decode(signed_payload(text, keys, typ=AGREEMENTS_TYPE))
    except msgspec.MsgspecError as error:
        raise NotAJws("not a list of agreements") from error
    if listed.v != VERSION:
        raise NotAJws(f"a list of agreements of version {listed.v}")
    return listed
