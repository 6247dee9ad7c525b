"""The vault's keys on disk (保险库密钥): its own, the index key, and one sealing key a month and purpose.

All lie in one folder that no other process needs to read. A sealing key is destroyed when the last record sealed to it
is erased; from then on nobody opens a copy of that record, whoever kept one.
"""

import os
import re
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from tracker.wire.private_file import write_once
from tracker.wire.signature import PrivateJwk, SigningKey, decode_base64url, encode_base64url
from tracker.wire.vault_keys import (
    Purpose,
    SealingKey,
    VaultNotice,
    VaultWord,
    month_of,
    sealing_key_of,
    sign_vault_notice,
)
from tracker.wire.versions import VERSION

AHEAD = 5  # months whose keys are made before they begin: a station may accept nobody for so long
INDEX_BYTES = 32
_NAME = re.compile(r"([0-9]{4}-[0-9]{2})-([a-z]+)\.json")


class NotAVault(RuntimeError):
    """The folder holds no vault, or not a whole one; the message says what to do."""


class _SealingKeyFile(Struct, frozen=True):
    kid: str
    d: str

    def __repr__(self) -> str:
        return f"_SealingKeyFile(kid={self.kid!r})"


class KeyFolder:
    """One vault's keys, read once. Made by `make`; only `ensure_month_keys` and `destroy` change files after that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.signing = SigningKey.from_jwk(
                msgspec.json.decode((folder / "vault-key.json").read_bytes(), type=PrivateJwk)
            )
            self.index_key = decode_base64url((folder / "index-key").read_bytes().strip())
            self._pairs = self._read_pairs()
        except (OSError, ValueError) as error:
            raise NotAVault(
                f"保险库不可用 · {folder} holds no vault ({type(error).__name__}): make one with `jixin vault`, "
                "or restore the copy that you keep of it"
            ) from error

    @staticmethod
    def make(folder: Path) -> "KeyFolder":
        """The vault in a folder, made if there is none. Raises OSError, NotAVault."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)  # the group may reach the door
        jwk = msgspec.json.encode(SigningKey.generate().to_jwk())
        write_once(folder / "vault-key.json", jwk)
        write_once(folder / "index-key", encode_base64url(os.urandom(INDEX_BYTES)).encode() + b"\n")
        return KeyFolder(folder)

    def ensure_month_keys(self, now: datetime) -> list[SealingKey]:
        """Make the keys of this month and the next ones where they are missing; which are new."""
        known = {(key.month, key.purpose) for key in self.sealing_keys()}
        made = []
        for month in _months_from(now, 0, AHEAD):
            for purpose in Purpose:
                if (month, purpose) not in known:
                    private = X25519PrivateKey.generate()
                    key = sealing_key_of(private, month=month, purpose=purpose)
                    secret = _SealingKeyFile(key.kid, encode_base64url(private.private_bytes_raw()))
                    write_once(self._path(key), msgspec.json.encode(secret))
                    made.append(key)
        if made:
            self._pairs = self._read_pairs()  # of two who made the same key, the file has the first one's
        return made

    def sealing_keys(self) -> list[SealingKey]:
        """The public halves of all that were not destroyed, in order of month and purpose."""
        return [key for key, _ in self._pairs.values()]

    def private_of(self, kid: str) -> X25519PrivateKey | None:
        """The key under this kid; None where it was destroyed, or never was."""
        pair = self._pairs.get(kid)
        return pair[1] if pair else None

    def word(self, now: datetime) -> VaultWord:
        """What counters are told: the keys of the month before, whose events may still come, of this and the next."""
        months = _months_from(now, -1, AHEAD)
        keys = [key for key in self.sealing_keys() if key.month in months]
        notice = sign_vault_notice(VaultNotice(VERSION, keys, now), self.signing)
        return VaultWord(self.signing.verifying.to_jwk(), notice)

    def destroy(self, kid: str) -> bool:
        """Overwrite and remove the key under this kid; whether there was one."""
        pair = self._pairs.pop(kid, None)
        if pair is None:
            return False
        path = self._path(pair[0])
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        return True

    def _read_pairs(self) -> dict[str, tuple[SealingKey, X25519PrivateKey]]:
        """Every sealing key by its kid, in order of month and purpose."""
        pairs = {}
        for path in sorted((self.folder / "months").glob("*.json")):
            if name := _NAME.fullmatch(path.name):
                secret = msgspec.json.decode(path.read_bytes(), type=_SealingKeyFile)
                private = X25519PrivateKey.from_private_bytes(decode_base64url(secret.d))
                key = sealing_key_of(private, month=name[1], purpose=Purpose(name[2]))
                pairs[key.kid] = key, private
        return pairs

    def _path(self, key: SealingKey) -> Path:
        return self.folder / "months" / f"{key.month}-{key.purpose}.json"


def _months_from(moment: datetime, first: int, last: int) -> list[str]:
    """The local months from `first` to `last`, counted from the one of `moment`."""
    year, month = map(int, month_of(moment).split("-"))
    numbers = [year * 12 + month - 1 + each for each in range(first, last + 1)]
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
