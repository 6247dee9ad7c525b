"""Signed lines (签名链文件): an append-only file, each line a compact JWS that covers the line before it.

A line that is changed, taken out or put in shows to whoever has the signer's public key. That lines are missing at the
end shows only to whoever knows how many there were. What stands behind the last line's end was torn off by a power cut:
nobody was told of it, so it is no entry, and whoever appends next moves it into a file beside.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from hashlib import sha256
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import msgspec
import structlog

from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey, encode_base64url, parse_jws

log = structlog.get_logger()
START = encode_base64url(bytes(32))  # what stands before the first line


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What every line holds: its number from 1 on, and the base64url SHA-256 of the line before.

    Both are given when it is appended.
    """

    no: int = 0
    before: str = ""


E = TypeVar("E", bound=Linked)


class LinesBroken(RuntimeError):
    """The file is not the one that was written; the message names the first line that does not fit."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next line goes: its number, what it covers, and how long the file is so far."""

    no: int = 1
    before: str = START
    size: int = 0


@dataclass(frozen=True, slots=True)
class Kind(Generic[E]):
    """One kind of file: the type in its lines' headers, and what they hold."""

    typ: str
    entry: type[E]

    def read(self, path: Path, key: VerifyingKey) -> Iterator[tuple[E, str]]:
        """Every entry with its line, checked as it goes; none where there is no file. Raises LinesBroken, OSError."""
        for entry, line, _ in self.walk(path, key, Place()):
            yield entry, line

    def walk(self, path: Path, key: VerifyingKey, place: Place) -> Iterator[tuple[E, str, Place]]:
        """Every entry from a place on, with its line and the place after it. Raises LinesBroken, OSError."""
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(place.size)
            for octets in file:
                if not octets.endswith(b"\n"):
                    return
                line = octets[:-1].decode("ascii", "replace")
                try:
                    jws = parse_jws(line)
                    entry = msgspec.json.decode(jws.payload, type=self.entry)
                    fits = jws.header.typ == self.typ and jws.verify(key)
                except (NotAJws, msgspec.MsgspecError) as error:
                    raise LinesBroken(f"{path.name}: line {place.no} is no entry") from error
                if not fits or (entry.no, entry.before) != (place.no, place.before):
                    raise LinesBroken(f"{path.name}: line {place.no} does not follow the one before")
                digest = encode_base64url(sha256(line.encode()).digest())
                place = Place(place.no + 1, digest, place.size + len(octets))
                yield entry, line, place


def torn_of(path: Path) -> Path:
    """Where torn lines of a file are kept."""
    return path.with_name(f"{path.name}.torn")


class SignedLines(Generic[E]):
    """One file that this process may append to. Raises LinesBroken, OSError where it is not whole."""

    def __init__(self, path: Path, key: SigningKey, kind: Kind[E]) -> None:
        self.path, self._key, self._kind = path, key, kind
        self._place, self._lock = Place(), Lock()
        if path.exists():
            with self._opened() as file:
                self._mend(file)

    @property
    def count(self) -> int:
        """How many lines there are, as far as this process has looked."""
        return self._place.no - 1

    @property
    def verifying(self) -> VerifyingKey:
        """What the lines are checked with."""
        return self._key.verifying

    def append(self, told: E) -> E:
        """Write what was told as the next line: it is on the disk when this returns. Raises LinesBroken, OSError.

        Processes that append at once wait for each other. What a full disk took only a part of is taken back.
        """
        with self._lock, self._opened() as file:
            self._mend(file)
            entry = msgspec.structs.replace(told, no=self._place.no, before=self._place.before)
            line = self._key.sign(msgspec.json.encode(entry), typ=self._kind.typ).encode() + b"\n"
            try:
                if file.write(line) != len(line):
                    raise OSError(ENOSPC, os.strerror(ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(self._place.size)
                raise
            self._catch_up()
            return entry

    @contextmanager
    def _opened(self) -> Iterator[FileIO]:
        """The file, to append to: nobody else does meanwhile."""
        opened = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with FileIO(opened, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _mend(self, file: FileIO) -> None:
        """Read what others appended, and move aside what a power cut left behind it."""
        self._catch_up()
        file.seek(self._place.size)
        torn = file.readall()
        if torn:
            with os.fdopen(os.open(torn_of(self.path), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as aside:
                aside.write(torn + b"\n")
                aside.flush()
                os.fsync(aside.fileno())
            file.truncate(self._place.size)
            os.fsync(file.fileno())
            log.warning("torn_line_set_aside", file=self.path.name, line=self._place.no, octets=len(torn))

    def _catch_up(self) -> None:
        size = self.path.stat().st_size if self.path.exists() else 0
        if size < self._place.size:
            raise LinesBroken(f"{self.path.name}: lines are missing at its end, of {self._place.no - 1} read")
        for _, _, after in self._kind.walk(self.path, self._key.verifying, self._place):
            self._place = after
