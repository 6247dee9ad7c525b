"""The second check: what a device sends past the gate is recorded, and each violation has its finding."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.chain.builders import IDENTIFIED, scan
from tracker.chain.findings import Finding
from tracker.chain.trace import build_trace
from tracker.realname.second_check import is_identified, look_again
from tracker.wire.details import AcceptedDetails, Goods, Identity, Inspection
from tracker.wire.document_kinds import DocumentKind
from tracker.wire.goods import PROHIBITED, Category

LETTER = Inspection(result="LETTER_UNOPENED", category="LETTER")
REMOTE = Identity(kind="FOREIGN_PASSPORT", exemption="SELF_SERVICE_PREVERIFIED", commitment="c" * 43)


def found(details: AcceptedDetails, **told: Any) -> list[Finding]:
    return look_again(details, scan("accepted", details=details, **told))


def identity(**told: Any) -> AcceptedDetails:
    return replace(IDENTIFIED, identity=Identity(**told))


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_listed_document_is_known(kind: DocumentKind) -> None:
    assert found(identity(kind=kind.value, checked=True)) == []


@pytest.mark.parametrize(
    ("details", "findings"),
    [
        (IDENTIFIED, []),
        (AcceptedDetails(), ["identity_missing", "inspection_missing"]),
        (identity(kind="RESIDENT_ID"), ["identity_missing"]),
        (identity(kind="RESIDENT_ID", checked=False), ["identity_missing"]),
        (identity(checked=True), ["identity_kind_unknown"]),
        (identity(kind="DRIVING_LICENCE", checked=True), ["identity_kind_unknown"]),
        (identity(exemption="AGREEMENT_CUSTOMER"), ["exemption_unproved"]),
        (identity(exemption="AGREEMENT_CUSTOMER", agreement_no="A1"), []),
        (replace(IDENTIFIED, identity=REMOTE), []),
        (replace(IDENTIFIED, identity=replace(REMOTE, commitment=None)), ["exemption_unproved"]),
        (replace(IDENTIFIED, identity=replace(REMOTE, kind="PAPER")), ["identity_kind_unknown"]),
        (AcceptedDetails(identity=Identity(exemption="LETTER"), inspection=LETTER), []),
        (identity(exemption="LETTER"), ["exemption_unproved"]),  # its category is BOOKS
        (
            AcceptedDetails(
                identity=Identity(exemption="LETTER"), inspection=LETTER, goods=[Goods(gtin="6901234567892")]
            ),
            ["exemption_unproved"],
        ),
        (replace(IDENTIFIED, inspection=Inspection(category="BOOKS")), ["inspection_missing"]),
        (replace(IDENTIFIED, inspection=Inspection(result="FAILED")), ["inspection_failed"]),
        (replace(IDENTIFIED, inspection=Inspection(result="DECLINED")), ["inspection_failed"]),
        (replace(IDENTIFIED, inspection=Inspection(result="LETTER_UNOPENED", category="FOOD")), ["inspection_failed"]),
    ],
)
def test_each_violation_has_its_finding(details: AcceptedDetails, findings: list[str]) -> None:
    assert found(details) == findings
    told = scan("accepted", details=details)
    trace = build_trace([told])
    assert trace is not None
    assert [anomaly.code for anomaly in trace.anomalies] == findings
    assert is_identified(details, told) is not any(code.startswith(("identity", "exemption")) for code in findings)
    assert trace.parcel.identity_checked is is_identified(details, told)


@pytest.mark.parametrize("category", sorted(PROHIBITED))
def test_goods_of_a_prohibited_class_are_found(category: Category) -> None:
    details = replace(IDENTIFIED, inspection=Inspection(result="PASSED", category=category.value))
    assert found(details) == ["goods_prohibited"]


def test_imported_history_without_marks_is_not_blamed_for_the_inspection() -> None:
    assert found(AcceptedDetails(), imported=True) == ["identity_missing"]


def test_what_intake_found_of_an_agreement_takes_the_mark_away() -> None:
    details = identity(exemption="AGREEMENT_CUSTOMER", agreement_no="A1")
    for code, identified in (("agreement_unknown", False), ("agreement_not_in_force", False), ("clock_skew", True)):
        trace = build_trace([scan("accepted", details=details, intake_findings=(code,))])
        assert trace is not None
        assert [anomaly.code for anomaly in trace.anomalies] == [code]
        assert trace.parcel.identity_checked is identified


def test_before_the_list_was_in_force_no_kind_is_blamed() -> None:
    day = scan("accepted").event_time.replace(year=2018, month=10, day=21)
    assert found(identity(kind="PAPER", checked=True), event_time=day) == []
    assert found(identity(kind="PAPER", checked=True), event_time=day.replace(day=22)) == ["identity_kind_unknown"]
