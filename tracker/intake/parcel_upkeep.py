"""Parcel upkeep (更新邮件现状): each scanned parcel's row follows its events, by the fast path or by a rebuild.

Where events of a parcel are archived there is no rebuild: its row is carried on.
"""

from collections.abc import Collection

from sqlmodel import Session

from tracker.chain.fold import advance, can_advance, carry_on, fold
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.store.archived import find_archived
from tracker.store.event_store import events_of_many
from tracker.store.parcel_store import save_parcels


def save_parcels_of(session: Session, scans: list[Scan], *, known: dict[str, Parcel]) -> None:
    """Bring the rows of the parcels that were scanned up to date: the fast path where it is open, else a rebuild.

    `known` holds the rows of those that have one.
    """
    by_waybill: dict[str, list[Scan]] = {}
    for scan in scans:
        if scan.waybill_no:
            by_waybill.setdefault(scan.waybill_no, []).append(scan)
    known = {no: known[no] for no in by_waybill if no in known}
    slow = {no for no, parcel in known.items() if not can_advance(parcel, by_waybill[no])}
    archived = find_archived(session, slow) if slow else set()
    slow -= archived
    past = events_of_many(session, slow) if slow else {}
    parcels: list[Parcel] = []
    for waybill_no in sorted(by_waybill):
        fresh = by_waybill[waybill_no]
        if waybill_no in archived:
            parcels.append(carry_on(known[waybill_no], fresh))
        elif waybill_no in known and waybill_no not in slow:
            parcels.append(advance(known[waybill_no], sorted(fresh, key=lambda scan: scan.fold_key)))
        else:  # the events just appended are among the past ones already
            parcels.append(fold(past.get(waybill_no, fresh))[0])
    save_parcels(session, parcels, known=known)


def rebuild_parcels(session: Session, waybill_nos: Collection[str]) -> None:
    """Fold these parcels anew: something of their events changed that is no event. The caller holds the log's lock.

    What is partly archived stays as it is: from the rest of its events nothing can be told.
    """
    wanted = sorted(set(waybill_nos) - (find_archived(session, waybill_nos) if waybill_nos else set()))
    if wanted:
        scans = events_of_many(session, wanted)
        parcels = [fold(scans[waybill_no])[0] for waybill_no in wanted]
        save_parcels(session, parcels, known=wanted)
