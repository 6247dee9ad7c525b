"""The navigation (栏目): what everybody may open, and on every page what who is logged in may open besides."""

from fastapi import Request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tracker.access.roles import Role
from tracker.access.sessions import LoginSession, Standing
from web.access import ACCESS
from web.accounts.asker import find_session

SECTIONS = {"search": "/", "rankings": "/rankings", "schemes": "/schemes"}
STAFF_SECTIONS = {
    "devices": "/regulator/devices",
    "evaluations": "/regulator/evaluations",
    "drafts": "/regulator/schemes",
    "archives": "/regulator/archives",
    "own_archive": "/carrier/archive",
    "practitioners": "/practitioners",
    "practitioner": "/practitioner",
    "cases": "/regulator/complaints",
    "own_cases": "/carrier/complaints",
    "objections": "/regulator/objections",
    "own_objections": "/carrier/objections",
    "vault": "/vault",
    "requests": "/vault/requests",
    "accounts": "/admin/accounts",
    "ledger": "/vault/ledger",
    "audit": "/admin/audit",
    "account": "/account",
}
OWN_CREDIT = "own_credit"
EMPLOYED = frozenset({Role.CARRIER, Role.STATION_MANAGER, Role.COURIER})


def sections_of(request: Request) -> dict[str, str]:
    """The sections that whoever asks may open, by name: first their own, then everybody's."""
    session = _session_of(request)
    if session is None:
        return SECTIONS
    if session.standing is not Standing.FULL:
        return {"account": STAFF_SECTIONS["account"], **SECTIONS}
    account = session.account
    own = {OWN_CREDIT: f"/carriers/{account.scope.carrier}"} if account.role in EMPLOYED else {}
    mine = {name: href for name, href in STAFF_SECTIONS.items() if account.role in ACCESS[href].roles}
    return {**own, **mine, **SECTIONS}


def section_here(request: Request, section: str | None, sections: dict[str, str]) -> str | None:
    """The section that is being read: one's own company before the rankings that it stands in."""
    return OWN_CREDIT if sections.get(OWN_CREDIT) == request.url.path else section


def _session_of(request: Request) -> LoginSession | None:
    """The session that a browser came with, also where nobody had to look at it; None where the store is away."""
    asker = getattr(request.state, "asker", None)
    if asker is not None and (asker.session is not None or asker.token is not None):
        found: LoginSession | None = asker.session
        return found
    try:
        return find_session(request)
    except (OperationalError, PoolTimeout):
        return None
