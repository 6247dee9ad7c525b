"""The accounts page (账号管理): who may come in, a page at a time, and a new account with its one-time password."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from tracker.access.accounts import Account, add_account, find_accounts
from tracker.access.audit import Action, Outcome
from tracker.access.last_logins import last_logins_of
from tracker.access.roles import ON_THE_SERVER, AccountMalformed, Role
from tracker.store.database import reading, transaction
from web.accounts.auditing import note, record
from web.accounts.passwords import ONE_TIME_FOR, hash_password, new_one_time_password
from web.context import Asking
from web.errors import NotAllowed
from web.page_tokens import parse_page_token, write_page_token
from web.pages.frame import show
from web.paths import typed_division
from web.views.accounts_view import Draft, build_accounts_view, read_scope, write_refusal

router = APIRouter(include_in_schema=False)
LIST = "accounts"
PAGE = 50


@router.get("/admin/accounts")
def show_accounts(
    asking: Asking,
    holding: Annotated[str, Query(alias="login", max_length=32)] = "",
    next_: Annotated[str | None, Query(alias="next", max_length=256)] = None,
) -> Response:
    """The accounts in order of their names, 50 a page; `login` is what a name holds."""
    after = parse_page_token(LIST, next_) if next_ else ""
    record(asking.request, Action.ACCOUNTS_SEEN)
    return _page(asking, holding=holding.strip().lower(), after=after)


@router.post("/admin/accounts")
async def make_account(asking: Asking) -> Response:
    """A new account; its one-time password is on this page and never again."""
    form = asking.form
    login, role, carrier, station, platform = (
        form(name).strip() for name in ("login", "role", "carrier", "station", "platform")
    )
    draft = Draft(login, role, carrier, station, typed_division(form("division")), platform)
    password = new_one_time_password()
    phc = await asking.request.app.state.slow_hashes.run(lambda: hash_password(password))
    return await run_in_threadpool(_add, asking, draft, password, phc)


def _add(asking: Asking, draft: Draft, password: str, phc: str) -> Response:
    words = asking.words
    if draft.role not in set(Role):
        return _page(asking, draft=draft, said=words("accounts.refused.role"), warns=True)
    role, scope = Role(draft.role), read_scope(draft)
    if role in ON_THE_SERVER:
        record(asking.request, Action.ACCOUNT_ADDED, object=role, outcome=Outcome.REFUSED)
        raise NotAllowed
    try:
        with transaction(asking.engine) as session:
            until = asking.now + ONE_TIME_FOR
            made = add_account(
                session, draft.login, role, scope, password_hash=phc, password_until=until, made_at=asking.now
            )
            if made is not None:
                note(session, asking.request, Action.ACCOUNT_ADDED, object=f"{made.login} {role} {scope}")
    except AccountMalformed as error:
        return _page(asking, draft=draft, said=write_refusal(words, error), warns=True)
    if made is None:
        return _page(asking, draft=draft, said=words("accounts.refused.taken"), warns=True)
    return _page(asking, said=words("accounts.made", login=made.login), made=made, password=password)


def _page(
    asking: Asking,
    *,
    holding: str = "",
    after: str = "",
    draft: Draft | None = None,
    said: str = "",
    warns: bool = False,
    made: Account | None = None,
    password: str = "",
) -> Response:
    with reading(asking.engine) as session:
        found = find_accounts(session, holding=holding, after=after, limit=PAGE + 1)
        logins = last_logins_of(session, [each.account_no for each in found])
    view = build_accounts_view(
        asking.words,
        found[:PAGE],
        logins,
        csrf=asking.csrf,
        now=asking.now,
        holding=holding,
        next_token=write_page_token(LIST, found[PAGE - 1].login) if len(found) > PAGE else None,
        is_first=not after,
        draft=draft or Draft(),
        said=said,
        warns=warns,
        made=made,
        password=password,
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if warns else HTTPStatus.OK
    response = show(asking.request, "accounts.html", view, section="accounts", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
