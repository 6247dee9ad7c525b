"""The vault's keys (保险库密钥): one a month and purpose, to which counters seal; the vault signs their list."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from msgspec import Meta, Struct

from tracker.wire.details import LOCAL
from tracker.wire.signature import (
    Jwk,
    NotAJws,
    SigningKey,
    VerifyingKey,
    decode_base64url,
    digest_of,
    encode_base64url,
    signed_payload,
)
from tracker.wire.versions import VERSION

VAULT_TYPE = "jixin-vault+jws"
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$(?!\n)"


class Purpose(StrEnum):
    """What a sealed record is kept for. Each has a term of its own, so each has keys of its own to destroy."""

    REGISTER = "register"  # 实名登记: document kind and number
    TRADE = "trade"  # 寄递信息: name, telephone, address of sender and recipient, who signed
    IMAGE = "image"  # 图像: photographs
    QUARANTINE = "quarantine"  # 隔离区: what could not be taken, which may name anybody


class SealingKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A public X25519 key; `month` is the local month of the events whose records are sealed to it."""

    kid: str
    month: Annotated[str, Meta(pattern=MONTH)]
    purpose: Purpose
    x: str  # base64url, 32 bytes

    @property
    def public(self) -> X25519PublicKey:
        """Raises ValueError where `x` is no key."""
        return X25519PublicKey.from_public_bytes(decode_base64url(self.x))


class VaultNotice(Struct, frozen=True):
    """The keys that counters may seal to, of last month, this one and the next ones."""

    v: int
    keys: list[SealingKey]
    made_at: Annotated[datetime, Meta(tz=True)]


class VaultWord(Struct, frozen=True):
    """The vault's own public key, and its notice as compact JWS.

    A device pins the key with which it was enrolled, else the first it hears of: the tracker, which hands the word on,
    cannot put a key of its own in its place later.
    """

    key: Jwk
    notice: str


class NoSealingKey(LookupError):
    """The vault has named no key for this month and purpose: nothing can be sealed."""


_ENCODER = msgspec.json.Encoder()
_NOTICE = msgspec.json.Decoder(VaultNotice)


def sealing_key_of(private: X25519PrivateKey, *, month: str, purpose: Purpose) -> SealingKey:
    """The public half; its kid is the RFC 7638 thumbprint."""
    x = encode_base64url(private.public_key().public_bytes_raw())
    return SealingKey(digest_of(f'{{"crv":"X25519","kty":"OKP","x":"{x}"}}'.encode()), month, purpose, x)


def sign_vault_notice(notice: VaultNotice, key: SigningKey) -> str:
    """The notice as compact JWS."""
    return key.sign(_ENCODER.encode(notice), typ=VAULT_TYPE)


def read_vault_notice(text: str, key: VerifyingKey) -> VaultNotice:
    """The notice that the vault's key signed. Raises NotAJws."""
    try:
        notice = _NOTICE.decode(signed_payload(text, {key.kid: key}, typ=VAULT_TYPE))
    except msgspec.MsgspecError as error:
        raise NotAJws("not a vault's notice") from error
    if notice.v != VERSION:
        raise NotAJws(f"a vault's notice of version {notice.v}")
    return notice


def read_vault_word(word: VaultWord, *, pinned: VerifyingKey | None = None) -> VaultNotice:
    """The notice in a word, of the pinned vault where there is one. Raises NotAJws."""
    try:
        key = VerifyingKey.from_jwk(word.key)
    except ValueError as error:
        raise NotAJws("not a key") from error
    if pinned is not None and key != pinned:
        raise NotAJws("the word of another vault")
    return read_vault_notice(word.notice, key)


def month_of(moment: datetime) -> str:
    """The local month (Asia/Shanghai) of a moment: 2026-11."""
    return f"{moment.astimezone(LOCAL):%Y-%m}"


def find_sealing_key(notice: VaultNotice | None, *, moment: datetime, purpose: Purpose) -> SealingKey:
    """The key for what happens at `moment`. Raises NoSealingKey."""
    month = month_of(moment)
    for key in notice.keys if notice else ():
        if (key.month, key.purpose) == (month, purpose):
            return key
    raise NoSealingKey(f"no key of the vault for {month}, {purpose}")
