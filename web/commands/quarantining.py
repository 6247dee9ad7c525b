"""The quarantine commands (隔离区命令): take the oldest out as a file, then remove what was taken out."""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.engine import Engine

from tracker.realname.key_folder import KeyFolder, NotAVault
from tracker.store.database import reading, transaction
from tracker.store.quarantine_bounds import use_of
from tracker.store.quarantine_export import QuarantinedBody, drop_quarantined, find_bodies
from tracker.wire.errors import RefusalCode, RejectionCode
from tracker.wire.sealing import open_octets
from web.commands.running import Misused
from web.commands.services import open_store
from web.settings import Settings

ROWS_AT_ONCE = 50  # a body may have 1 MiB
DROPPED_AT_ONCE = 1_000  # the tracker waits while one part goes


class ExportFailed(RuntimeError):
    """The file could not be written; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows went out, and the id of the last; None where there were none."""

    rows: int
    through: int | None


def check_code(code: str | None) -> None:
    """Raises Misused for a code that nothing is refused with, naming the nearest."""
    known = [str(each) for each in (*RefusalCode, *RejectionCode)]
    if code is not None and code not in known:
        near = get_close_matches(code, known, n=1)
        hint = f"是否 did you mean {near[0]}?" if near else f"可选 there are {', '.join(known)}"
        raise Misused(f"没有这个代码 no such code: {code} · {hint}")


def run_export(settings: Settings, path: Path, *, before: int | None, code: str | None, console: Console) -> Exported:
    """Write rows below the id `before`, the oldest first, one JSON object a line, for the owner's eyes (mode 0600).

    The file appears only when it is whole and on disk. Raises ExportFailed.
    """
    engine = open_store(settings)
    if path.exists():
        raise ExportFailed(f"{path} exists already; choose another name")
    draft = path.with_name(f"{path.name}.part")
    rows, through = 0, None
    with reading(engine) as session:
        total = use_of(session).rows
    try:
        with (
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
            Progress(console=console, transient=True, disable=not console.is_terminal) as bar,
        ):
            os.fchmod(file.fileno(), 0o600)
            task = bar.add_task("隔离区 quarantine", total=total)
            keys = _vault_keys(settings)
            for each in _rows(engine, before, code):
                file.write(_line(each, keys))
                rows, through = rows + 1, each.row.id
                bar.advance(task)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, it takes nobody's place
    except OSError as error:
        raise ExportFailed(f"cannot write {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return Exported(rows, through)


def run_drop(settings: Settings, *, through: int, code: str | None) -> int:
    """Remove the rows with ids up to `through`; how many."""
    engine, dropped = open_store(settings), 0
    while True:
        with transaction(engine) as session:
            part = drop_quarantined(session, through=through, code=code, limit=DROPPED_AT_ONCE)
        if not part:
            return dropped
        dropped += part


def _rows(engine: Engine, before: int | None, code: str | None) -> Iterator[QuarantinedBody]:
    """Part by part, so that no long look holds up the tracker's own upkeep."""
    after = 0
    while True:
        with reading(engine) as session:
            found = find_bodies(session, after=after, before=before, code=code, limit=ROWS_AT_ONCE)
        if not found:
            return
        yield from found
        after = found[-1].row.id


def _vault_keys(settings: Settings) -> KeyFolder | None:
    """The vault's keys, where whoever exports may read them."""
    try:
        return KeyFolder(settings.vault_dir)
    except NotAVault:
        return None


def _line(each: QuarantinedBody, keys: KeyFolder | None) -> bytes:
    """A row as JSON; a body that does not open here goes out as it lies: `sealed`, with the `kid` that opens it."""
    names = {name: getattr(each.row, name) for name in each.row.__dataclass_fields__}
    if each.body is None or each.kid is None:
        return _written(names, each.body)
    private = keys.private_of(each.kid) if keys else None
    if private is None:
        return _written(names | {"sealed": base64.b64encode(each.body).decode(), "kid": each.kid}, None)
    return _written(names, open_octets(each.body, private=private, kid=each.kid, bound_to=each.row.sha256))


def _written(names: dict[str, Any], body: bytes | None) -> bytes:
    return msgspec.json.encode(names | {"body": None if body is None else base64.b64encode(body).decode()}) + b"\n"
