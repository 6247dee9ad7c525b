"""Intake (受理登记): one complaint becomes a case with a receipt number, or the one that it repeats."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session
from stdnum.cn import ric

from credit_scoring.complaints.case import Case, CaseEvent, Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause, fits
from credit_scoring.complaints.codes.channels import WEB, Procedure, Routed, route
from credit_scoring.complaints.complaint_store import (
    add_case,
    append_event,
    case_of_source,
    cases_of_parcel,
    histories_of,
)
from credit_scoring.complaints.duplicates import Likeness, find_duplicate
from credit_scoring.complaints.fold import apply, begin
from credit_scoring.complaints.receipt_no import Chance, make_receipt_no
from credit_scoring.complaints.standing import OWED, CaseState
from credit_scoring.errors import ComplaintRefused
from tracker.chain.parcel import Parcel
from tracker.store.event_store import events_of
from tracker.store.parcel_store import parcel_of
from tracker.store.registry import carrier_of
from tracker.wire.divisions import division_of
from tracker.wire.topics import is_code
from tracker.working_days import local_day_of

UNFINISHED = frozenset(OWED) | {CaseState.ANSWERED}
_MOBILE = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}")


class Outcome(StrEnum):
    """What became of a complaint."""

    FILED = "filed"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Filing:
    """What is told. `carrier` where the parcel's own is not meant, `division` where its destination's rules do not
    hold, `first_asked` an owner where the channel does not say it; `proof` is how the asker showed who he is.
    """

    waybill_no: str
    category: Category
    cause: Cause
    channel: str
    received_at: datetime
    source_ref: str | None = None
    carrier: str | None = None
    division: str | None = None
    first_asked: str | None = None
    entered_by: str = ""
    proof: str = "channel"


@dataclass(frozen=True, slots=True)
class Filed:
    """The case; `alike` is what it was merged with, or what a person should compare it to."""

    case: Case
    outcome: Outcome
    alike: Likeness | None = None


def file_complaint(session: Session, filing: Filing, *, now: datetime, chance: Chance) -> Filed:
    """Take a complaint. Raises ComplaintRefused; the same one again gives the first one's number."""
    _check(filing, now)
    _wait_for_turn(session, filing.waybill_no)
    routed = route(filing.channel, local_day_of(filing.received_at))
    case = _build_case(session, filing, routed, now=now, chance=chance)
    known = _known(session, case)
    if known is not None:
        return Filed(known, Outcome.KNOWN)
    if begin(case).deadline is None:
        raise ComplaintRefused("term_unknown", "no rule says by when this must be answered")
    found = _find_alike(session, case)
    add_case(session, case)
    if found is not None:
        _note_alike(session, case, found, now=now)
    return Filed(case, Outcome.FILED, found)


def _check(filing: Filing, now: datetime) -> None:
    if filing.received_at > now:
        raise ComplaintRefused("received_in_future", "it says that it was received later than now")
    if not fits(filing.category, filing.cause):
        raise ComplaintRefused("cause_not_of_category", f"{filing.cause} does not stand under {filing.category}")
    if filing.division is not None and division_of(filing.division) is None:
        raise ComplaintRefused("division_unknown", "not a division code of GB/T 2260")
    reference = filing.source_ref
    if reference is not None and not is_code(reference):
        raise ComplaintRefused("source_ref_malformed", "source_ref is 1 to 64 letters, digits, - and _")
    if reference is not None and (_MOBILE.fullmatch(reference) or ric.is_valid(reference)):
        raise ComplaintRefused("source_ref_personal", "source_ref is a telephone or a document number")


def _wait_for_turn(session: Session, waybill_no: str) -> None:
    """One complaint of a parcel at a time, so that each sees the others; on SQLite every writer is alone."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 12305))"), {"key": waybill_no}
        )


def _build_case(session: Session, filing: Filing, routed: Routed, *, now: datetime, chance: Chance) -> Case:
    parcel = parcel_of(session, filing.waybill_no)
    carrier = _carrier(session, filing, parcel)
    origin = parcel.origin if parcel else None
    return Case(
        case_no=make_receipt_no(local_day_of(filing.received_at), chance),
        waybill_no=filing.waybill_no,
        carrier=carrier,
        procedure=routed.channel.procedure,
        channel=routed.channel.code,
        channel_asked=routed.asked.code,
        source_ref=filing.source_ref,
        category=filing.category,
        cause=filing.cause,
        received_at=filing.received_at,
        recorded_at=now,
        division=filing.division or (parcel and (parcel.destination or parcel.origin)) or None,
        origin=origin or (None if parcel else filing.division),
        posted_on=local_day_of(parcel.accepted_at) if parcel and parcel.accepted_at else None,
        first_owner=filing.first_asked or _first_owner(routed, carrier),
        entered_by=filing.entered_by,
        proof=filing.proof,
    )


def _carrier(session: Session, filing: Filing, parcel: Parcel | None) -> str:
    """Whom it is about: the parcel's carrier, or another that had it in hand."""
    told = filing.carrier
    if parcel is None:
        if told is None:
            raise ComplaintRefused("parcel_unknown", "no event of this waybill number is recorded: name the carrier")
        known = carrier_of(session, told)
        if known is None:
            raise ComplaintRefused("carrier_unknown", "no carrier has this code")
        return known.code
    if told in (None, parcel.carrier):
        return parcel.carrier
    if told not in {scan.carrier for scan in events_of(session, parcel.waybill_no)}:
        raise ComplaintRefused("carrier_not_of_parcel", "no scan of this parcel is that carrier's")
    return str(told)


def _first_owner(routed: Routed, carrier: str) -> str:
    """Who was asked first: a public line answers for what it was told, else the carrier does."""
    by_carrier = routed.channel.procedure is Procedure.COMPLAINT and not routed.channel.code.isdigit()
    return f"carrier:{carrier}" if by_carrier else f"channel:{routed.channel.code}"


def _known(session: Session, case: Case) -> Case | None:
    """The case of which this one is only another copy."""
    if case.source_ref is not None:
        found = case_of_source(session, case.channel_asked, case.source_ref)
        if found is None:
            return None
        if (found.waybill_no, found.category, found.cause) != (case.waybill_no, case.category, case.cause):
            raise ComplaintRefused("source_ref_conflict", "another complaint has this channel and source_ref")
        return found
    for history in histories_of(session, cases_of_parcel(session, case.waybill_no)).values():
        other = history.case
        same = (other.channel, other.category, other.cause) == (case.channel, case.category, case.cause)
        if same and case.channel == WEB and history.standing.state in UNFINISHED:
            return other
    return None


def _find_alike(session: Session, case: Case) -> Likeness | None:
    known = histories_of(session, cases_of_parcel(session, case.waybill_no)).values()
    leads = [each.case for each in known if _leads(each.standing.merged_into, each.standing.state)]
    return find_duplicate(case, leads)


def _leads(merged_into: str | None, state: CaseState) -> bool:
    return merged_into is None and state is not CaseState.WITHDRAWN


def _note_alike(session: Session, case: Case, found: Likeness, *, now: datetime) -> None:
    kind, name = (Kind.MERGED, "into") if found.merges else (Kind.SUSPECTED, "of")
    data = {name: found.other.case_no, "points": str(found.points), "reasons": " ".join(found.reasons)}
    event = CaseEvent(1, kind, now, Party.SYSTEM, "", data)
    append_event(session, apply(begin(case), event), event)
