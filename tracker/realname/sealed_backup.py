"""A sealed backup (加密备份): octets that open for a passphrase, or for a recovery key that is kept elsewhere.

A line of JSON says how it was sealed and is bound to what follows: AES-256-GCM under a key that scrypt makes of the
passphrase, or HPKE (RFC 9180) to an X25519 public key.
"""

import os
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Meta, Struct

from tracker.wire.signature import decode_base64url, encode_base64url

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
LEAST_LENGTH, LEAST_DIFFERENT = 16, 8  # of a passphrase: who has the file may try as long as they like
COST = 2**17  # scrypt's n: 128 MiB and some half a second a try
_NONCE = 12
_PREFIX = "jixin-recovery-"
_LINE = 4_096


class WeakPassphrase(ValueError):
    """The passphrase is too short, or one letter again and again."""


class BackupShut(ValueError):
    """This is no sealed backup, it was changed, or neither passphrase nor key is the one that it was sealed for."""


class _ForPassphrase(Struct, frozen=True, tag_field="sealed", tag="passphrase", forbid_unknown_fields=True):
    v: Literal[1]
    salt: str
    cost: Annotated[int, Meta(ge=2**15, le=2**20)]


class _ForKey(Struct, frozen=True, tag_field="sealed", tag="recovery-key", forbid_unknown_fields=True):
    v: Literal[1]
    public: str


_HEADER = msgspec.json.Decoder(_ForPassphrase | _ForKey)


def check_passphrase(passphrase: str) -> None:
    """Raises WeakPassphrase."""
    if len(passphrase) < LEAST_LENGTH or len(set(passphrase)) < LEAST_DIFFERENT:
        raise WeakPassphrase(
            f"口令过弱 · a passphrase has at least {LEAST_LENGTH} characters, {LEAST_DIFFERENT} of them different: "
            "six words drawn at random are one"
        )


def seal_for_passphrase(octets: bytes, passphrase: str) -> bytes:
    """Raises WeakPassphrase."""
    check_passphrase(passphrase)
    salt = os.urandom(32)
    line = _line(_ForPassphrase(1, encode_base64url(salt), COST))
    nonce = os.urandom(_NONCE)
    return line + nonce + AESGCM(_key_of(passphrase, salt, COST)).encrypt(nonce, octets, line)


def seal_for_key(octets: bytes, public: X25519PublicKey) -> bytes:
    """For whoever has the private half."""
    line = _line(_ForKey(1, write_public(public)))
    return line + _SUITE.encrypt(octets, public, line)


def is_for_passphrase(sealed: bytes) -> bool:
    """Raises BackupShut where it is no backup at all."""
    return isinstance(_header(sealed)[0], _ForPassphrase)


def open_backup(sealed: bytes, *, passphrase: str = "", private: X25519PrivateKey | None = None) -> bytes:
    """What was sealed. Raises BackupShut."""
    header, line = _header(sealed)
    box = sealed[len(line) :]
    try:
        if isinstance(header, _ForPassphrase):
            key = _key_of(passphrase, decode_base64url(header.salt), header.cost)
            return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], line)
        if private is None:
            raise BackupShut("需要恢复密钥 · this backup was sealed for a recovery key: name its file with --key")
        return _SUITE.decrypt(box, private, line)
    except (InvalidTag, ValueError) as error:
        if isinstance(error, BackupShut):
            raise
        raise BackupShut(
            "打不开 · it does not open: another passphrase or key, or the file was changed or cut off"
        ) from error


def write_public(public: X25519PublicKey) -> str:
    """A recovery key's public half as people copy it."""
    return _PREFIX + encode_base64url(public.public_bytes_raw())


def parse_public(text: str) -> X25519PublicKey:
    """Raises ValueError for anything else, a private half above all."""
    raw = decode_base64url(text.strip().removeprefix(_PREFIX)) if text.strip().startswith(_PREFIX) else b""
    if len(raw) != 32:
        raise ValueError(f"不是恢复公钥 · a recovery key's public half begins with {_PREFIX}")
    return X25519PublicKey.from_public_bytes(raw)


def _line(header: _ForPassphrase | _ForKey) -> bytes:
    return msgspec.json.encode(header) + b"\n"


def _header(sealed: bytes) -> tuple[_ForPassphrase | _ForKey, bytes]:
    line = sealed[: sealed.find(b"\n", 0, _LINE) + 1]
    try:
        return _HEADER.decode(line), line
    except msgspec.MsgspecError as error:
        raise BackupShut("不是保险库备份 · this is no backup of a vault") from error


def _key_of(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())
