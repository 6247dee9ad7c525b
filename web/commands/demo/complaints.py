"""The demo's complaints (演示投诉): of parcels that went wrong, through the same functions as real ones.

Far more of a parcel's kind than in life, where some in a million are complained of: the pages shall show something.
"""

from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from credit_scoring.complaints.case import Answer, Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.escalation import escalate
from credit_scoring.complaints.handling import act
from credit_scoring.complaints.intake import Filed, Filing, Outcome, file_complaint
from credit_scoring.complaints.standing import CaseState
from credit_scoring.errors import ComplaintRefused
from tracker.chain.parcel import Parcel
from tracker.chain.state import State
from tracker.store.database import reading, transaction
from tracker.store.parcel_store import parcels_of
from tracker.store.tables.parcel import ParcelRow
from tracker.store.tables.registry import CarrierRow
from tracker.wire.steps import Step

MOST = 80
SPAN = timedelta(days=40)
FAULTS = {
    "lost": (Category.LOSS, Cause.ALL_LOST),
    "damaged": (Category.DAMAGE, Cause.BROKEN),
    "late": (Category.DELAY, Cause.LATE_ON_THE_ROAD),
    "signed": (Category.DELIVERY, Cause.SIGNED_NOT_RECEIVED),
    "stored": (Category.DELIVERY, Cause.STORED_WITHOUT_CONSENT),
}


def demo_complaints(engine: Engine, *, now: datetime, seed: int) -> int:
    """File them and let carriers and regulators act until `now`; how many are new. The same again changes nothing."""
    random = Random(f"{seed}/complaints")
    with reading(engine) as session:
        parcels = _find_parcels(session, now)
    wrong = [(parcel, fault) for parcel in parcels if (fault := _fault_of(parcel, random)) is not None]
    filed = 0
    for parcel, fault in random.sample(wrong, min(MOST, len(wrong))):
        with transaction(engine) as session:
            filed += _tell(session, parcel, fault, Random(f"{seed}/{parcel.waybill_no}"), now)
    escalate(engine, now=now)
    return filed


def _find_parcels(session: Session, now: datetime) -> list[Parcel]:
    """Those accepted lately by carriers that are no data set, by number."""
    known = sa.select(col(CarrierRow.code)).where(col(CarrierRow.is_dataset).is_(False))
    wanted = sa.select(col(ParcelRow.waybill_no)).where(
        col(ParcelRow.accepted_at) >= now - SPAN, col(ParcelRow.carrier).in_(known)
    )
    numbers = session.connection().execute(wanted).scalars().all()
    return sorted(parcels_of(session, numbers).values(), key=lambda parcel: parcel.waybill_no)


def _fault_of(parcel: Parcel, random: Random) -> str | None:
    chance = random.random()
    if parcel.state in (State.LOST, State.DESTROYED):
        return "lost"
    if parcel.damaged:
        return "damaged"
    if parcel.stored_without_consent and chance < 0.3:
        return "stored"
    if parcel.delivered_at and parcel.due_at and parcel.delivered_at > parcel.due_at and chance < 0.2:
        return "late"
    return "signed" if parcel.delivered_at and chance < 0.002 else None


def _tell(session: Session, parcel: Parcel, fault: str, random: Random, now: datetime) -> int:
    """One matter: told, perhaps told again over another line, answered or not, appealed or not."""
    told_at = _seen_at(parcel, fault) + timedelta(hours=random.uniform(1, 30))
    if told_at >= now:
        return 0
    channel = random.choices(["carrier", "12345", "12305", "12315", "12358"], [60, 15, 10, 10, 5])[0]
    first = _file(session, parcel, fault, channel=channel, mark="A", at=told_at)
    if first is None or first.outcome is Outcome.KNOWN:
        return 0
    filed = 1
    again_at = told_at + timedelta(days=random.uniform(0.5, 5))
    if random.random() < 0.2 and again_at < now:
        other = random.choice([each for each in ("12345", "12305", "carrier") if each != channel])
        filed += _file(session, parcel, fault, channel=other, mark="B", at=again_at) is not None
    _run(session, first, told_at, random, now)
    return filed


def _seen_at(parcel: Parcel, fault: str) -> datetime:
    """When somebody could see what went wrong."""
    step = {"lost": Step.LOST, "damaged": Step.DAMAGED}.get(fault)
    count = parcel.steps.get(step) if step else None
    moment = count.last if count else parcel.delivered_at or parcel.last_time or parcel.accepted_at
    assert moment is not None, "it was accepted"
    return moment


def _file(session: Session, parcel: Parcel, fault: str, *, channel: str, mark: str, at: datetime) -> Filed | None:
    category, cause = FAULTS[fault]
    reference = f"DEMO-{parcel.waybill_no}-{mark}"
    chance = Random(reference).randrange
    filing = Filing(parcel.waybill_no, category, cause, channel, at, source_ref=reference, entered_by="demo")
    try:
        return file_complaint(session, filing, now=at, chance=chance)
    except ComplaintRefused:
        return None


def _run(session: Session, filed: Filed, told_at: datetime, random: Random, now: datetime) -> None:
    """What carrier, user and regulator do to a case in the days that have gone by."""
    case = filed.case
    state: CaseState | None = CaseState.AT_REGULATOR if case.procedure == "appeal" else CaseState.AT_CARRIER
    moment = told_at
    if case.procedure == "complaint":
        moment += timedelta(days=random.choices([random.uniform(0.5, 6.5), 8.5], [75, 25])[0])
        late = moment - told_at > timedelta(days=8)
        if moment >= now:
            return
        if late:
            state = _step(session, case.case_no, Kind.APPEALED, Party.CONSUMER, moment, ground="no_answer")
        else:
            answer = random.choice([Answer.EXPLAINED, Answer.COMPENSATED, Answer.NOT_OURS])
            state = _step(session, case.case_no, Kind.ANSWERED, Party.CARRIER, moment, answer=answer)
            moment += timedelta(days=random.uniform(0.1, 2))
            if moment < now:
                unhappy = random.random() < 0.4
                kind, data = (Kind.APPEALED, {"ground": "unhappy"}) if unhappy else (Kind.SETTLED, {})
                state = _step(session, case.case_no, kind, Party.CONSUMER, moment, **data)
    moment += timedelta(days=random.uniform(2, 12))
    if state is CaseState.AT_REGULATOR and moment < now:
        effective = "yes" if random.random() < 0.6 else "no"
        found = {"carrier": case.carrier, "effective": effective, "category": case.category, "cause": case.cause}
        _step(session, case.case_no, Kind.FOUND, Party.REGULATOR, moment, **found)


def _step(session: Session, case_no: str, kind: Kind, by: Party, at: datetime, **data: str) -> CaseState | None:
    try:
        return act(session, case_no, kind, by=by, now=at, account="demo", data=data).state
    except ComplaintRefused:
        return None
