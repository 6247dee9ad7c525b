"""What the web writes into the audit log (网页审计): who asked, from where, and what came of it."""

from fastapi import Request
from sqlmodel import Session

from tracker.access.accounts import Account
from tracker.access.audit import Action, Outcome, append_audit
from tracker.store.database import transaction
from web.accounts.addresses import host_of, truncate_address
from web.accounts.asker import asker_of


def note(
    session: Session,
    request: Request,
    action: Action,
    *,
    object: str = "",
    outcome: Outcome = Outcome.DONE,
    account: Account | None = None,
) -> None:
    """Append an entry about this request as the last step of a transaction; `account` where nobody is logged in yet."""
    who = account or asker_of(request).account
    append_audit(
        session,
        action,
        at=request.app.state.clock(),
        actor=who.login if who else "",
        role=who.role if who else "",
        object=object,
        outcome=outcome,
        address=truncate_address(host_of(request)),
    )


def record(request: Request, action: Action, *, object: str = "", outcome: Outcome = Outcome.DONE) -> None:
    """The same in a transaction of its own: before something is shown, so that nothing is seen unrecorded."""
    with transaction(request.app.state.engine) as session:
        note(session, request, action, object=object, outcome=outcome)
