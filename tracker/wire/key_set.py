"""The tracker's public keys (回执公钥集): a JWK Set (RFC 7517 section 5) for whoever verifies without an enrolment."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from tracker.wire.enrolment import NotAnEnrolment, read_enrolment
from tracker.wire.signature import Jwk, VerifyingKey


class NotAKeySet(ValueError):
    """The file names no keys to trust; the message says what does."""


class _Member(Struct, frozen=True):
    """A key of the set; members that others add, such as `use` and `alg`, change nothing."""

    kty: str
    crv: str = ""
    x: str = ""
    kid: str = ""


class _KeySet(Struct, frozen=True):
    keys: list[_Member]


def encode_key_set(keys: Iterable[VerifyingKey]) -> bytes:
    """The set as JSON, for a file."""
    return msgspec.json.format(msgspec.json.encode({"keys": [key.to_jwk() for key in keys]}), indent=2) + b"\n"


def read_trusted_keys(path: Path) -> dict[str, VerifyingKey]:
    """The tracker's keys in a key set or an enrolment file, by the kid that is reckoned from each.

    Raises OSError, NotAKeySet.
    """
    try:
        members = msgspec.json.decode(path.read_bytes(), type=_KeySet).keys
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _pinned_keys(path)
    try:
        keys = [VerifyingKey.from_jwk(Jwk(x=each.x, kid=each.kid)) for each in members if _is_ours(each)]
    except ValueError as error:
        raise NotAKeySet(f"{path}: {error}") from error
    if not keys:
        raise NotAKeySet(f"{path} holds no Ed25519 key; make a set with `jixin keys`")
    return {key.kid: key for key in keys}


def _is_ours(member: _Member) -> bool:
    return (member.kty, member.crv) == ("OKP", "Ed25519")


def _pinned_keys(path: Path) -> dict[str, VerifyingKey]:
    try:
        return read_enrolment(path).pinned_keys
    except NotAnEnrolment as error:
        raise NotAKeySet(f"{path} is neither a key set (`jixin keys`) nor an enrolment file") from error
