"""The complaints commands (投诉命令): a line's list becomes cases row by row; who owes an answer is reminded."""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from secrets import randbelow
from typing import BinaryIO

from sqlmodel import Session

from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.escalation import Escalated, escalate
from credit_scoring.complaints.intake import Filing, Outcome, file_complaint
from credit_scoring.errors import ComplaintRefused
from scanners.replay_encoding import find_codec, open_seekable, read_as, refuse_other_encodings
from tracker.access.audit import CONSOLE, Action, append_audit
from tracker.store.database import transaction
from tracker.store.parcel_store import parcels_of
from web.commands.progress import Advance
from web.commands.running import Misused
from web.commands.services import open_store
from web.errors import WaybillMalformed
from web.paths import parse_spellings
from web.settings import Settings

COLUMNS = ("channel", "source_ref", "waybill_no", "category", "cause", "received_at")
OPTIONAL = ("carrier", "division")
AT_ONCE = 200  # rows in one transaction
LONGEST = 200  # characters of a cell


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A row that was not taken, and why; its content is not told, for it may hold what is personal."""

    line: int
    code: str
    reason: str


@dataclass(slots=True)
class Taken:
    """What became of a file's rows."""

    filed: int = 0
    known: int = 0
    merged: int = 0
    suspected: int = 0
    faults: list[FaultyLine] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def run_import(settings: Settings, path: Path, encoding: str | None, *, now: datetime, advance: Advance) -> Taken:
    """Take a CSV in. Raises Misused where the whole file cannot be read, ReplayFileError for another encoding."""
    codec = find_codec(encoding or "utf-8")
    engine = open_store(settings)
    taken = Taken()
    with open_seekable(path) as file:
        if encoding is None:
            refuse_other_encodings(file)
        rows = _read_rows(file, codec)
        done = 0
        while some := list(islice(rows, AT_ONCE)):
            with transaction(engine) as session:
                for line, row in some:
                    _take(session, taken, line, row, now)
                append_audit(
                    session, Action.COMPLAINT_FILED, at=now, actor=CONSOLE, role="", object=f"import {len(some)}"
                )
            done += len(some)
            advance(done, None)
    return taken


def run_remind(settings: Settings, *, now: datetime) -> Escalated:
    """What the scheduler's job does, once."""
    return escalate(open_store(settings), now=now)


def _read_rows(file: BinaryIO, codec: str) -> Iterator[tuple[int, dict[str, str] | None]]:
    """(line, cells) of each row; None for one that is no row. Raises Misused where columns are missing."""
    with read_as(file, codec) as text:
        rows = csv.DictReader(text, strict=True)
        try:
            rows.fieldnames  # noqa: B018 it reads the first line
        except csv.Error as error:
            raise Misused("不是 CSV · the first line is no CSV") from error
        names = [(name or "").strip().lstrip("\ufeff") for name in rows.fieldnames or ()]
        if missing := [name for name in COLUMNS if name not in names]:
            raise Misused(f"缺列 columns are missing: {', '.join(missing)}")
        rows.fieldnames = names
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield rows.line_num, None
                continue
            whole = {name: row.get(name) or "" for name in (*COLUMNS, *OPTIONAL)}
            is_row = None not in row and all(_is_code_like(cell) for cell in whole.values())
            yield rows.line_num, {name: cell.strip() for name, cell in whole.items()} if is_row else None


def _is_code_like(cell: str) -> bool:
    """Whether it can be a code, a number or a time: nothing else is taken."""
    return len(cell) <= LONGEST and cell.isascii() and (cell.isprintable() or not cell)


def _take(session: Session, taken: Taken, line: int, row: dict[str, str] | None, now: datetime) -> None:
    try:
        if row is None:
            raise ComplaintRefused("line_malformed", "too many cells, or one that is no code, number or time")
        filed = file_complaint(session, _parse(session, row), now=now, chance=randbelow)
    except ComplaintRefused as refused:
        taken.faults.append(FaultyLine(line, refused.code, refused.reason))
        return
    if filed.outcome is Outcome.KNOWN:
        taken.known += 1
        return
    taken.filed += 1
    taken.merged += filed.alike is not None and filed.alike.merges
    taken.suspected += filed.alike is not None and filed.alike.asks


def _parse(session: Session, row: dict[str, str]) -> Filing:
    try:
        spellings = parse_spellings(row["waybill_no"])
    except WaybillMalformed:
        raise ComplaintRefused("waybill_malformed", "waybill_no is 1 to 64 letters, digits, - and _") from None
    try:
        category, cause = Category(row["category"]), Cause(row["cause"])
    except ValueError:
        raise ComplaintRefused("code_unknown", "category or cause is no code of the list, see docs/codes.md") from None
    if not row["source_ref"]:
        raise ComplaintRefused("source_ref_malformed", "source_ref is missing: the line's own number")
    return Filing(
        waybill_no=next(iter(parcels_of(session, spellings)), spellings[-1]),
        category=category,
        cause=cause,
        channel=row["channel"],
        received_at=_parse_time(row["received_at"]),
        source_ref=row["source_ref"],
        carrier=row["carrier"] or None,
        division=row["division"] or None,
        entered_by=CONSOLE,
    )


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ComplaintRefused("time_malformed", "received_at is RFC 3339 with an offset: 2026-09-01T12:00:00+08:00")
    return moment
