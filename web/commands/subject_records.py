"""The subjects commands (信用档案命令): records and volumes from a file, line by line; archives and codes to read."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sqlmodel import Session

from credit_scoring.archive.archive_store import append_record, archive_of, entries_with_proof
from credit_scoring.archive.codes import load_codes
from credit_scoring.archive.holder import HolderKind, parse_holder
from credit_scoring.archive.holder_store import find_holders
from credit_scoring.archive.parse import parse_record
from credit_scoring.archive.record import Source
from credit_scoring.archive.volume_store import append_volume, parse_volume
from credit_scoring.errors import ArchiveRefused
from tracker.access.audit import CONSOLE, Action, append_audit
from tracker.store.database import reading, transaction
from tracker.working_days import local_day_of
from web.api.archive_json import archive_json, codes_json
from web.commands.progress import Advance
from web.commands.running import Misused
from web.commands.services import open_store
from web.settings import Settings
from web.words import load_words

AT_ONCE = 200
MOST_SHOWN = 200
Row = Mapping[str, Any]
TakeRow = Callable[[Session, Row, datetime], bool]


class FileUnreadable(ValueError):
    """The file is neither a CSV with a header nor a JSON list of objects, in UTF-8. Nothing of it was taken."""


@dataclass(slots=True)
class Taken:
    """What became of a file's lines; `refused` says each with its number and why."""

    recorded: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)


def take_rows(settings: Settings, path: Path, take: TakeRow, *, advance: Advance) -> Taken:
    """Take a file line by line; what cannot be taken does not stop the rest. Raises FileUnreadable."""
    rows = list(read_rows(path))
    engine, taken, done = open_store(settings), Taken(), 0
    while done < len(rows):
        with transaction(engine) as session:
            for number, row in rows[done : done + AT_ONCE]:
                _take_one(session, number, row, take, taken)
            done = min(done + AT_ONCE, len(rows))
            _note(session, take, done == len(rows), taken)
        advance(done, len(rows))
    return taken


def _take_one(session: Session, number: int, row: Row, take: TakeRow, taken: Taken) -> None:
    try:
        is_new = take(session, row, datetime.now(UTC))
    except ArchiveRefused as refused:
        zh, en = (words(f"archive_fault.{refused.fault}") for words in load_words().values())
        taken.refused.append(f"第 {number} 行 line {number}: {refused.fault} {refused.field} · {zh} · {en}")
        return
    taken.recorded += is_new
    taken.known += not is_new


def _note(session: Session, take: TakeRow, is_last: bool, taken: Taken) -> None:
    if is_last:
        action = Action.VOLUME_DECLARED if take is take_volume_row else Action.ARCHIVE_ENTERED
        append_audit(session, action, at=datetime.now(UTC), actor=CONSOLE, role=CONSOLE, object=str(taken.recorded))


def take_record_row(session: Session, row: Row, now: datetime) -> bool:
    """Take one record. Raises ArchiveRefused."""
    record = parse_record(row, today=local_day_of(now))
    return append_record(session, record, entered_by=CONSOLE, recorded_at=now).is_new


def take_volume_row(session: Session, row: Row, now: datetime) -> bool:
    """Take one volume. Raises ArchiveRefused."""
    cells = {name: str(row.get(name) or "") for name in ("carrier", "month", "division", "parcels")}
    told = parse_volume(cells["carrier"], cells["month"], cells["division"], cells["parcels"])
    return append_volume(session, told, source=Source.ENTERED, entered_by=CONSOLE, recorded_at=now)


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a file with their line (JSON: their place, from 1). Raises FileUnreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() == ".json":
                told = json.load(file)
                if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
                    raise FileUnreadable(f"{path} 应为对象的列表 · is no list of objects")
                yield from enumerate(told, start=1)
                return
            rows = csv.DictReader(file, strict=True)
            for row in rows:
                yield rows.line_num, {str(name or "?"): value for name, value in row.items()}
    except (UnicodeDecodeError, csv.Error, json.JSONDecodeError, RecursionError) as error:
        raise FileUnreadable(f"{path} 不是 UTF-8 的 CSV 或 JSON · is neither CSV nor JSON in UTF-8") from error


def find_lines(settings: Settings, text: str) -> list[str]:
    """One line a holder, the first 200."""
    with reading(open_store(settings)) as session:
        found = find_holders(session, text, list(HolderKind), limit=MOST_SHOWN)
    return [f"{each.holder.kind} {each.holder.code} {each.name or each.station or ''}".rstrip() for each in found]


def read_archive_json(settings: Settings, kind: str, code: str) -> str:
    """One archive. Raises ArchiveRefused, Misused where there is none."""
    holder = parse_holder(kind, code)
    with reading(open_store(settings)) as session:
        archive = archive_of(session, holder)
    if not archive.entries:
        raise Misused(f"没有档案 · no archive is kept about {holder}: `jixin subjects list`")
    return json.dumps(archive_json(holder, archive, documents=True), ensure_ascii=False, indent=2)


def find_resting(settings: Settings, path: Path) -> tuple[str, list[str]]:
    """A file's SHA-256, and one line for each record that rests on it."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    with reading(open_store(settings)) as session:
        found = entries_with_proof(session, digest)
    return digest, [
        f"{each.record_id} {each.told.holder} {each.told.kind} {each.told.document_date or '-'}" for each in found
    ]


def write_codes() -> str:
    """The code lists and the catalogue as JSON."""
    return json.dumps(codes_json(load_codes()), ensure_ascii=False, indent=2)
