"""A backup's artefact (备份件): a folder of files for their owner only, with a manifest that says what each must be.

It gets its name when it is whole and was read back; what ends in `.partial` is none.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from tracker.store.copy_facts import Progress
from tracker.store.sqlite_copy import sync_file
from tracker.wire.private_file import write_private
from web.commands.running import InstallationError

Kind = Literal["data", "keys"]
DATA: Kind = "data"
KEYS: Kind = "keys"
MANIFEST = "manifest.json"
CHUNK = 1024 * 1024


class FileFacts(Struct, frozen=True):
    """A file's size in bytes and its SHA-256 in hexadecimal, as sha256sum prints it."""

    size: int
    sha256: str


class Store(Struct, frozen=True):
    """Which store a data artefact holds: its life, the log's highest position, the engine and the schema."""

    store: str
    epoch: int
    position: int
    revision: str
    engine: Literal["sqlite", "postgresql"]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What is in an artefact."""

    v: Literal[1]
    kind: Kind
    made_at: datetime
    files: dict[str, FileFacts]
    store: Store | None = None


class BackupDamaged(InstallationError):
    """The artefact is not what was written: nothing of it was used."""


@contextmanager
def writing_artefact(out: Path, kind: Kind, made_at: datetime) -> Iterator[Path]:
    """A folder to fill, a `.partial` one until `finish_artefact`; gone again when the block raises."""
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = out / f"{kind}-{made_at:%Y%m%dT%H%M%SZ}.partial"
    try:
        draft.mkdir(mode=0o700)
    except FileExistsError:
        raise InstallationError(
            f"另一个备份正在写或曾中断 · {draft} is there already: another backup is being written, or was cut off"
        ) from None
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)  # it may hold keys
        raise


def finish_artefact(
    draft: Path, kind: Kind, made_at: datetime, *, store: Store | None = None, progress: Progress
) -> Path:
    """Write the manifest, read every file back against it, and give the folder its name."""
    files = {_name(draft, path): facts_of(path, progress) for path in sorted(draft.rglob("*")) if path.is_file()}
    manifest = msgspec.json.encode(Manifest(v=1, kind=kind, made_at=made_at, files=files, store=store))
    write_private(draft / MANIFEST, msgspec.json.format(manifest, indent=2) + b"\n")
    finished = draft.with_suffix("")
    draft.rename(finished)
    sync_file(finished.parent)
    return finished


def read_manifest(folder: Path, kind: Kind) -> Manifest:
    """An artefact's manifest; its files are not looked at. Raises BackupDamaged, InstallationError, OSError."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise InstallationError(
            f"这不是备份 · {folder} is no backup: name a folder data-… or keys-… that `jixin backup` wrote"
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupDamaged(f"备份清单已损坏 · {folder / MANIFEST} is damaged: {error}; use another backup") from error
    if manifest.kind != kind:
        raise InstallationError(f"备份种类不对 · {folder} holds {manifest.kind}: give it as --{manifest.kind}")
    if not manifest.files:
        raise BackupDamaged(f"备份清单是空的 · {folder / MANIFEST} names no file; use another backup")
    return manifest


def check_artefact(folder: Path, kind: Kind, *, progress: Progress) -> Manifest:
    """An artefact's manifest, every file found to be what it says. Raises BackupDamaged, InstallationError, OSError."""
    manifest = read_manifest(folder, kind)
    for name, facts in manifest.files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise BackupDamaged(f"备份缺文件 · {path} is missing; use another backup")
        if facts_of(path, progress) != facts:
            raise BackupDamaged(f"备份已损坏 · {path} is damaged: not the bytes that were written; use another backup")
    if strange := sorted(_strangers(folder, manifest)):
        raise BackupDamaged(
            f"备份中有别的文件 · {folder / strange[0]} is not of this backup: remove it, or use another backup"
        )
    return manifest


def facts_of(path: Path, progress: Progress) -> FileFacts:
    """A file's size and digest, read now."""
    digest, size, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            progress(size, total)
    return FileFacts(size, digest.hexdigest())


def _strangers(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What lies there and was not written: links, whatever they lead to, and files that the manifest does not name."""
    for path in folder.rglob("*"):
        name = _name(folder, path)
        if path.is_symlink() or (not path.is_dir() and name != MANIFEST and name not in manifest.files):
            yield name


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
