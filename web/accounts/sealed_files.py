"""Sealed files (附件封存): what is attached lies in the store closed with AES-256-GCM, its key in the data dir."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.accounts.keys import AccountKeys


def seal_file(keys: AccountKeys, content: bytes, *, bound_to: str) -> bytes:
    """A file closed, bound to what it belongs to."""
    nonce = os.urandom(12)
    return nonce + AESGCM(keys.files).encrypt(nonce, content, bound_to.encode())


def open_file(keys: AccountKeys, box: bytes, *, bound_to: str) -> bytes | None:
    """The file; None where another key closed it (a store without its keys), or for something else."""
    try:
        return AESGCM(keys.files).decrypt(box[:12], box[12:], bound_to.encode())
    except (InvalidTag, ValueError):
        return None
