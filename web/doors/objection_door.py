"""The objection's door (异议受理): what pages and the API do alike, each with its audit entry."""

from collections.abc import Collection
from contextlib import suppress

from sqlmodel import Session

from credit_scoring.governance.objections.evidence_file import check_evidence
from credit_scoring.governance.objections.objecting import file_objection, tell
from credit_scoring.governance.objections.objection import Objection, PointKind, StepKind
from credit_scoring.governance.objections.objection_store import file_of, objection_of, save_file
from credit_scoring.governance.objections.refusals import ObjectionRefused
from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.store.database import reading, transaction
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.accounts.keys import AccountKeys
from web.accounts.sealed_files import open_file, seal_file
from web.context import Context
from web.errors import NotAllowed, ObjectionNotFound


def take_objection(
    asking: Context, *, kind: PointKind, key: str, ground: str, parcels: Collection[str], content: bytes
) -> int:
    """File an objection of the asker's company with its evidence, sealed; its number. Raises ObjectionRefused."""
    account, carrier = asker_of(asking.request).account, asking.scope.carrier
    if account is None or carrier is None:
        raise NotAllowed
    evidence = check_evidence(content)
    with transaction(asking.engine) as session:
        number = file_objection(
            session,
            carrier=carrier,
            kind=kind,
            key=key,
            ground=ground,
            parcels=parcels,
            evidence=evidence,
            by=account.login,
            now=asking.now,
        )
        save_file(session, number, seal_file(_keys(asking), content, bound_to=f"objection {number}"), now=asking.now)
        note(session, asking.request, Action.OBJECTION_FILED, object=f"{number} {kind}")
    return number


def see_objection(asking: Context, objection_no: int) -> Objection:
    """An objection that the asker may see; the other side's act counts as told now. Raises ObjectionNotFound."""
    account = asker_of(asking.request).account
    assert account is not None, "web.access lets nobody else through"
    told = StepKind.TOLD_REGULATOR if account.role is Role.REGULATOR else StepKind.TOLD_CARRIER
    with reading(asking.engine) as session:
        objection = reached(asking, session, objection_no)
    with suppress(ObjectionRefused), transaction(asking.engine) as session:  # another of that side was told just now
        if tell(session, objection, told, by=account.login, now=asking.now):
            note(session, asking.request, Action.OBJECTION_SEEN, object=str(objection_no))
    return objection


def reached(asking: Context, session: Session, objection_no: int) -> Objection:
    """The objection, where it lies within the asker's reach. Raises ObjectionNotFound, the same for one that is not."""
    found = objection_of(session, objection_no)
    if found is None or not _reaches(asking, found):
        raise ObjectionNotFound(str(objection_no))
    return found


def open_evidence(asking: Context, objection_no: int) -> tuple[Objection, bytes]:
    """What was attached. Raises ObjectionNotFound also where its term is over."""
    with transaction(asking.engine) as session:
        objection = reached(asking, session, objection_no)
        box = file_of(session, objection_no)
        content = open_file(_keys(asking), box, bound_to=f"objection {objection_no}") if box else None
        if content is None:
            raise ObjectionNotFound(str(objection_no))
        note(session, asking.request, Action.OBJECTION_FILE_SEEN, object=str(objection_no))
    return objection, content


def _reaches(asking: Context, objection: Objection) -> bool:
    """A company its own; a regulator what lies in its division: what is nationwide is for the national level."""
    account = asker_of(asking.request).account
    if account is None:
        return False
    if account.role is Role.CARRIER:
        return account.scope.carrier == objection.carrier
    prefix = account.scope.prefix
    return account.role is Role.REGULATOR and (prefix is None or (objection.point.division or "").startswith(prefix))


def _keys(asking: Context) -> AccountKeys:
    keys: AccountKeys = asking.request.app.state.account_keys
    return keys
