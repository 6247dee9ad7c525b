"""The account page (账号): one's own password, second factor, API tokens, and what was done in one's name."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from tracker.access.accounts import is_password_still, save_password, save_totp
from tracker.access.api_tokens import TokenMalformed, add_api_token, find_api_tokens, revoke_api_token
from tracker.access.attempts import begin_attempt, take_back
from tracker.access.audit import Action, AuditFilter, Outcome, find_entries
from tracker.access.sessions import LoginSession, Standing, close_other_sessions
from tracker.access.tokens import hash_token, new_api_token
from tracker.provenance.codes import qr_svg
from tracker.store.database import reading, transaction
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.accounts.cookies import SESSION, set_cookie
from web.accounts.login import begin_anew, counted_account
from web.accounts.next_address import HOME
from web.accounts.passwords import PasswordRefused, check_new_password, fits, hash_password
from web.accounts.second_factor import Offer, find_step, make_offer, seal_secret
from web.context import Asking
from web.errors import LoginRequired, NotAllowed, SecondFactorTaken
from web.pages.frame import show
from web.views.account_view import build_account_view
from web.views.times import full_moment

router = APIRouter(include_in_schema=False)
ENTRIES = 20


@router.get("/account")
def show_account(asking: Asking) -> Response:
    """Who one is and what one may change."""
    return _page(asking)


@router.post("/account/password")
async def change_password(asking: Asking) -> Response:
    """A password of one's own; other browsers are logged out, this one gets a new session."""
    session, form, state = _session(asking), asking.form, asking.request.app.state
    account = session.account
    try:
        check_new_password(form("new"), form("again"), login=account.login)
    except PasswordRefused as refused:
        return await run_in_threadpool(_page, asking, said=asking.words(f"account.password_{refused.code}"), warns=True)
    if not account.must_change:
        if doubt := await _doubt(asking):
            return await run_in_threadpool(_page, asking, said=doubt, warns=True)
    elif await state.slow_hashes.run(lambda: fits(form("new"), account.password_hash)):
        return await run_in_threadpool(_page, asking, said=asking.words("account.password_same"), warns=True)
    phc = await state.slow_hashes.run(lambda: hash_password(form("new")))
    return await run_in_threadpool(_save_password, asking, phc)


