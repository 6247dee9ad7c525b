"""Scans for tests (扫描样本): one parcel, one clock, as little said as a test needs."""

from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.wire.strategies import details_of
from tracker.chain.scan import Scan
from tracker.wire.details import DETAILS, AcceptedDetails, Identity, Inspection
from tracker.wire.event import Correction
from tracker.wire.event_ids import build_event_id
from tracker.wire.steps import Step

CHINA = timezone(timedelta(hours=8))
START = datetime(2026, 7, 1, 9, tzinfo=CHINA)
NUMBERS = count(1)
IDENTIFIED = AcceptedDetails(
    identity=Identity(kind="RESIDENT_ID", checked=True), inspection=Inspection(result="PASSED", category="BOOKS")
)

Reason = Literal["did_not_occur", "incorrect_data"]


def scan(step: Step | str, hour: float = 0, **told: Any) -> Scan:
    """A scan so many hours after the start; `made` hours are its id's time, which is the event's unless told."""
    step = Step(step)
    moment = START + timedelta(hours=hour)
    number = next(NUMBERS)
    made = START + timedelta(hours=told.pop("made", hour))
    defaults = {
        "event_id": build_event_id(made, number.to_bytes(10, "big")),
        "waybill_no": "W1",
        "step": step,
        "event_time": moment,
        "record_time": moment,
        "carrier": "BLUEBIRD",
        "station": "S1",
        "device": "D1",
        "seq": number,
        "details": IDENTIFIED if step is Step.ACCEPTED else DETAILS[step](),
        "position": number,
    }
    return Scan(**{**defaults, **told})


def correction(target: Scan, reason: Reason, hour: float, *, step: Step | str | None = None, **told: Any) -> Scan:
    """A scan that corrects another, by default of the same step, made when it says it happened."""
    return scan(step or target.step, hour, corrects=Correction(event_id=target.event_id, reason=reason), **told)


def promised(step: Step | str, hour: float, text: str) -> Scan:
    """A scan that promises something, else as little as one can."""
    bare = scan(step, hour)
    return replace(bare, details=msgspec.structs.replace(bare.details, promised_at=text))


journeys = st.lists(
    st.tuples(st.sampled_from(Step), st.integers(0, 200), st.sampled_from(["S1", "S2", "S3"])), min_size=1, max_size=14
)


@st.composite
def lives(draw: st.DrawFn, *, with_corrections: bool = True) -> list[Scan]:
    """Scans of one parcel: any steps, often at the same time, with details, findings and corrections of any of them."""
    scans: list[Scan] = []
    for step, hour, station in draw(journeys):
        scans.append(
            scan(
                step,
                hour / 2,
                station=station,
                carrier=draw(st.sampled_from(["BLUEBIRD", "EVENWAY"])),
                operator=draw(st.sampled_from([None, "C1", "C2"])),
                details=draw(details_of(step)),
                imported=draw(st.booleans()),
                intake_findings=draw(st.sampled_from([(), ("clock_skew",), ("clock_skew", "seq_reused")])),
                corrects=draw(corrections_of(scans)) if with_corrections else None,
            )
        )
    return scans


def corrections_of(scans: list[Scan]) -> st.SearchStrategy[Correction | None]:
    """No correction, or one of a scan before, or of one that is not there."""
    unknown = build_event_id(START, bytes(10))
    targets = st.sampled_from([*(scan.event_id for scan in scans), unknown])
    reasons: st.SearchStrategy[Reason] = st.sampled_from(["did_not_occur", "incorrect_data"])
    return st.none() | st.none() | st.builds(Correction, event_id=targets, reason=reasons)
