"""The audit page (审计日志): search by actor, action and day, and the same as CSV; looking is itself an entry."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.engine import Engine

from tracker.access.audit import Action, AuditEntry, AuditFilter, find_entries
from tracker.store.database import reading
from tracker.wire.details import LOCAL
from web.accounts.auditing import record
from web.context import Asking
from web.errors import RequestMalformed
from web.page_tokens import parse_numeric_page_token, write_page_token
from web.pages.frame import show
from web.pages.table_file import BOM, write_harmless
from web.views.audit_view import build_audit_view
from web.views.times import write_rfc3339

router = APIRouter(include_in_schema=False)
LIST = "audit"
PAGE = 100
AT_ONCE = 1_000
COLUMNS = ("entry_no", "at", "actor", "role", "action", "object", "outcome", "address", "hash")


async def _asked(
    actor: Annotated[str, Query(max_length=32)] = "",
    action: Annotated[Action | None, Query()] = None,
    from_: Annotated[str, Query(alias="from", pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = "",
    to: Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = "",
) -> dict[str, str]:
    return {"actor": actor.strip().lower(), "action": action or "", "from": from_, "to": to}


Asked = Annotated[dict[str, str], Depends(_asked)]


@router.get("/admin/audit")
def show_audit(
    asking: Asking, asked: Asked, next_: Annotated[str | None, Query(alias="next", max_length=256)] = None
) -> Response:
    """The entries that were asked for, the newest first, 100 a page."""
    chosen = build_filter(asked)
    before = parse_numeric_page_token(LIST, next_) if next_ else None
    record(asking.request, Action.AUDIT_SEEN)
    with reading(asking.engine) as session:
        found = find_entries(session, chosen, before=before, limit=PAGE + 1)
    view = build_audit_view(
        asking.words,
        found[:PAGE],
        chosen,
        asked,
        next_token=write_page_token(LIST, found[PAGE - 1].entry_no) if len(found) > PAGE else None,
        is_first=before is None,
    )
    response = show(asking.request, "audit.html", view, section="audit")
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/admin/audit.csv")
def export_audit(asking: Asking, asked: Asked) -> Response:
    """All of them as CSV, the newest first; `hash` lets the chain be checked against an earlier export."""
    chosen = build_filter(asked)
    record(asking.request, Action.AUDIT_EXPORTED)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(asking.engine, chosen), media_type="text/csv; charset=utf-8", headers=headers)


def build_filter(asked: dict[str, str]) -> AuditFilter:
    """The filter for what was asked; `to` is the last day that counts. Raises RequestMalformed for no such day."""
    since, until = _start_of(asked["from"]), _start_of(asked["to"])
    return AuditFilter(
        actor=asked["actor"] or None,
        action=asked["action"] or None,
        since=since,
        until=until + timedelta(days=1) if until else None,
    )


def _start_of(day: str) -> datetime | None:
    try:
        local = date.fromisoformat(day) if day else None
        return datetime.combine(local, time(), LOCAL).astimezone(UTC) if local else None
    except (ValueError, OverflowError) as error:
        raise RequestMalformed("no such day") from error


def _lines(engine: Engine, chosen: AuditFilter) -> Iterator[bytes]:
    yield (BOM + ",".join(COLUMNS) + "\r\n").encode()
    before: int | None = None
    while True:
        with reading(engine) as session:
            found = find_entries(session, chosen, before=before, limit=AT_ONCE)
        if not found:
            return
        file = StringIO()
        csv.writer(file).writerows([write_harmless(cell) for cell in _cells(each)] for each in found)
        yield file.getvalue().encode()
        before = found[-1].entry_no


def _cells(entry: AuditEntry) -> list[str]:
    told = {name: str(getattr(entry, name)) for name in COLUMNS}
    return list((told | {"at": write_rfc3339(entry.at), "hash": entry.hash.hex()}).values())