@router.get("/account/second-factor.svg")
def show_offer(asking: Asking) -> Response:
    """The secret on offer as QR code, for this session only."""
    if _session(asking).account.totp_secret is not None:
        raise NotAllowed
    return Response(qr_svg(_offer(asking).address), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@router.post("/account/second-factor")
async def take_offer(asking: Asking) -> Response:
    """Take the secret on offer over, once a code shows that the authenticator has it; where the role could do without,
    the present password too: else whoever finds a browser open locks its owner out.
    """
    session = _session(asking)
    if session.account.totp_secret is not None:
        raise NotAllowed
    step = find_step(_offer(asking).secret, asking.form("code"), now=asking.now)
    if step is None:
        return await run_in_threadpool(_page, asking, said=asking.words("account.code_wrong"), warns=True)
    if session.standing is Standing.FULL and (doubt := await _doubt(asking)):
        return await run_in_threadpool(_page, asking, said=doubt, warns=True)
    return await run_in_threadpool(_save_offer, asking, step)


def _save_offer(asking: Asking, step: int) -> Response:
    session, keys, offer = _session(asking), asking.request.app.state.account_keys, _offer(asking)
    account = session.account
    with transaction(asking.engine) as opened:
        sealed = seal_secret(keys, offer.secret, login=account.login)
        if not save_totp(opened, account.account_no, sealed, step=step):
            raise SecondFactorTaken
        close_other_sessions(opened, account.account_no, keep=session.token_hash)
        token = begin_anew(opened, session, now=asking.now, second_factor_at=asking.now)
        note(opened, asking.request, Action.SECOND_FACTOR_SET)
    return _onward(asking, token)


@router.post("/account/tokens")
async def make_token(asking: Asking) -> Response:
    """A new API token, shown on this page and never again; it outlives the session: the present password is asked."""
    if doubt := await _doubt(asking):
        return await run_in_threadpool(_page, asking, said=doubt, warns=True)
    return await run_in_threadpool(_add_token, asking)


def _add_token(asking: Asking) -> Response:
    account, form, token = _session(asking).account, asking.form, new_api_token()
    days = int(form("days")) if form("days").isascii() and form("days").isdigit() and len(form("days")) < 5 else 0
    try:
        with transaction(asking.engine) as opened:
            if not is_password_still(opened, account):  # changed since it was shown: what was begun before ends
                raise LoginRequired
            number = add_api_token(
                opened, account, token_hash=hash_token(token), scopes=form.all("scope"), days=days, now=asking.now
            )
            note(opened, asking.request, Action.TOKEN_MADE, object=str(number))
    except TokenMalformed:
        return _page(asking, said=asking.words("account.token_refused"), warns=True)
    return _page(asking, said=asking.words("account.token_made"), token=token)


@router.post("/account/tokens/{token_no}/revoke")
def revoke_token(asking: Asking, token_no: Annotated[int, Path(ge=1, lt=2**31)]) -> Response:
    """End one of one's own tokens; another account's is as unknown as none."""
    account = _session(asking).account
    with transaction(asking.engine) as opened:
        known = revoke_api_token(opened, token_no, account_no=account.account_no, at=asking.now)
        outcome = Outcome.DONE if known else Outcome.REFUSED
        note(opened, asking.request, Action.TOKEN_REVOKED, object=str(token_no), outcome=outcome)
    if not known:
        raise NotAllowed
    return RedirectResponse(HOME, 303)


def _session(asking: Asking) -> LoginSession:
    session = asker_of(asking.request).session
    assert session is not None, "web.access lets nobody else through"
    return session


def _offer(asking: Asking) -> Offer:
    session = _session(asking)
    return make_offer(asking.request.app.state.account_keys, session.token_hash, login=session.account.login)


async def _doubt(asking: Asking) -> str | None:
    """What to say where the present password is not shown; each try counts as one at the login."""
    if until := await run_in_threadpool(_count, asking):
        return until
    phc, shown = _session(asking).account.password_hash, asking.form("present")
    if not await asking.request.app.state.slow_hashes.run(lambda: fits(shown, phc)):
        return asking.words("account.password_wrong")
    await run_in_threadpool(_take_back, asking)
    return None


def _take_back(asking: Asking) -> None:
    counted = counted_account(asking.request.app.state.account_keys, _session(asking).account.login)
    with transaction(asking.engine) as opened:
        take_back(opened, [counted])


def _count(asking: Asking) -> str | None:
    """Count a try at the present password; until when to wait where there were too many."""
    counted = counted_account(asking.request.app.state.account_keys, _session(asking).account.login)
    with transaction(asking.engine) as opened:
        until = begin_attempt(opened, [counted], now=asking.now)
    return asking.words("login.locked", until=full_moment(until).text) if until else None


def _save_password(asking: Asking, phc: str) -> Response:
    session = _session(asking)
    account = session.account
    with transaction(asking.engine) as opened:
        save_password(opened, account.account_no, phc)
        close_other_sessions(opened, account.account_no, keep=session.token_hash)
        token = begin_anew(opened, session, now=asking.now, second_factor_at=session.second_factor_at)
        note(opened, asking.request, Action.PASSWORD_CHANGED)
    return _onward(asking, token)


def _onward(asking: Asking, token: str) -> Response:
    response = RedirectResponse(HOME, 303, {"Cache-Control": "no-store"})
    set_cookie(asking.request, response, SESSION, token)
    return response


def _page(asking: Asking, *, said: str = "", warns: bool = False, token: str = "") -> Response:
    session = _session(asking)
    account, standing = session.account, session.standing
    full = standing is Standing.FULL
    with reading(asking.engine) as opened:
        tokens = find_api_tokens(opened, account.account_no) if full else []
        entries = find_entries(opened, AuditFilter(actor=account.login), limit=ENTRIES) if full else []
    view = build_account_view(
        asking.words,
        account,
        standing,
        csrf=session.csrf,
        offer=None if account.totp_secret or standing is Standing.PASSWORD else _offer(asking),
        tokens=tokens,
        entries=entries,
        now=asking.now,
        said=said,
        warns=warns,
        token=token,
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if warns else HTTPStatus.OK
    response = show(asking.request, "account.html", view, section="account", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
