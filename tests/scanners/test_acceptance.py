"""The acceptance event: the gate's word and a commitment, and the tracker finds nothing wrong with it."""

from dataclasses import replace
from random import Random

import pytest

from scanners.acceptance import CommitmentMissing, capture_accepted
from scanners.capture import GateNeeded, capture
from scanners.identity.gate import Accepted, decide
from scanners.identity.presented import Acceptance
from tests.intake.devices import fresh_id
from tests.scanners.identity.test_ten_thousand import held_agreements, held_devices
from tracker.chain.scan import Scan
from tracker.chain.trace import build_trace
from tracker.wire.details import Details, Goods
from tracker.wire.event import Correction, decode_event, encode_event
from tracker.wire.steps import Step
from web.bench.gate.crowd import draw_good
from web.bench.gate.people import NOW, acceptance, as_letter, resident_card

COMMITMENT = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ"


def accepted(given: Acceptance) -> Accepted:
    outcome = decide(given, now=NOW, held=held_agreements(), devices=held_devices())
    assert isinstance(outcome, Accepted)
    return outcome


def card() -> Acceptance:
    return acceptance(Random(1), resident_card(Random(1)))


def scan_of(details: Details) -> Scan:
    return Scan(
        event_id=fresh_id(NOW), waybill_no="W1", step=Step.ACCEPTED, event_time=NOW, record_time=NOW,
        carrier="BLUEBIRD", station="S1", device="D1", seq=1, details=details,
    )  # fmt: skip


def test_the_event_tells_what_the_gate_saw_and_commits_to_the_rest() -> None:
    outcome = accepted(card())
    goods = [Goods(gtin="6901234567892")]
    scan = capture_accepted(
        outcome, event_id=fresh_id(NOW), commitment=COMMITMENT, operator="C1", goods=goods, origin="500112"
    )
    read = decode_event(encode_event(scan))
    assert (read.scan.step, read.scan.waybill_no, read.scan.event_time) == (Step.ACCEPTED, outcome.waybill_no, NOW)
    assert read.details.identity.commitment == COMMITMENT
    assert (read.details.goods, read.details.origin, read.scan.operator) == (goods, "500112", "C1")
    assert read.details.inspection == outcome.details.inspection
    assert outcome.sealed.document.number.encode() not in encode_event(scan)


def test_a_checked_identity_without_a_commitment_makes_no_event() -> None:
    with pytest.raises(CommitmentMissing):
        capture_accepted(accepted(card()), event_id=fresh_id(NOW), commitment=None)
    with pytest.raises(CommitmentMissing):
        capture_accepted(accepted(as_letter(card())), event_id=fresh_id(NOW), commitment=COMMITMENT)


def test_scanning_makes_no_acceptance() -> None:
    with pytest.raises(GateNeeded, match="counter"):
        capture("W1", step=Step.ACCEPTED, event_id=fresh_id(NOW), event_time=NOW)
    replacing = Correction(event_id=fresh_id(NOW), reason="incorrect_data")
    with pytest.raises(GateNeeded):
        capture("W1", step=Step.ACCEPTED, event_id=fresh_id(NOW), event_time=NOW, corrects=replacing)


def test_an_acceptance_that_did_not_occur_is_taken_back_by_a_scan() -> None:
    undone = Correction(event_id=fresh_id(NOW), reason="did_not_occur")
    scan = capture("W1", step=Step.ACCEPTED, event_id=fresh_id(NOW), event_time=NOW, corrects=undone)
    assert scan.corrects == undone


def test_the_tracker_finds_nothing_wrong_with_what_the_gate_accepted() -> None:
    random = Random(11)
    kinds = set()
    for _ in range(400):
        given = draw_good(random)
        outcome = accepted(given)
        commitment = None if outcome.sealed is None else COMMITMENT
        scan = capture_accepted(outcome, event_id=fresh_id(NOW), commitment=commitment)
        trace = build_trace([scan_of(decode_event(encode_event(scan)).details)])
        assert trace is not None
        assert (trace.anomalies, trace.parcel.identity_checked, trace.parcel.inspected) == ([], True, True)
        kinds.add(type(given.evidence).__name__)
    assert kinds == {"Shown", "Letter", "AgreementCustomer", "Preverified"}


def test_a_number_in_the_waybill_is_spelled_as_everywhere() -> None:
    outcome = accepted(replace(card(), waybill_no=" sf1234567890123\n"))
    assert outcome.waybill_no == "SF1234567890123"
