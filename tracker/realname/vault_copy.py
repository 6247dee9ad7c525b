"""A copy of the vault (保险库副本): its keys, ledger and list of erasures; what was destroyed since stays destroyed."""

import fcntl
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tracker.realname.access_ledger import LEDGER, LEDGER_FILE
from tracker.realname.erasures import ERASURES, FILE, Basis, Erasure, ErasuresMissing
from tracker.realname.key_folder import KeyFolder, NotAVault
from tracker.wire.private_file import write_private
from tracker.wire.signature import VerifyingKey

Name = Annotated[str, Meta(pattern=r"^(months/)?[a-z0-9-]+(\.jsonl?)?$(?!\n)")]


class VaultCopy(Struct, frozen=True, forbid_unknown_fields=True):
    """Every file of a vault's folder by its name there. It never shows itself in a log."""

    v: int
    made_at: datetime
    files: dict[Name, bytes]

    def __repr__(self) -> str:
        return f"VaultCopy(made_at={self.made_at}, files={len(self.files)})"


class Restored(Struct, frozen=True):
    """How many sealing keys came back, how many did not because they were destroyed, and the list's lines."""

    keys: int
    destroyed: int
    lines: int


def read_vault(folder: Path, *, now: datetime) -> bytes:
    """A vault's files as octets. Raises NotAVault, OSError.

    Keys before the list: one that is destroyed meanwhile is named by the list that is read after it.
    """
    KeyFolder(folder)  # is it one, and whole
    names = ["vault-key.json", "index-key", *(f"months/{path.name}" for path in (folder / "months").glob("*.json"))]
    files = {name: (folder / name).read_bytes() for name in sorted(names) if (folder / name).exists()}
    for name in (LEDGER_FILE, FILE):
        if (folder / name).exists():
            files[name] = _read_whole(folder / name)
    return msgspec.json.encode(VaultCopy(1, now, files))


def restore_vault(octets: bytes, folder: Path, *, newer: Mapping[str, Path], applied: int) -> Restored:
    """Put a copy into a folder where there is no vault. Raises NotAVault, ErasuresMissing, LinesBroken, OSError.

    `newer` are later copies of ledger and list by their names; `applied` is how many lines of the list the store knows.
    """
    if (folder / "vault-key.json").exists():
        raise NotAVault(f"这里已有保险库 · there is a vault in {folder}: move it away first, it may hold newer keys")
    try:
        copy = msgspec.json.decode(octets, type=VaultCopy)
    except msgspec.MsgspecError as error:
        raise NotAVault("不是保险库备份 · what opened is no copy of a vault") from error
    files = copy.files | {name: path.read_bytes() for name, path in newer.items()}
    draft = folder / ".restoring"
    _remove(draft)
    try:
        for name, content in files.items():
            write_private(draft / name, content)
        keys = KeyFolder(draft)
        entries = _checked(draft, keys.signing.verifying, copy, applied)
        destroyed = sum(keys.destroy(entry.kid) for entry in entries if entry.basis is Basis.KEY_DESTROYED)
        for name in sorted(files):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            if (draft / name).exists() and name != "vault-key.json":
                os.replace(draft / name, target)
        os.replace(draft / "vault-key.json", folder / "vault-key.json")  # last: before it there is no vault
    finally:
        _remove(draft)
    return Restored(len(keys.sealing_keys()), destroyed, len(entries))


def _checked(draft: Path, key: VerifyingKey, copy: VaultCopy, applied: int) -> list[Erasure]:
    """The list of erasures, whole, begun with what the copy has, and no shorter than what the store has applied.

    The ledger is whole, too: on one that is not, the vault would stay shut.
    """
    for _ in LEDGER.read(draft / LEDGER_FILE, key):
        pass
    entries = [entry for entry, _ in ERASURES.read(draft / FILE, key)]
    if len(entries) < applied or not (draft / FILE).read_bytes().startswith(copy.files.get(FILE, b"")):
        raise ErasuresMissing(
            f"删除清单过旧 · the list of erasures has {len(entries)} lines, the store has applied {applied}: without "
            "the newest one a key that was destroyed would come back; name a later copy with --erasures"
        )
    return entries


def _read_whole(path: Path) -> bytes:
    """A file of signed lines between two appends, without what a power cut may have left behind the last one."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        octets = file.read()
    return octets[: octets.rfind(b"\n") + 1]


def _remove(folder: Path) -> None:
    """Overwrite and remove what a restore left: it may hold keys that must not come back."""
    for path in sorted(folder.rglob("*"), reverse=True) if folder.exists() else ():
        if path.is_dir():
            path.rmdir()
            continue
        path.write_bytes(os.urandom(path.stat().st_size))
        path.unlink()
    if folder.exists():
        folder.rmdir()
