"""The restore command (恢复命令): checked artefacts take the place of data, of keys, or of both; then a new epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa
from rich.console import Console
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from tracker.realname.erasures import FILE, ErasuresMissing, apply_erasures
from tracker.realname.signed_lines import LinesBroken
from tracker.store.copy_facts import CopyDamaged
from tracker.store.database import build_engine, reading, transaction
from tracker.store.epochs import begin_epoch
from tracker.store.event_store import LogHead, log_head
from tracker.store.identity_store import has_records, vault_word
from tracker.store.key_record import present_kids, record_keys
from tracker.store.migrate import knows_revision, upgrade
from tracker.store.registry_copy import RegistryCopy, collect_registry, merge_registry
from tracker.store.store_copy import NAMES, check_copy, require_alone, restore_store
from tracker.wire.private_file import write_private
from tracker.wire.signature import VerifyingKey
from web.commands.artefacts import DATA, KEYS, BackupDamaged, Store, check_artefact, read_manifest
from web.commands.installation import make_data_dir
from web.commands.key_files import REGISTRY, copy_key_files
from web.commands.progress import Advance, showing_steps
from web.commands.receipt_keys import read_key_file
from web.commands.running import InstallationError, only_one, restoring_file, store_lock, supervisor_lock
from web.commands.services import explaining_database
from web.settings import Settings

Begin = Callable[[str], Advance]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What stood in the store before."""

    head: LogHead
    registry: RegistryCopy


@dataclass(frozen=True, slots=True)
class Restored:
    """The log's head afterwards; whether the data came back; whether the data dir has a receipt key now."""

    head: LogHead
    data: bool
    has_keys: bool
    newer_key: str | None = None  # a kid that devices follow and these keys do not know


def run_restore(
    settings: Settings,
    data: Path | None,
    keys: Path | None,
    *,
    overwrite: bool,
    console: Console,
    erasures: Path | None = None,
) -> Restored:
    """Put artefacts back. Everything is checked before anything is changed, but for the list of `erasures`, which is
    looked for in the vault's folder where it is not named: until it was applied nothing starts on restored data.

    Raises InstallationError (also BackupDamaged), CopyError, OSError.
    """
    for folder, kind in (data, DATA), (keys, KEYS):
        if folder is not None:
            read_manifest(folder, kind)  # before anybody stops his services for a folder that is no backup
    make_data_dir(settings)
    busy = f"服务还在运行，请先停止 · a jixin runs with the data dir {settings.data_dir}: stop it before you restore"
    with (
        only_one(supervisor_lock(settings), busy),
        only_one(store_lock(settings), busy),
        showing_steps(console) as begin,
    ):
        with explaining_database(settings):
            engine = build_engine(settings.store_url)
            require_alone(engine)
        may_overwrite = overwrite or restoring_file(settings).exists()
        if data is None and restoring_file(settings).exists():
            raise InstallationError(
                "上次恢复中断，请连同数据备份一起再来 · "
                "a restore of data was cut off: name the data (data-…) again, with these keys"
            )
        if keys is not None:
            _check_keys(settings, keys, begin, overwrite=may_overwrite)
        if data is not None:
            store = _check_data(data, engine, begin)
            replaced = _carried(settings) or _look_at(engine, overwrite=may_overwrite)
            _carry(settings, replaced)
            begin("放回数据 putting the data back")
            restore_store(data / NAMES[store.engine], engine)
        with explaining_database(settings):
            upgrade(engine)
        if keys is not None:
            copy_key_files(keys, settings.data_dir)
        if data is not None:
            _erase_again(engine, erasures or settings.vault_dir / FILE)
        with transaction(engine) as session:
            if keys is not None:
                merge_registry(session, _registry_in(keys))
            if data is not None and replaced is not None and _is_same(replaced.head, store):
                merge_registry(session, replaced.registry)
            head = begin_epoch(session, now=datetime.now(UTC)) if data is not None else log_head(session)
            newer_key = _newer_key(session, settings)
            if settings.receipt_key_file.exists():  # who restores decides which key signs from now on
                record_keys(session, read_key_file(settings.receipt_key_file).record(now=datetime.now(UTC)))
        restoring_file(settings).unlink(missing_ok=True)
        engine.dispose()
    return Restored(head, data is not None, settings.receipt_key_file.exists(), newer_key)


def _erase_again(engine: Engine, path: Path) -> None:
    """What was erased since the backup must not come back. Raises InstallationError."""
    try:
        with transaction(engine) as session:
            word = vault_word(session)
            if word is not None and has_records(session):
                apply_erasures(session, path, VerifyingKey.from_jwk(word.key))
    except (ErasuresMissing, LinesBroken) as error:
        raise InstallationError(
            f"{error}. 数据已放回，应用清单前不会启动 · nothing starts until it was applied"
        ) from error


def run_begin_epoch(engine: Engine) -> LogHead:
    """Begin a new epoch, for who has put a backup back with the database's own tools; the log's head in it."""
    with transaction(engine) as session:
        return begin_epoch(session, now=datetime.now(UTC))


