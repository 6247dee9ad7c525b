"""Agreements at intake: one query at most, none without a claim; the finding stays as the registry stood then."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.intake.devices import NOW, Device, Intake
from tracker.chain.findings import Finding
from tracker.store.agreement_store import agreements_of, find_agreements, save_agreements
from tracker.store.database import reading, transaction
from tracker.store.parcel_store import parcel_of
from tracker.wire.agreements import Agreement, AgreementList, read_agreements, sign_agreements
from tracker.wire.details import AcceptedDetails, Identity, Inspection
from tracker.wire.signature import NotAJws, SigningKey

TODAY = NOW.date()
DAY = timedelta(days=1)


def agreement(number: str, carrier: str = "BLUEBIRD", **told: date) -> Agreement:
    days = {"valid_from": TODAY - 300 * DAY, "valid_until": TODAY + 60 * DAY} | told
    return Agreement(carrier, number, "重庆渝州商贸有限公司", "91110000600037341L", **days)


def claim(number: str | None) -> AcceptedDetails:
    identity = (
        Identity(kind="RESIDENT_ID", checked=True, commitment="A" * 43)
        if number is None
        else Identity(exemption="AGREEMENT_CUSTOMER", agreement_no=number)
    )
    return AcceptedDetails(identity=identity, inspection=Inspection(result="PASSED", category="BOOKS"))


def findings_of(intake: Intake, waybill_no: str) -> dict[Finding, int]:
    with reading(intake.engine) as session:
        parcel = parcel_of(session, waybill_no)
    assert parcel is not None
    return parcel.findings


def file(engine: Engine, *agreements: Agreement) -> None:
    with transaction(engine) as session:
        save_agreements(session, agreements, filed_at=datetime.now(UTC))


def test_a_claimed_agreement_is_held_against_the_registry(intake: Intake, device: Device) -> None:
    file(
        intake.engine,
        agreement("GOOD"),
        agreement("PAST", valid_until=TODAY - DAY),
        agreement("ENDED", ended_on=TODAY),
        agreement("AHEAD", valid_from=TODAY + DAY),
        agreement("FOREIGN", "EVENWAY"),
    )
    claims = {"W-GOOD": "GOOD", "W-PAST": "PAST", "W-ENDED": "ENDED", "W-AHEAD": "AHEAD", "W-FOREIGN": "FOREIGN",
              "W-NONE": "NONE", "W-CARD": None}  # fmt: skip
    intake.record(device.deliver(*(device.scan(no, "accepted", details=claim(told)) for no, told in claims.items())))
    assert {no: list(findings_of(intake, no)) for no in claims} == {
        "W-GOOD": [],
        "W-PAST": ["agreement_not_in_force"],
        "W-ENDED": ["agreement_not_in_force"],
        "W-AHEAD": ["agreement_not_in_force"],
        "W-FOREIGN": ["agreement_unknown"],
        "W-NONE": ["agreement_unknown"],
        "W-CARD": [],
    }


def test_an_agreement_that_is_filed_later_heals_nothing_that_was_recorded(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(device.scan("W1", "accepted", details=claim("LATE"))))
    file(intake.engine, agreement("LATE"))
    intake.record(device.deliver(device.scan("W2", "accepted", details=claim("LATE")), device.scan("W1", "departed")))
    assert findings_of(intake, "W1")[Finding.AGREEMENT_UNKNOWN] == 1
    assert findings_of(intake, "W2") == {}


@pytest.mark.parametrize(("told", "queries"), [(None, 0), ("GOOD", 1)])
def test_the_registry_is_asked_once_a_transaction_and_only_for_claims(
    intake: Intake, device: Device, told: str | None, queries: int
) -> None:
    file(intake.engine, agreement("GOOD"))
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "agreement" in statement:
            asked.append(statement)

    sa.event.listen(intake.engine, "before_cursor_execute", listen)
    intake.record(device.deliver(*(device.scan(f"W{n}", "accepted", details=claim(told)) for n in range(50))))
    sa.event.remove(intake.engine, "before_cursor_execute", listen)
    assert len(asked) == queries


def test_filing_again_takes_what_is_told_now(engine: Engine) -> None:
    file(engine, agreement("A1"), agreement("A2"), agreement("A1", "EVENWAY"))
    ended = agreement("A1", ended_on=TODAY)
    file(engine, ended, ended)
    with reading(engine) as session:
        assert find_agreements(session) == [ended, agreement("A2"), agreement("A1", "EVENWAY")]
        assert find_agreements(session, "EVENWAY") == [agreement("A1", "EVENWAY")]
        assert agreements_of(session, {("BLUEBIRD", "A1"), ("EVENWAY", "A2")}) == {("BLUEBIRD", "A1"): ended}


def test_a_list_is_believed_from_the_tracker_alone() -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    listed = AgreementList(1, "BLUEBIRD", NOW, [agreement("A1", ended_on=TODAY)])
    text = sign_agreements(listed, key)
    assert read_agreements(text, {key.kid: key.verifying}) == listed
    head, _, signature = text.split(".")
    for forged in (text[:-4] + "AAAA", f"{head}.e30.{signature}", "", "x"):
        with pytest.raises(NotAJws):
            read_agreements(forged, {key.kid: key.verifying})
    for told, known in (
        (text, {other.kid: other.verifying}),
        (sign_agreements(listed, other), {key.kid: key.verifying}),
    ):
        with pytest.raises(NotAJws):
            read_agreements(told, known)
    later = AgreementList(2, "BLUEBIRD", NOW, [])
    with pytest.raises(NotAJws, match="version"):
        read_agreements(sign_agreements(later, key), {key.kid: key.verifying})
    receipt = key.sign(b"{}", typ="jixin-receipt+jws")
    with pytest.raises(NotAJws):
        read_agreements(receipt, {key.kid: key.verifying})
