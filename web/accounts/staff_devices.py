"""Staff's devices (员工设备): a carrier's staff has logged in from there: its own votes count nothing."""

from fastapi import Request
from sqlmodel import Session

from credit_scoring.voices.origins import Origin, hash_origin, save_staff_device
from tracker.access.accounts import Account
from web.accounts.addresses import counted_address, host_of
from web.accounts.keys import AccountKeys

MAX_AGENT = 300


def origin_of(request: Request) -> Origin:
    """The browser that asks, as keyed hashes."""
    keys: AccountKeys = request.app.state.account_keys
    agent = request.headers.get("user-agent", "")[:MAX_AGENT]
    return hash_origin(keys.voices, address=counted_address(host_of(request)), agent=agent)


def remember_staff(session: Session, request: Request, account: Account) -> None:
    """Keep the keyed hash of this browser where the account is a carrier's; forgotten with the reviews' origins."""
    if account.scope.carrier is not None:
        save_staff_device(session, origin_of(request), account.scope.carrier, now=request.app.state.clock())