def next_steps(restored: Restored) -> list[str]:
    """What was done, and what to do now."""
    said = []
    if restored.data:
        said += [
            f"✓ 数据已恢复 data: {restored.head.position:,} 条 events, new epoch {restored.head.epoch}",
            "  启动后终端将重发最近 7 天 · start jixin: stations send their last 7 days again",
            "  备份之后回放的文件请再回放 · `jixin replay` once more what was replayed since: only then it sends",
            "  备份之后注销的终端请再注销 · revoke again what was revoked since, unless the keys are newer",
        ]
    if restored.newer_key:
        said.append(
            f"! 密钥比库旧 these keys are older than the store, which was signed by {restored.newer_key}: devices that"
            " follow that key do not believe these; restore a newer backup of the keys, or enrol those devices anew"
        )
    elif restored.has_keys:
        said.append("✓ 密钥已就位 keys are in place: devices need no new enrolment")
    else:
        said.append(
            "! 没有密钥 no keys here: restore them with --keys; where they are lost for good,"
            " `jixin rotate-keys --lost` makes a new one, no device believes it, and every device must be enrolled"
            " anew (`jixin enrol`)"
        )
    return said


def _check_data(folder: Path, engine: Engine, begin: Begin) -> Store:
    """The store in an artefact, read to its end. Raises BackupDamaged, InstallationError."""
    manifest = check_artefact(folder, "data", progress=begin("核对摘要 checking the digest"))
    store = manifest.store
    if store is None:
        raise BackupDamaged(f"备份清单不完整 · {folder}: the manifest names no store; use another backup")
    if store.engine != engine.dialect.name:
        raise InstallationError(
            f"备份与本库的引擎不同 · {folder} is of {store.engine}, the store here is {engine.dialect.name}:"
            " see JIXIN_DATABASE_URL"
        )
    if not knows_revision(store.revision):
        raise InstallationError(
            f"备份来自更新的版本 · {folder} was made by a newer version (schema {store.revision}): update jixin first"
        )
    begin("通读 reading the copy to its end")
    try:
        facts = check_copy(folder / NAMES[store.engine])
    except CopyDamaged as error:
        raise BackupDamaged(f"备份已损坏 · {folder}: {error}; use another backup") from error
    if (facts.store, facts.epoch, facts.position) != (store.store, store.epoch, store.position):
        raise BackupDamaged(
            f"备份清单与内容不符 · {folder}: the manifest tells of another store than the copy; use another backup"
        )
    return store


def _check_keys(settings: Settings, folder: Path, begin: Begin, *, overwrite: bool) -> None:
    """Raises BackupDamaged; InstallationError where another receipt key would be lost."""
    check_artefact(folder, "keys", progress=begin("核对密钥 checking the keys"))
    _registry_in(folder)
    here, there = settings.receipt_key_file, folder / settings.receipt_key_file.relative_to(settings.data_dir)
    if not there.is_file():
        raise BackupDamaged(f"备份中没有回执密钥 · {folder} holds no receipt key; use another backup")
    read_key_file(there)
    if not overwrite and here.exists() and here.read_bytes() != there.read_bytes():
        raise InstallationError(
            f"现有密钥与备份不同 · {here} is another key than the backup's: --overwrite replaces the keys here"
        )


def _look_at(engine: Engine, *, overwrite: bool) -> Replaced | None:
    """What stands in the store, None for nothing that can be read. Raises InstallationError where it must stay."""
    try:
        if not sa.inspect(engine).has_table("log_head"):
            return None
        with reading(engine) as session:
            found = Replaced(log_head(session), collect_registry(session))
    except (DatabaseError, RuntimeError) as error:
        if overwrite:
            return None
        raise InstallationError(
            "现有的库读不了 · the store that is here cannot be read; --overwrite replaces it"
        ) from error
    if found.head.position and not overwrite:
        raise InstallationError(
            "现有的库不是空的 · "
            f"the store here holds {found.head.position:,} events; --overwrite replaces it (back it up first)"
        )
    return found


def _carried(settings: Settings) -> Replaced | None:
    """What a restore that was cut off had found here: the store may be the backup's by now. None without one."""
    path = restoring_file(settings)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Replaced | None) if path.exists() else None
    except (OSError, msgspec.MsgspecError) as error:
        raise InstallationError(
            "留存的登记册读不了 · "
            f"{path} cannot be read: it holds the devices enrolled since the backup; remove it to go on without them"
        ) from error


def _carry(settings: Settings, replaced: Replaced | None) -> None:
    """Say that the store is not whole, and keep the devices enrolled since the backup, before anything is replaced."""
    path = restoring_file(settings)
    write_private(path, msgspec.json.encode(replaced))


def _newer_key(session: Session, settings: Settings) -> str | None:
    """The key that signed for this store last, where the keys here know nothing of it."""
    if not settings.receipt_key_file.exists():
        return None
    here = read_key_file(settings.receipt_key_file).kids
    return next((kid for kid in present_kids(session) if kid not in here), None)


def _is_same(replaced: LogHead, store: Store) -> bool:
    """Whether the devices of what stood here are those of the copy: enrolled since, or in a store just made."""
    return replaced.store == store.store or replaced.position == 0


def _registry_in(folder: Path) -> RegistryCopy:
    try:
        return msgspec.json.decode((folder / REGISTRY).read_bytes(), type=RegistryCopy)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupDamaged(
            f"备份中的登记册缺失或损坏 · {folder / REGISTRY} is missing or damaged; use another backup"
        ) from error
