"""Taking what is told (档案受理): parsed, held against the teller's reach, appended, audited."""

from collections.abc import Mapping
from typing import Any

from credit_scoring.archive.archive_store import Appended, append_record
from credit_scoring.archive.parse import parse_record
from credit_scoring.archive.record import Source
from credit_scoring.archive.volume_store import append_volume, parse_volume
from tracker.access.accounts import Account
from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.store.database import transaction
from tracker.working_days import local_day_of
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.context import Context
from web.doors.archive_reach import admit_volume, admit_writer


def account_of(asking: Context) -> Account:
    """Who asks, on a route that only accounts may use."""
    account = asker_of(asking.request).account
    assert account is not None, "web.access lets nobody else through"
    return account


def take_told(asking: Context, told: Mapping[str, Any]) -> Appended:
    """Take one record; what does not say its source comes as its teller's. Raises ArchiveRefused."""
    account = account_of(asking)
    source = Source.DECLARED if account.role is Role.CARRIER else Source.ENTERED
    record = parse_record({"source": source, **told}, today=local_day_of(asking.now))
    with transaction(asking.engine) as session:
        admit_writer(session, account, record)
        taken = append_record(session, record, entered_by=account.login, recorded_at=asking.now)
        note(session, asking.request, Action.ARCHIVE_ENTERED, object=f"{record.holder} {taken.entry.record_id}")
    return taken


def take_volume_told(asking: Context, *, month: str, division: str, parcels: object, carrier: str = "") -> bool:
    """Take a month's volume, of the own carrier unless one is named; False where the same stands already.

    Raises ArchiveRefused.
    """
    account = account_of(asking)
    told = parse_volume(carrier or account.scope.carrier or "", month, division, parcels)
    source = Source.DECLARED if account.role is Role.CARRIER else Source.ENTERED
    with transaction(asking.engine) as session:
        admit_volume(account, told)
        is_new = append_volume(session, told, source=source, entered_by=account.login, recorded_at=asking.now)
        note(session, asking.request, Action.VOLUME_DECLARED, object=f"{told.carrier} {told.month}")
    return is_new
