"""What Hypothesis draws from (随机样本): every event that a device can write."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from tracker.wire.details import DETAILS, Consent, Details, Goods, Identity, Inspection, Proof
from tracker.wire.event import Correction, Position, ScanEvent, encode_details
from tracker.wire.event_ids import build_event_id
from tracker.wire.steps import Step

CODE_CHARACTERS = "ABCXYZabcxyz0189-_"
SET_82 = [chr(n) for n in range(0x21, 0x7B) if chr(n) not in "#$@[\\]^`"]

codes = st.text(st.sampled_from(CODE_CHARACTERS), min_size=1, max_size=64)
divisions = st.text(st.sampled_from("0123456789"), min_size=6, max_size=6)
commitments = st.text(st.sampled_from(CODE_CHARACTERS), min_size=16, max_size=128)
gs1_values = st.text(st.sampled_from(SET_82), min_size=1, max_size=20)
counts = st.integers(0, 1_000_000_000)
offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
days = st.dates(date(1971, 1, 1), date(2900, 1, 1))
moments = st.builds(datetime.combine, days, st.times(), tzinfo=offsets | st.just(UTC))
promises = days.map(lambda day: day.isoformat()) | moments.map(lambda moment: moment.isoformat())
gtins = st.sampled_from(["12345670", "012345678905", "6901234567892", "06901234567892"])


def partial(model: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A model with any of these fields told or not."""
    return st.fixed_dictionaries({}, optional=fields).map(lambda told: model(**told))


exemptions = st.sampled_from(["LETTER", "AGREEMENT_CUSTOMER", "SELF_SERVICE_PREVERIFIED"])
identities = partial(
    Identity, kind=codes, checked=st.booleans(), exemption=exemptions, agreement_no=codes, commitment=commitments
)
inspections = partial(Inspection, result=codes, category=codes, quantity=counts)
goods = st.builds(Goods, gtin=gtins, lot=st.none() | gs1_values, serial=st.none() | gs1_values)
signers = st.sampled_from(["self", "agent", "locker", "station"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "promised_at": promises,
    "identity": identities,
    "inspection": inspections,
    "weight_g": counts,
    "goods": st.lists(goods, max_size=3),
    "origin": divisions,
    "destination": divisions,
    "consent": partial(Consent, kind=codes, ref=codes),
    "proof": partial(Proof, kind=codes, commitment=commitments),
    "signer": signers,
}


def details_of(step: Step) -> st.SearchStrategy[Details]:
    """The details that a step may carry, every field of its model drawn or left out."""
    names = [field.name for field in msgspec.structs.fields(DETAILS[step])]
    drawn: st.SearchStrategy[Details] = partial(DETAILS[step], **{name: FIELDS.get(name, codes) for name in names})
    return drawn


noises = st.binary(min_size=10, max_size=10)
event_ids: st.SearchStrategy[UUID] = st.builds(build_event_id, moments, noises)
positions = st.builds(Position, lng=st.floats(-180, 180), lat=st.floats(-90, 90))
corrections = st.builds(Correction, event_id=event_ids, reason=st.sampled_from(["did_not_occur", "incorrect_data"]))


@st.composite
def scan_events(draw: st.DrawFn) -> ScanEvent:
    """An event of any step, for a waybill or a bag."""
    step = draw(st.sampled_from(Step))
    number = draw(codes)
    is_bag = draw(st.booleans())
    return ScanEvent(
        event_id=draw(event_ids),
        seq=draw(st.integers(0, 2**63 - 1)),
        step=step,
        event_time=draw(moments),
        waybill_no=None if is_bag else number,
        bag_no=number if is_bag else None,
        operator=draw(st.none() | codes),
        position=draw(st.none() | positions),
        details=encode_details(draw(details_of(step))),
        corrects=draw(st.none() | corrections),
    )
