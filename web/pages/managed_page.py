"""One account's page (单个账号): its scope, a reset, its end, and its API tokens; nobody acts on their own account."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from tracker.access.accounts import Account, account_of, disable_account, reset_account, save_scope
from tracker.access.api_tokens import TokenMalformed, add_api_token, find_api_tokens, revoke_api_token
from tracker.access.attempts import unlock
from tracker.access.audit import Action, Outcome
from tracker.access.last_logins import last_logins_of
from tracker.access.roles import ON_THE_SERVER, AccountMalformed
from tracker.access.tokens import hash_token, new_api_token
from tracker.store.database import reading, transaction
from web.accounts.asker import asker_of
from web.accounts.auditing import note, record
from web.accounts.login import counted_account
from web.accounts.passwords import ONE_TIME_FOR, hash_password, new_one_time_password
from web.context import Asking
from web.errors import AccountNotFound, NotAllowed
from web.pages.frame import show
from web.views.accounts_view import PATH, Draft, read_scope, write_refusal
from web.views.managed_view import build_managed_view

router = APIRouter(include_in_schema=False)
Login = Annotated[str, Path(pattern=r"^[a-z][a-z0-9._-]{1,31}$")]
TokenNumber = Annotated[int, Path(ge=1, lt=2**31)]
ONE = f"{PATH}/{{login}}"


@router.get(ONE)
def show_managed(asking: Asking, login: Login) -> Response:
    """One account and what can be done with it."""
    account = _known(asking, login)
    record(asking.request, Action.ACCOUNTS_SEEN, object=account.login)
    return _page(asking, account)


@router.post(f"{ONE}/scope")
def change_scope(asking: Asking, login: Login) -> Response:
    """Another scope; the account is logged out everywhere, and its tokens end."""
    account, form = _others(asking, login, Action.SCOPE_CHANGED), asking.form
    draft = Draft(*(form(name).strip() for name in ("login", "role", "carrier", "station", "division", "platform")))
    scope = read_scope(draft)
    try:
        with transaction(asking.engine) as session:
            save_scope(session, account, scope)
            note(session, asking.request, Action.SCOPE_CHANGED, object=f"{account.login} {account.scope} {scope}")
    except AccountMalformed as error:
        return _page(asking, account, said=write_refusal(asking.words, error), warns=True)
    return _back(account)


@router.post(f"{ONE}/disable")
def disable(asking: Asking, login: Login) -> Response:
    """Nobody comes in by it any more, and who is in is out."""
    account = _others(asking, login, Action.ACCOUNT_DISABLED)
    with transaction(asking.engine) as session:
        disable_account(session, account.account_no, at=asking.now)
        note(session, asking.request, Action.ACCOUNT_DISABLED, object=account.login)
    return _back(account)


@router.post(f"{ONE}/reset")
async def reset(asking: Asking, login: Login) -> Response:
    """A one-time password, shown on this page and never again; no second factor, no lock, enabled again."""
    account = await run_in_threadpool(_others, asking, login, Action.ACCOUNT_RESET)
    if account.role in ON_THE_SERVER:
        await run_in_threadpool(
            record, asking.request, Action.ACCOUNT_RESET, object=account.login, outcome=Outcome.REFUSED
        )
        raise NotAllowed
    password = new_one_time_password()
    phc = await asking.request.app.state.slow_hashes.run(lambda: hash_password(password))
    return await run_in_threadpool(_reset, asking, account, password, phc)


@router.post(f"{ONE}/tokens")
def make_token(asking: Asking, login: Login) -> Response:
    """A new API token of somebody else's account, shown on this page and never again; one's own asks for the password
    (web.pages.account_page).
    """
    account, form, token = _others(asking, login, Action.TOKEN_MADE), asking.form, new_api_token()
    days = int(form("days")) if form("days").isascii() and form("days").isdigit() and len(form("days")) < 5 else 0
    try:
        with transaction(asking.engine) as session:
            number = add_api_token(
                session, account, token_hash=hash_token(token), scopes=form.all("scope"), days=days, now=asking.now
            )
            note(session, asking.request, Action.TOKEN_MADE, object=f"{number} {account.login}")
    except TokenMalformed:
        return _page(asking, account, said=asking.words("account.token_refused"), warns=True)
    return _page(asking, account, said=asking.words("account.token_made"), token=token)


@router.post(f"{ONE}/tokens/{{token_no}}/revoke")
def revoke_token(asking: Asking, login: Login, token_no: TokenNumber) -> Response:
    """End one of the account's tokens; another account's is as unknown as none."""
    account = _known(asking, login)
    with transaction(asking.engine) as session:
        known = revoke_api_token(session, token_no, account_no=account.account_no, at=asking.now)
        outcome = Outcome.DONE if known else Outcome.REFUSED
        note(session, asking.request, Action.TOKEN_REVOKED, object=f"{token_no} {account.login}", outcome=outcome)
    if not known:
        raise NotAllowed
    return _back(account)


def _known(asking: Asking, login: str) -> Account:
    with reading(asking.engine) as session:
        account = account_of(session, login)
    if account is None:
        raise AccountNotFound(login)
    return account


def _is_own(asking: Asking, account: Account) -> bool:
    own = asker_of(asking.request).account
    return own is not None and own.account_no == account.account_no


def _others(asking: Asking, login: str, action: Action) -> Account:
    """Somebody else's account: so that one administrator is always left who can undo it."""
    account = _known(asking, login)
    if _is_own(asking, account):
        record(asking.request, action, object=account.login, outcome=Outcome.REFUSED)
        raise NotAllowed
    return account


def _reset(asking: Asking, account: Account, password: str, phc: str) -> Response:
    keys = asking.request.app.state.account_keys
    with transaction(asking.engine) as session:
        reset_account(session, account.account_no, password_hash=phc, password_until=asking.now + ONE_TIME_FOR)
        unlock(session, counted_account(keys, account.login))
        note(session, asking.request, Action.ACCOUNT_RESET, object=account.login)
    return _page(asking, _known(asking, account.login), said=asking.words("accounts.was_reset"), password=password)


def _back(account: Account) -> Response:
    return RedirectResponse(f"{PATH}/{account.login}", 303, {"Cache-Control": "no-store"})


def _page(
    asking: Asking, account: Account, *, said: str = "", warns: bool = False, password: str = "", token: str = ""
) -> Response:
    with reading(asking.engine) as session:
        tokens = find_api_tokens(session, account.account_no)
        logins = last_logins_of(session, [account.account_no])
    view = build_managed_view(
        asking.words,
        account,
        logins,
        tokens,
        csrf=asking.csrf,
        now=asking.now,
        is_own=_is_own(asking, account),
        said=said,
        warns=warns,
        password=password,
        token=token,
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if warns else HTTPStatus.OK
    response = show(asking.request, "managed.html", view, section="accounts", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
