"""The accounts' key (账号密钥): one secret in `keys/` of the data dir, and what is derived from it, a key a purpose."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tracker.wire.private_file import write_once

LENGTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class AccountKeys:
    """`seal` closes second factors in the store, `offer` makes those on offer, `names` hides who tried to log in.

    `voices` signs review codes and hides where reviews came from, `files` closes what is attached to an objection.
    """

    seal: bytes
    offer: bytes
    names: bytes
    voices: bytes
    files: bytes


def read_account_keys(path: Path) -> AccountKeys:
    """The keys; the file is made on first use, for its owner only. Raises OSError."""
    if not path.exists():
        write_once(path, os.urandom(LENGTH))
    secret = path.read_bytes()
    return AccountKeys(*(derive_key(secret, purpose) for purpose in ("seal", "offer", "names", "voices", "files")))


def derive_key(secret: bytes, purpose: str, *, length: int = LENGTH) -> bytes:
    """HKDF (RFC 5869) with SHA-256; another purpose gives another key."""
    return HKDF(SHA256(), length, salt=None, info=f"jixin accounts {purpose}".encode()).derive(secret)
