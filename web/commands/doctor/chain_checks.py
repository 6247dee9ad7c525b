"""Checks of the chains (台账链自检): audit log, access ledger and list of erasures hold from first link to last."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import Engine

from tracker.access.audit import Action, check_chain, count_done
from tracker.realname.access_ledger import LEDGER, LEDGER_FILE
from tracker.realname.erasures import ERASURES, FILE
from tracker.realname.signed_lines import Kind, LinesBroken, Linked, torn_of
from tracker.store.database import reading
from tracker.store.identity_store import erasures_applied, vault_word
from tracker.wire.signature import VerifyingKey
from web.commands.running import InstallationDoubt, InstallationError
from web.settings import Settings

E = TypeVar("E", bound=Linked)
KEEP = "stop the vault, keep the file as it is, find out who did it, and put back the copy that you keep"


def check_audit_log(engine: Engine) -> str:
    """Whether each entry's hash covers the one before. Raises InstallationError with the first that does not."""
    with reading(engine) as session:
        found = check_chain(session)
    if found.broken_at is not None:
        raise InstallationError(
            f"审计日志被改动 · the audit log does not hold at entry {found.broken_at:,}: somebody changed the database "
            "itself; keep a copy and compare with the last export or backup"
        )
    return f"{found.entries:,} entries, each covering the one before; head {found.head.hex()[:16]}"


def check_access_ledger(settings: Settings, engine: Engine) -> str:
    """Whether the ledger of openings is whole: none is missing at its end that the audit log has, too.

    Raises InstallationError, InstallationDoubt.
    """
    with reading(engine) as session:
        seen = count_done(session, Action.IDENTITY_OPENED)  # before the ledger, which is written first
    lines, opened = _walk(settings, engine, LEDGER_FILE, LEDGER, lambda entry: entry.outcome == "opened")
    if opened < seen:
        raise InstallationError(
            f"查阅台账被截断 · {LEDGER_FILE} has {opened:,} openings, the audit log {seen:,}: lines are missing at its "
            f"end; {KEEP}"
        )
    return f"{lines:,} lines, each covering the one before; {opened:,} openings, the audit log has {seen:,}" + _torn(
        settings, LEDGER_FILE
    )


def check_erasures(settings: Settings, engine: Engine) -> str:
    """Whether the list of erasures is whole, and no shorter than what the store has applied. Raises the same."""
    with reading(engine) as session:
        applied = erasures_applied(session)
    lines, _ = _walk(settings, engine, FILE, ERASURES, lambda _: False)
    if lines < applied:
        raise InstallationError(
            f"删除清单过旧 · {FILE} has {lines:,} lines, the store has applied {applied:,}: lines are missing at its "
            f"end; {KEEP}"
        )
    return f"{lines:,} lines, {applied:,} of them applied to the store" + _torn(settings, FILE)


def _torn(settings: Settings, name: str) -> str:
    """What there is to know of lines that a power cut tore off: nobody was told that they were written."""
    path = settings.vault_dir / name
    aside, told = torn_of(path), ""
    if aside.exists():
        told += f"; {aside.name} keeps what a power cut tore off, which was never acknowledged"
    if path.exists() and not _ends_whole(path):
        told += "; its last line is torn and was never acknowledged: the vault sets it aside when it starts"
    return told


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read() in (b"", b"\n")


def _walk(settings: Settings, engine: Engine, name: str, kind: Kind[E], chosen: Callable[[E], bool]) -> tuple[int, int]:
    """How many lines a file of the vault has, and how many of them are chosen.

    The key is the one that the store was told, not what lies in the folder beside the file.
    """
    path = settings.vault_dir / name
    with reading(engine) as session:
        word = vault_word(session)
    if word is None:
        return 0, 0
    lines = matching = 0
    try:
        for entry, _ in kind.read(path, VerifyingKey.from_jwk(word.key)):
            lines += 1
            matching += chosen(entry)
    except LinesBroken as broken:
        raise InstallationError(f"台账或清单被改动 · {broken}: {KEEP}") from broken
    except PermissionError:
        raise InstallationDoubt(
            f"本用户无权查看保险库 · {path} is the vault's alone: run this as the vault's user too"
        ) from None
    if not settings.vault_dir.exists():
        raise InstallationDoubt(
            f"这里没有保险库 · there is no {settings.vault_dir}: run this where the vault's folder is, or see "
            "JIXIN_VAULT_FOLDER"
        )
    return lines, matching
