"""Whose archive may be seen by whom, and who may tell what (档案权限)."""

from fastapi import Request
from sqlmodel import Session

from credit_scoring.archive.archive import build_archive
from credit_scoring.archive.archive_store import entries_of, entry_of, network_of, practitioner_of
from credit_scoring.archive.holder import Holder, HolderKind, enterprise
from credit_scoring.archive.record import NewRecord, Source
from credit_scoring.archive.volume_store import NewVolume, Volume, volumes_of
from credit_scoring.errors import ArchiveRefused, RecordFault
from tracker.access.accounts import Account
from tracker.access.audit import Action, Outcome
from tracker.access.roles import Role
from tracker.store.registry import carrier_of, carriers, stations_of
from web.accounts.auditing import record
from web.errors import NotAllowed


def admit_reader(request: Request, session: Session, account: Account, holder: Holder) -> None:
    """Raises NotAllowed, and records the try, unless an account may see an archive; a practitioner's is for few."""
    if not _may_see(session, account, holder):
        record(request, Action.ACCESS_REFUSED, object=str(holder), outcome=Outcome.REFUSED)
        raise NotAllowed


def sees_documents(account: Account, holder: Holder) -> bool:
    """Whether it sees what records rest on: of a practitioner his employers see what was found, not the papers."""
    return holder.is_public or account.role in (Role.REGULATOR, Role.COURIER)


def admit_writer(session: Session, account: Account, told: NewRecord) -> None:
    """Raises ArchiveRefused `not_yours` unless an account may tell this record."""
    declares = account.role is Role.CARRIER
    if not (_declares if declares else _regulates)(session, account, told):
        raise ArchiveRefused(RecordFault.NOT_YOURS, "holder" if declares else "division")


def admit_volume(account: Account, told: NewVolume) -> None:
    """Raises ArchiveRefused `not_yours` unless an account may tell this volume."""
    scope = account.scope
    inside = scope.prefix is None or (told.division or "").startswith(scope.prefix)
    if scope.carrier not in (None, told.carrier) or not inside:
        raise ArchiveRefused(RecordFault.NOT_YOURS, "division" if not inside else "carrier")


def own_enterprise(session: Session, account: Account) -> Holder | None:
    """The enterprise that a carrier's account stands for; None where its carrier has no USCC."""
    carrier = carrier_of(session, account.scope.carrier or "")
    return enterprise(carrier.uscc) if carrier is not None and carrier.uscc else None


def find_volumes(session: Session, holder: Holder) -> list[Volume]:
    """What the carriers of an enterprise, or of those whose place it took, have declared."""
    if holder.kind is not HolderKind.ENTERPRISE:
        return []
    kin = network_of(session).kin_of(holder.code)
    codes = sorted(code for code, each in carriers(session).items() if each.uscc in kin)
    return [each for code in codes for each in volumes_of(session, code)]


def own_practitioner(session: Session, account: Account) -> Holder | None:
    """The practitioner that a courier's account stands for; None where his carrier has not registered him."""
    return practitioner_of(session, account.scope.carrier or "", account.login)


def _may_see(session: Session, account: Account, holder: Holder) -> bool:
    scope = account.scope
    if account.role is Role.COURIER:
        return own_practitioner(session, account) == holder
    if account.role is Role.ADMINISTRATOR:
        return holder.is_public
    if holder.kind not in (HolderKind.PRACTITIONER, HolderKind.STATION):
        return account.role is Role.REGULATOR or own_enterprise(session, account) == holder
    carrier, station = holder.carrier or "", station_of(session, holder)
    if account.role is Role.REGULATOR and scope.prefix is None:
        return True
    if station is None:
        return account.role is Role.CARRIER and carrier == scope.carrier
    known = stations_of(session, [(carrier, station)]).get((carrier, station))
    return scope.holds_station(carrier, station, known.division if known else None)


def station_of(session: Session, holder: Holder) -> str | None:
    """The station of a practitioner by his registration, or the station itself; None where he has none."""
    if holder.kind is HolderKind.STATION:
        return holder.code.partition("/")[2]
    identity = build_archive(entries_of(session, [holder])).identity_of(holder)
    return str(identity.told.details["station"]) if identity is not None else None


def _regulates(session: Session, account: Account, told: NewRecord) -> bool:
    """A regulator enters what lies in its division, and changes what lies there; an administrator about no person."""
    prefix = account.scope.prefix
    if told.source is Source.DECLARED or (account.role is Role.ADMINISTRATOR and not told.holder.is_public):
        return False
    replaced = entry_of(session, told.replaces) if told.replaces is not None else None
    places = [told.division, *([replaced.told.division] if replaced else [])]
    return prefix is None or all((place or "").startswith(prefix) for place in places)


def _declares(session: Session, account: Account, told: NewRecord) -> bool:
    """A carrier tells about itself, its stations and its practitioners, as its own declaration."""
    holder = told.holder
    if told.source is not Source.DECLARED:
        return False
    return holder.carrier == account.scope.carrier if holder.carrier else own_enterprise(session, account) == holder
