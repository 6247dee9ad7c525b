"""Cases to test with (测试投诉件): one at a time, and parcels for them in a store."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.engine import Engine
from sqlmodel import Session

from credit_scoring.complaints.case import Case, CaseEvent, Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.codes.channels import Procedure
from credit_scoring.complaints.intake import Filed, Filing, file_complaint
from tests.web.parcels import ANNOUNCED, CORRECTED, DELIVERED, HANDED_OVER, LOST, OVERDUE, UNDER_WAY
from tests.web.world import CARRIERS, NOW
from tracker.chain.parcel import Parcel
from tracker.chain.state import State
from tracker.store.database import transaction
from tracker.store.parcel_store import save_parcels
from tracker.store.registry import save_carrier

RECEIVED = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)  # noon in Beijing, a Tuesday
DAY = timedelta(days=1)


def case(**told: Any) -> Case:
    """A complaint at the carrier, unless told otherwise."""
    values: dict[str, Any] = {
        "case_no": "TS20260901-2222-2222", "waybill_no": "QN1", "carrier": "BLUEBIRD",
        "procedure": Procedure.COMPLAINT, "channel": "web", "channel_asked": "web", "source_ref": None,
        "category": Category.DELAY, "cause": Cause.LATE_ON_THE_ROAD, "received_at": RECEIVED,
        "recorded_at": RECEIVED, "division": "500112", "origin": "330106", "posted_on": None,
        "first_owner": "carrier:BLUEBIRD", "entered_by": "", "proof": "tail",
    }  # fmt: skip
    return Case(**(values | told))


def event(number: int, kind: Kind, by: Party, *, days: float = 1, **data: str) -> CaseEvent:
    """Something that happened so many days after RECEIVED."""
    return CaseEvent(number, kind, RECEIVED + days * DAY, by, "", data)


def fill(engine: Engine) -> None:
    """Seven parcels of the small world, as rows: what a complaint asks of a parcel."""
    parcels = [
        Parcel(number, carrier, State.IN_TRANSIT, "500112", "330106", accepted_at=NOW - timedelta(hours=hours))
        for number, carrier, hours in (
            (DELIVERED, "BLUEBIRD", 43.3), (UNDER_WAY, "BLUEBIRD", 20), (HANDED_OVER, "BLUEBIRD", 60),
            (OVERDUE, "FLYGRAIN", 100), (CORRECTED, "EVENWAY", 30), (LOST, "FARREACH", 90),
        )
    ]  # fmt: skip
    parcels.append(Parcel(ANNOUNCED, "POSTROAD", State.ANNOUNCED, announced_at=NOW))
    with transaction(engine) as session:
        for carrier in CARRIERS:
            save_carrier(session, carrier)
        save_parcels(session, parcels, known=())


def file_one(
    session: Session, waybill_no: str, *, chance: Random | None = None, now: datetime = NOW, **told: Any
) -> Filed:
    """A complaint about a delay, told on this site now, unless told otherwise."""
    values: dict[str, Any] = {
        "category": Category.DELAY, "cause": Cause.LATE_ON_THE_ROAD, "channel": "web", "received_at": now,
    }  # fmt: skip
    random = chance or Random(repr((waybill_no, sorted(told.items()), now)))
    return file_complaint(session, Filing(waybill_no, **(values | told)), now=now, chance=random.randrange)
