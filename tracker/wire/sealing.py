"""Sealing (封存): what names a person is shut at the counter with HPKE (RFC 9180) for the vault's key of the month.

The commitment is what the signed event carries: a hash over the content and 256 random bits. The salt lies inside the
box and nowhere else: beside it, a document number could be found by trying all of them.
"""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from msgspec import Meta, Struct

from tracker.wire.signature import decode_base64url, encode_base64url
from tracker.wire.vault_keys import SealingKey

SALT_BYTES = 32
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_CONTEXT = "jixin/v1/identities"


class NotSealedHere(ValueError):
    """The box does not open with this key, or is not the one that its commitment names."""


class PersonalContent(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a sealed record holds of one person; absent where nothing was asked. It never shows itself in a log.

    `document_kind` is a code of scanners.identity; `image` is JPEG or PNG.
    """

    salt: Annotated[bytes, Meta(min_length=SALT_BYTES, max_length=SALT_BYTES)]
    document_kind: str | None = None
    document_number: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    organisation_name: str | None = None
    organisation_code: str | None = None  # 统一社会信用代码
    image: bytes | None = None

    def __repr__(self) -> str:
        return "PersonalContent(…)"


class SealedBox(Struct, frozen=True):
    """A commitment (base64url SHA-256) and the box (base64url of HPKE's enc and ciphertext)."""

    commitment: str
    sealed: str


_ENCODER = msgspec.json.Encoder()
_CONTENT = msgspec.json.Decoder(PersonalContent)


def seal(content: PersonalContent, *, key: SealingKey, record_id: UUID, event_id: UUID) -> SealedBox:
    """Shut `content`, whose salt is random; opens for the vault's key only, for this record of this event only."""
    octets = _ENCODER.encode(content)
    commitment = _commitment_of(octets)
    bound = _bound_to(kid=key.kid, record_id=record_id, event_id=event_id, commitment=commitment)
    return SealedBox(commitment, encode_base64url(_SUITE.encrypt(octets, key.public, bound)))


def commitment_of(content: PersonalContent) -> str:
    """What an event carries of a content that is sealed: it is told before there is a key to seal to."""
    return _commitment_of(_ENCODER.encode(content))


def open_sealed(
    sealed: bytes, *, private: X25519PrivateKey, kid: str, record_id: UUID, event_id: UUID, commitment: str
) -> PersonalContent:
    """What was shut. Raises NotSealedHere for another key, event, record or commitment than it was shut for."""
    bound = _bound_to(kid=kid, record_id=record_id, event_id=event_id, commitment=commitment)
    try:
        octets = _SUITE.decrypt(sealed, private, bound)
        content = _CONTENT.decode(octets)
    except (InvalidTag, ValueError, msgspec.MsgspecError) as error:
        raise NotSealedHere("this box was not shut for this key and event") from error
    if _commitment_of(octets) != commitment:
        raise NotSealedHere("the box holds something else than was committed to")
    return content


def seal_octets(octets: bytes, *, key: SealingKey, bound_to: str) -> bytes:
    """Shut octets of any kind, for the vault's key and what names them."""
    return _SUITE.encrypt(octets, key.public, _any_bound(key.kid, bound_to))


def open_octets(box: bytes, *, private: X25519PrivateKey, kid: str, bound_to: str) -> bytes:
    """What `seal_octets` shut. Raises NotSealedHere."""
    try:
        return _SUITE.decrypt(box, private, _any_bound(kid, bound_to))
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere("this box was not shut for this key and name") from error


def _any_bound(kid: str, name: str) -> bytes:
    return f"jixin/v1/octets|{kid}|{name}".encode()


def box_of(sealed: str) -> bytes:
    """The octets of a box as it travels. Raises ValueError."""
    octets = decode_base64url(sealed)
    if len(octets) < _SUITE_OVERHEAD:
        raise ValueError("too short to be a box")
    return octets


_SUITE_OVERHEAD = 32 + 16  # X25519's enc, the authentication tag


def _commitment_of(octets: bytes) -> str:
    return encode_base64url(sha256(b"jixin/v1/commitment\0" + octets).digest())


def _bound_to(*, kid: str, record_id: UUID, event_id: UUID, commitment: str) -> bytes:
    return f"{_CONTEXT}|{kid}|{record_id}|{event_id}|{commitment}".encode()
