"""The access ledger's page (查阅台账): who opened what, when and why, as far as the vault shows it to who asks."""

import csv
from collections.abc import Iterator
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.realname.ledger_reading import MOST, LedgerPage
from web.accounts.asker import role_of
from web.accounts.auditing import record
from web.accounts.cookies import SESSION, read_cookie
from web.context import Asking
from web.doors.vault_door import LedgerQuestion, VaultShut, ask_ledger
from web.page_tokens import parse_numeric_page_token, write_page_token
from web.pages.frame import show
from web.pages.table_file import BOM, write_harmless
from web.views.ledger_view import build_ledger_view
from web.views.times import write_rfc3339

router = APIRouter(include_in_schema=False)
LIST = "ledger"
PAGE = 100
COLUMNS = (
    "no", "at", "opener", "role", "record_id", "waybill_no", "subject", "purpose", "case_no", "outcome", "before",
)  # fmt: skip


@router.get("/vault/ledger")
def show_ledger(asking: Asking, next_: Annotated[str | None, Query(alias="next", max_length=256)] = None) -> Response:
    """The lines that the asker may see, the newest first, 100 a page; and how far the whole of it holds."""
    before = parse_numeric_page_token(LIST, next_) if next_ else None
    record(asking.request, Action.LEDGER_SEEN)
    found = _ask(asking, before, PAGE + 1)
    entries = found.entries if found else []
    view = build_ledger_view(
        asking.words,
        entries[:PAGE],
        found,
        is_own=role_of(asking.request) is not Role.ADMINISTRATOR,
        next_token=write_page_token(LIST, entries[PAGE - 1].no) if len(entries) > PAGE else None,
        is_first=before is None,
    )
    status = HTTPStatus.OK if found else HTTPStatus.SERVICE_UNAVAILABLE
    response = show(asking.request, "ledger.html", view, section="ledger", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/vault/ledger.csv")
def export_ledger(asking: Asking) -> Response:
    """All of them as CSV, the newest first; `before` is the SHA-256 that each line covers."""
    record(asking.request, Action.LEDGER_EXPORTED)
    first = _ask(asking, None, MOST)
    if first is None:
        return show_ledger(asking)
    vault_dir: Path = asking.request.app.state.settings.vault_dir
    headers = {"Content-Disposition": 'attachment; filename="ledger.csv"', "Cache-Control": "no-store"}
    lines = _lines(vault_dir, _cookie(asking), first)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _cookie(asking: Asking) -> str:
    return read_cookie(asking.request, SESSION) or ""


def _ask(asking: Asking, before: int | None, limit: int) -> LedgerPage | None:
    try:
        question = LedgerQuestion(_cookie(asking), before, limit)
        return ask_ledger(asking.request.app.state.settings.vault_dir, question)
    except VaultShut:
        return None


def _lines(vault_dir: Path, cookie: str, page: LedgerPage) -> Iterator[bytes]:
    yield (BOM + ",".join(COLUMNS) + "\r\n").encode()
    while page.entries:
        file = StringIO()
        told = ({name: str(getattr(each, name)) for name in COLUMNS} | {"at": write_rfc3339(each.at)}
                for each in page.entries)  # fmt: skip
        csv.writer(file).writerows([write_harmless(cell) for cell in each.values()] for each in told)
        yield file.getvalue().encode()
        if len(page.entries) < MOST:
            return
        page = ask_ledger(vault_dir, LedgerQuestion(cookie, page.entries[-1].no, MOST))
