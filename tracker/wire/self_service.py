"""Self-service devices (自助终端): whose remote checks a carrier's counters may rest on.

A counter holds its carrier's list offline, as compact JWS by the tracker, just as it holds that of the agreements.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tracker.wire.details import Code
from tracker.wire.signature import Jwk, NotAJws, SigningKey, VerifyingKey, signed_payload
from tracker.wire.versions import VERSION

SELF_SERVICE_TYPE = "jixin-self-service+jws"


class SelfServiceDevice(Struct, frozen=True):
    """One device and the key with which it signs its vouchers."""

    station: Code
    device: Code
    key: Jwk


class SelfServiceList(Struct, frozen=True):
    """The self-service devices of one carrier whose keys were in force when the tracker signed; perhaps none."""

    v: int
    carrier: Code
    issued_at: Annotated[datetime, Meta(tz=True)]
    devices: list[SelfServiceDevice]

    @property
    def keys(self) -> dict[str, VerifyingKey]:
        """Their keys by kid. Raises ValueError where one is no key."""
        named = (VerifyingKey.from_jwk(each.key) for each in self.devices)
        return {key.kid: key for key in named}


_ENCODER = msgspec.json.Encoder()
_LIST = msgspec.json.Decoder(SelfServiceList)


def sign_self_service(listed: SelfServiceList, key: SigningKey) -> str:
    """The list as compact JWS."""
    return key.sign(_ENCODER.encode(listed), typ=SELF_SERVICE_TYPE)


def read_self_service(text: str | bytes, keys: Mapping[str, VerifyingKey]) -> SelfServiceList:
    """The list that one of the pinned keys (by kid) signed. Raises NotAJws, also for another version."""
    try:
        listed = _LIST.decode(signed_payload(text, keys, typ=SELF_SERVICE_TYPE))
    except msgspec.MsgspecError as error:
        raise NotAJws("not a list of self-service devices") from error
    if listed.v != VERSION:
        raise NotAJws(f"a list of self-service devices of version {listed.v}")
    try:
        _ = listed.keys
    except ValueError as error:
        raise NotAJws("a list that names a key which is none") from error
    return listed
