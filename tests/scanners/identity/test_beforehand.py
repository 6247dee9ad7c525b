"""A check beforehand: the rules of the counter for the document, and for the rest what a machine can ask."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from scanners.identity.beforehand import Checked, check_beforehand
from scanners.identity.gate import Refused
from scanners.identity.presented import OrganisationProof, Sender, Shown
from scanners.identity.reasons import Caution, Reason
from tracker.wire.document_kinds import DocumentKind
from web.bench.gate.people import NOW, TODAY, resident_card, uscc, years_from

CARD = resident_card(Random(7), birth=date(1985, 6, 1))
PERSON = Sender(CARD.name, "13800138000", "")
FIRM = "重庆第3商贸有限公司"  # no person has a digit in their name


def check(sender: Sender = PERSON, *, parcel: str = " qn1408223190755\n", **shown: Any) -> Checked | Refused:
    document = replace(
        CARD, **{name: value for name, value in shown.items() if name not in ("guardian", "organisation")}
    )
    others = {name: value for name, value in shown.items() if name in ("guardian", "organisation")}
    return check_beforehand(parcel, sender, Shown(document, **others), now=NOW)


def reasons(*told: Any, **shown: Any) -> tuple[Reason, ...]:
    outcome = check(*told, **shown)
    assert isinstance(outcome, Refused)
    return outcome.reasons


def test_who_may_send_is_sealed_under_the_number_as_every_event_spells_it() -> None:
    checked = check()
    assert isinstance(checked, Checked)
    assert (checked.waybill_no, checked.checked_at, checked.kind) == ("QN1408223190755", NOW, DocumentKind.RESIDENT_ID)
    sealed = checked.sealed
    assert (sealed.document.number, sealed.name, sealed.phone) == (CARD.number, CARD.name, "13800138000")
    assert (sealed.address, sealed.organisation, sealed.uscc, checked.cautions) == ("", None, None, ())
    assert CARD.number not in repr(checked)
    assert CARD.name not in repr(sealed)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"parcel": ""}, "waybill_malformed"),
        ({"parcel": CARD.number}, "waybill_malformed"),
        ({"parcel": "SF123"}, "waybill_miswritten"),
        ({"is_copy": True}, "document_copy"),
        ({"valid_until": TODAY - timedelta(days=1), "for_life": False}, "document_expired"),
        ({"kind": "LIBRARY_CARD"}, "kind_not_accepted"),
        ({"number": CARD.number[:-1] + ("1" if CARD.number[-1] != "1" else "2")}, "check_digit_wrong"),
    ],
)
def test_what_the_counter_refuses_is_refused_here(told: dict[str, Any], reason: str) -> None:
    assert reasons(**told) == (reason,)


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (replace(PERSON, phone=" "), "sender_incomplete"),
        (replace(PERSON, phone="123"), "contact_unreadable"),
        (replace(PERSON, name="李四"), "sender_mismatch"),
    ],
)
def test_the_sender_has_a_name_and_a_telephone_and_no_address_yet(sender: Sender, reason: str) -> None:
    assert reasons(sender) == (reason,)


def test_a_name_is_made_of_what_documents_print() -> None:
    assert reasons(replace(PERSON, name=" "), name=" ") == (Reason.SENDER_INCOMPLETE, Reason.DOCUMENT_NAME_MISSING)
    assert reasons(replace(PERSON, name="<b>"), name="<b>") == (Reason.NAME_UNREADABLE,)
    assert reasons(replace(PERSON, name="<b>", phone="1"), name="<b>") == (
        Reason.NAME_UNREADABLE, Reason.CONTACT_UNREADABLE,
    )  # fmt: skip


def test_an_organisation_is_proved_by_its_code_and_named_as_one() -> None:
    firm = replace(PERSON, organisation=FIRM)
    proof = OrganisationProof(uscc(Random(1)), FIRM, copy_kept=True)
    checked = check(firm, organisation=proof)
    assert isinstance(checked, Checked)
    assert (checked.sealed.organisation, checked.sealed.uscc) == (FIRM, proof.uscc)
    assert reasons(firm) == (Reason.ORGANISATION_UNPROVED,)
    assert reasons(firm, organisation=replace(proof, copy_kept=False)) == (Reason.COPY_NOT_KEPT,)
    marked = replace(PERSON, organisation="<b>")
    assert reasons(marked, organisation=replace(proof, name="<b>")) == (Reason.NAME_UNREADABLE,)


def test_a_young_sender_comes_with_a_guardian_and_a_caution() -> None:
    child = resident_card(Random(8), birth=years_from(TODAY, -13))
    sender = replace(PERSON, name=child.name)
    alone = check_beforehand("QN1408223190755", sender, Shown(child), now=NOW)
    assert isinstance(alone, Refused)
    assert (alone.reasons, alone.waybill_no) == ((Reason.GUARDIAN_MISSING,), "QN1408223190755")
    guarded = check_beforehand("QN1408223190755", sender, Shown(child, guardian=CARD), now=NOW)
    assert isinstance(guarded, Checked)
    assert Caution.MINOR_SENDER in guarded.cautions
    assert guarded.sealed.guardian is not None


def test_a_refusal_names_the_law_of_its_day_and_the_version_of_the_rules() -> None:
    outcome = check(is_copy=True)
    assert isinstance(outcome, Refused)
    assert (outcome.decided_at, outcome.rule_version) == (NOW, "2026.1")
    assert [(each.source.article, each.rule_version) for each in outcome.refusals] == [("23", "2026.1")]
