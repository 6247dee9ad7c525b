"""Backup and restore of the vault (保险库备份与恢复): sealed on the way out, held against every erasure coming in."""

import stat
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tracker.realname.access_ledger import LEDGER_FILE
from tracker.realname.erasures import FILE, ErasuresMissing
from tracker.realname.key_folder import NotAVault
from tracker.realname.sealed_backup import (
    BackupShut,
    WeakPassphrase,
    is_for_passphrase,
    open_backup,
    parse_public,
    seal_for_key,
    seal_for_passphrase,
    write_public,
)
from tracker.realname.signed_lines import LinesBroken
from tracker.realname.vault_copy import Restored, read_vault, restore_vault
from tracker.store.database import reading
from tracker.store.identity_store import erasures_applied
from tracker.wire.private_file import write_once
from tracker.wire.signature import decode_base64url, encode_base64url
from web.commands.running import InstallationError, only_one
from web.commands.services import open_store
from web.settings import Settings


def make_recovery_key(out: Path) -> str:
    """Write a private recovery key into a new file; its public half. Raises InstallationError, OSError."""
    _refuse_existing(out)
    private = X25519PrivateKey.generate()
    write_once(out, encode_base64url(private.private_bytes_raw()).encode() + b"\n")
    return write_public(private.public_key())


def back_up_vault(settings: Settings, out: Path, *, public: str | None, passphrase: str) -> int:
    """Write a sealed copy into a new file; its size. Raises InstallationError, OSError."""
    _refuse_existing(out)
    if settings.vault_dir.resolve() in out.resolve().parents:
        raise InstallationError("备份不能放在保险库里 · a copy inside the vault's folder goes when the folder goes")
    try:
        octets = read_vault(settings.vault_dir, now=datetime.now(UTC))
        sealed = seal_for_key(octets, parse_public(public)) if public else seal_for_passphrase(octets, passphrase)
    except (NotAVault, WeakPassphrase, ValueError) as error:
        raise InstallationError(str(error)) from error
    write_once(out, sealed)
    return len(sealed)


def asks_for_passphrase(file: Path) -> bool:
    """Whether a backup was sealed for a passphrase. Raises InstallationError, OSError."""
    try:
        return is_for_passphrase(file.read_bytes())
    except BackupShut as error:
        raise InstallationError(str(error)) from error


def bring_back_vault(
    settings: Settings, file: Path, *, key: Path | None, passphrase: str, erasures: Path | None, ledger: Path | None
) -> Restored:
    """Put a sealed copy back where there is no vault. Raises InstallationError, OSError."""
    newer = {name: path for name, path in ((FILE, erasures), (LEDGER_FILE, ledger)) if path is not None}
    private = _read_private(key) if key else None
    engine = open_store(settings)
    with reading(engine) as session:
        applied = erasures_applied(session)
    engine.dispose()
    folder = settings.vault_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        with only_one(folder / "vault.lock", f"another vault has {folder}"):
            octets = open_backup(file.read_bytes(), passphrase=passphrase, private=private)
            return restore_vault(octets, folder, newer=newer, applied=applied)
    except LinesBroken as error:
        raise InstallationError(f"清单或台账被改动，不恢复 · {error}: name a whole copy") from error
    except (BackupShut, NotAVault, ErasuresMissing) as error:
        raise InstallationError(str(error)) from error


def read_passphrase(file: Path) -> str:
    """The first line of a file that nobody else can read. Raises InstallationError, OSError."""
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise InstallationError(f"他人可读 · others than the owner can read {file}: chmod go= {file}")
    return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")


def _read_private(file: Path) -> X25519PrivateKey:
    try:
        return X25519PrivateKey.from_private_bytes(decode_base64url(file.read_bytes().strip()))
    except ValueError as error:
        raise InstallationError(f"不是恢复私钥 · {file} holds no private recovery key") from error


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise InstallationError(f"文件已存在 · {out} exists: nothing is written over; choose another name")
