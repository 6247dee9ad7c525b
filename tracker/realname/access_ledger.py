"""The access ledger (查阅台账): who opened which record, when, for what purpose and case; written before it opens.

One signed line an entry, each covering the line before, in the vault's own folder: whoever opens a record cannot reach
it, and a line that is changed, taken out or cut off shows. Kept for the term of the province (5 or 10 years).
"""

import os
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey, encode_base64url, parse_jws

LEDGER_TYPE = "jixin-access+jws"
START = encode_base64url(bytes(32))  # what stands before the first entry


class Access(Struct, frozen=True, kw_only=True):
    """One opening, or a try that was refused. `opener` is a login name; nothing tells of the person in the record."""

    at: Annotated[datetime, Meta(tz=True)]
    opener: str
    role: str
    record_id: str
    waybill_no: str
    subject: str
    purpose: str
    case_no: str
    outcome: str


class AccessEntry(Access, frozen=True, kw_only=True):
    """An access in its place; `before` is the base64url SHA-256 of the line before."""

    no: int
    before: str


class LedgerBroken(RuntimeError):
    """The ledger is not the one that was written; the message names the first line that does not fit."""


_ENTRY = msgspec.json.Decoder(AccessEntry)


class AccessLedger:
    """One file, appended to by one process."""

    def __init__(self, path: Path, key: SigningKey) -> None:
        self.path, self._key, self._lock = path, key, Lock()
        self._no, self._before = 0, START
        for entry, line in read_ledger(path, key.verifying):
            self._no, self._before = entry.no, _digest(line)

    def append(self, access: Access) -> AccessEntry:
        """Write an entry: it is on the disk when this returns. Raises OSError."""
        with self._lock:
            entry = AccessEntry(no=self._no + 1, before=self._before, **msgspec.structs.asdict(access))
            line = self._key.sign(msgspec.json.encode(entry), typ=LEDGER_TYPE)
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self._no, self._before = entry.no, _digest(line)
            return entry


def read_ledger(path: Path, key: VerifyingKey) -> Iterator[tuple[AccessEntry, str]]:
    """Every entry with its line, checked as it goes; none where there is no file. Raises LedgerBroken, OSError.

    That lines were cut off at the end shows only to whoever knows how many there were: see the vault's notice of it.
    """
    before, no = START, 0
    if not path.exists():
        return
    with path.open(encoding="ascii", errors="replace") as file:
        for number, text in enumerate(file, start=1):
            line = text.rstrip("\n")
            try:
                jws = parse_jws(line)
                entry = _ENTRY.decode(jws.payload)
                fits = jws.header.typ == LEDGER_TYPE and jws.verify(key) and text.endswith("\n")
            except (NotAJws, msgspec.MsgspecError) as error:
                raise LedgerBroken(f"line {number} is no entry") from error
            if not fits or (entry.before, entry.no) != (before, no + 1):
                raise LedgerBroken(f"line {number} does not follow the one before")
            before, no = _digest(line), entry.no
            yield entry, line


def _digest(line: str) -> str:
    return encode_base64url(sha256(line.encode()).digest())
