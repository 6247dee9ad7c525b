"""The manifest (归档清单): what an archived month holds, signed by the tracker's receipt key.

ArchiveError           the archive cannot be written, checked or dropped; the message says what to do
└── ArchiveDamaged     what was read back is not what the manifest says, or nobody we trust signed it
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from tracker.store.months import Month
from tracker.wire.private_file import write_private
from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey, parse_jws
from tracker.wire.tracker_keys import follow_keys

MANIFEST, SIGNATURE = "manifest.json", "manifest.jws"
ARCHIVE_TYPE = "jixin-archive+jws"


class ArchiveError(RuntimeError):
    """The archive cannot be written, checked or dropped; the message says what to do."""


class ArchiveDamaged(ArchiveError):
    """What was read back is not what was archived."""


class FileFacts(Struct, frozen=True):
    """A file's size in bytes and its SHA-256 in hexadecimal, as sha256sum prints it."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """An archived month.

    `log_position` is how far the log had come; `bodies_sha256` is SHA-256 over the SHA-256 of each event's exact bytes,
    in the order of the log; `key_notices` lead from any key that ever signed receipts to every other.
    """

    v: Literal[1]
    kind: Literal["archive"]
    store: str
    epoch: int
    revision: str
    month: str
    events: int
    first_position: int
    last_position: int
    log_position: int
    bodies_sha256: str
    batches: int
    receipts: int
    device_keys: int
    made_at: datetime
    key_notices: list[str]
    files: dict[str, FileFacts]


class _Signed(Struct, frozen=True):
    v: int
    store: str
    month: str
    manifest_sha256: str


def write_manifest(folder: Path, manifest: Manifest, key: SigningKey) -> None:
    """Write the manifest and its signature."""
    octets = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    claims = _Signed(1, manifest.store, manifest.month, hashlib.sha256(octets).hexdigest())
    write_private(folder / MANIFEST, octets)
    write_private(folder / SIGNATURE, key.sign(msgspec.json.encode(claims), typ=ARCHIVE_TYPE).encode() + b"\n")


def read_manifest(folder: Path, pinned: Mapping[str, VerifyingKey]) -> Manifest:
    """The manifest that one of the pinned keys, or one they lead to, signed. Raises ArchiveDamaged, ArchiveError."""
    try:
        octets, jws = (folder / MANIFEST).read_bytes(), parse_jws((folder / SIGNATURE).read_bytes().strip())
        manifest = msgspec.json.decode(octets, type=Manifest)
        Month.parse(manifest.month)
        keys = follow_keys(manifest.key_notices, pinned, into_past=True)
        signer = keys.get(jws.header.kid)
        if jws.header.typ != ARCHIVE_TYPE or signer is None or not jws.verify(signer):
            raise NotAJws("no trusted key of the tracker signed it")
        claims = _Signed(1, manifest.store, manifest.month, hashlib.sha256(octets).hexdigest())
        if msgspec.json.decode(jws.payload, type=_Signed) != claims:
            raise NotAJws("what was signed is another manifest")
    except FileNotFoundError as error:
        raise ArchiveError(f"{folder} is no archive: it has no {Path(error.filename).name}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise ArchiveDamaged(f"{folder / MANIFEST} is not to be believed: {error}") from error
    return manifest


def digest_of_manifest(folder: Path) -> str:
    """SHA-256 of the manifest in hexadecimal: by it the store knows its archive again."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def facts_of(path: Path) -> FileFacts:
    """A file's size and digest, read now."""
    with path.open("rb") as file:
        return FileFacts(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
