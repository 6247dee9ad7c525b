"""The gate (实名闸口): only it accepts; what it accepts is what was shown, and nothing of that is ever printed."""

import ast
import copy
import dataclasses
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from scanners.identity.gate import Accepted, Refused, decide
from scanners.identity.presented import Acceptance, AgreementCustomer, Document, Preverified, Shown
from scanners.identity.reasons import Caution, Reason, wording_of
from scanners.identity.resident_number import _parse_period, was_division
from scanners.identity.shown import SealedFields
from tests.scanners.identity.test_ten_thousand import held_agreements, held_devices
from tracker.wire.details import AcceptedDetails, Identity, Inspection
from web.bench.gate.crowd import CUSTOMER
from web.bench.gate.people import (
    CHINA,
    NOW,
    TODAY,
    acceptance,
    as_letter,
    of_an_organisation,
    other_document,
    preverified,
    resident_card,
    resident_number,
    voucher,
    years_from,
)

SCANNERS = Path(__file__).parents[3] / "scanners"


def given(**card: date) -> Acceptance:
    return acceptance(Random(7), resident_card(Random(7), **card))


def shown(base: Acceptance, **changed: object) -> Acceptance:
    assert isinstance(base.evidence, Shown)
    return replace(base, evidence=replace(base.evidence, document=replace(base.evidence.document, **changed)))


def accepted(base: Acceptance, now: datetime = NOW) -> Accepted:
    outcome = decide(base, now=now, held=held_agreements(), devices=held_devices())
    assert isinstance(outcome, Accepted), outcome
    return outcome


def refused(base: Acceptance, now: datetime = NOW) -> Refused:
    outcome = decide(base, now=now, held=held_agreements(), devices=held_devices())
    assert isinstance(outcome, Refused)
    return outcome


# --- half filled in


def test_a_name_that_is_not_typed_yet_is_missing_and_nothing_else() -> None:
    base = given()
    assert refused(shown(base, name=" ")).reasons == (Reason.DOCUMENT_NAME_MISSING,)
    assert refused(replace(base, sender=replace(base.sender, name=" "))).reasons == (Reason.SENDER_INCOMPLETE,)
    assert refused(shown(base, name="<b>")).reasons == (Reason.NAME_UNREADABLE, Reason.SENDER_MISMATCH)


def test_a_guardian_whose_name_is_not_typed_yet_is_missing() -> None:
    base = given(birth=years_from(TODAY, -9))
    assert isinstance(base.evidence, Shown)
    guardian = replace(resident_card(Random(8)), name="")
    with_one = replace(base, evidence=replace(base.evidence, guardian=guardian))
    assert refused(with_one).reasons == (Reason.GUARDIAN_MISSING,)


# --- only the gate accepts


def test_nobody_else_makes_an_accepted() -> None:
    real = accepted(given())
    told = {each.name: getattr(real, each.name) for each in dataclasses.fields(real)}
    with pytest.raises(TypeError):
        Accepted(**told)
    with pytest.raises(TypeError):
        Accepted(**told, gate=object())
    with pytest.raises((TypeError, ValueError)):
        replace(real, waybill_no="SF9999999999999")
    assert copy.copy(real) == real


def test_only_the_gates_file_names_the_gates_key() -> None:
    users = [path.name for path in SCANNERS.rglob("*.py") if "_GATE" in path.read_text(encoding="utf-8")]
    assert users == ["gate.py"]


def test_only_known_files_make_events() -> None:
    """History that is replayed, the simulated fleet, and the two ways of capture: an event is made nowhere else."""
    makers = set()
    for path in SCANNERS.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        if any(isinstance(call.func, ast.Name) and call.func.id == "ScanEvent" for call in calls):
            makers.add(str(path.relative_to(SCANNERS)))
    assert makers == {"capture.py", "acceptance.py", "replay_row.py", "simulator/scanning.py"}


# --- what is accepted


def test_a_card_is_accepted_with_what_is_sealed_and_what_is_told() -> None:
    base = given()
    assert isinstance(base.evidence, Shown)
    outcome = accepted(base)
    card = resident_card(Random(7))
    assert outcome.details == AcceptedDetails(
        identity=Identity(kind="RESIDENT_ID", checked=True),
        inspection=Inspection(result="PASSED", category=base.inspection.category, quantity=base.inspection.quantity),
        weight_g=base.inspection.weight_g,
    )
    assert outcome.sealed is not None
    assert outcome.sealed.document.number == card.number
    assert (outcome.sealed.document.kind, outcome.sealed.document.name) == ("RESIDENT_ID", card.name)
    assert (outcome.sealed.name, outcome.sealed.phone, outcome.sealed.address) == (
        base.sender.name, base.sender.phone, base.sender.address,
    )  # fmt: skip
    assert (outcome.sealed.uscc, outcome.sealed.organisation, outcome.sealed.guardian) == (None, None, None)
    assert (outcome.decided_at, outcome.rule_version) == (NOW, "2026.1")


def test_an_organisation_is_sealed_with_its_code_and_its_responsible_person() -> None:
    base = of_an_organisation(Random(7), given())
    assert isinstance(base.evidence, Shown)
    assert base.evidence.organisation is not None
    code = base.evidence.organisation.uscc
    spaced = replace(base.evidence.organisation, uscc=f" {code.lower()} ")
    sealed = accepted(replace(base, evidence=replace(base.evidence, organisation=spaced))).sealed
    assert sealed is not None
    assert (sealed.uscc, sealed.organisation) == (code, base.sender.organisation)
    assert sealed.document.name == base.sender.name


def test_a_child_is_sealed_with_its_guardian() -> None:
    base = given(birth=years_from(TODAY, -10))
    guardian = resident_card(Random(8), birth=years_from(TODAY, -40))
    assert isinstance(base.evidence, Shown)
    outcome = accepted(replace(base, evidence=replace(base.evidence, guardian=guardian)))
    assert outcome.sealed is not None
    assert outcome.sealed.guardian is not None
    assert (outcome.sealed.guardian.number, outcome.sealed.guardian.name) == (guardian.number, guardian.name)
    assert Caution.MINOR_SENDER in outcome.cautions


@pytest.mark.parametrize(
    ("birth", "reasons", "is_minor"),
    [
        (date(2012, 7, 1), (), True),  # fourteen today
        (date(2012, 7, 2), (Reason.GUARDIAN_MISSING,), True),
        (date(2008, 7, 2), (), True),
        (date(2008, 7, 1), (), False),  # eighteen today
    ],
)
def test_age_is_counted_to_the_day(birth: date, reasons: tuple[Reason, ...], is_minor: bool) -> None:
    outcome = decide(given(birth=birth), now=NOW)
    if isinstance(outcome, Refused):
        assert outcome.reasons == reasons
    else:
        assert reasons == ()
        assert (Caution.MINOR_SENDER in outcome.cautions) is is_minor


def test_exemptions_seal_nothing_and_tell_what_they_rest_on() -> None:
    base = given()
    letter = accepted(as_letter(base))
    agreement = accepted(
        replace(base, sender=replace(base.sender, name=CUSTOMER), evidence=AgreementCustomer("GOOD-1"))
    )
    remote = accepted(preverified(Random(1), base))
    assert [each.sealed for each in (letter, agreement, remote)] == [None] * 3
    assert letter.details.identity == Identity(exemption="LETTER")
    assert agreement.details.identity == Identity(exemption="AGREEMENT_CUSTOMER", agreement_no="GOOD-1")
    assert remote.details.identity == Identity(
        kind="RESIDENT_ID", exemption="SELF_SERVICE_PREVERIFIED", commitment="c" * 43
    )


# --- the days


def test_a_term_ends_with_its_last_day_in_china() -> None:
    base = shown(given(), valid_from=date(2016, 7, 1), valid_until=date(2026, 7, 1), for_life=False)
    assert isinstance(decide(base, now=datetime(2026, 7, 1, 23, 59, tzinfo=CHINA)), Accepted)
    midnight = datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    assert refused(base, midnight).reasons == (Reason.DOCUMENT_EXPIRED,)


def test_a_list_of_agreements_serves_thirty_days() -> None:
    base = given()
    base = replace(base, sender=replace(base.sender, organisation=CUSTOMER), evidence=AgreementCustomer("GOOD-1"))
    fresh, stale = held_agreements(timedelta(days=30)), held_agreements(timedelta(days=30, seconds=1))
    assert isinstance(decide(base, now=NOW, held=fresh), Accepted)
    assert decide(base, now=NOW, held=stale).reasons == (Reason.AGREEMENT_LIST_STALE,)
    assert decide(base, now=NOW, held=None).reasons == (Reason.AGREEMENT_LIST_MISSING,)


@pytest.mark.parametrize(
    ("day", "article", "order"),
    [(datetime(2025, 5, 31, tzinfo=CHINA), "22", "697"), (datetime(2025, 6, 1, tzinfo=CHINA), "23", "806")],
)
def test_the_law_is_that_of_the_day(day: datetime, article: str, order: str) -> None:
    [refusal] = refused(replace(given(), evidence=None), day).refusals
    assert (refusal.source.article, refusal.source.tag) == (article, "T")
    assert order in refusal.source.zh
    assert order in refusal.source.en
    assert refusal.rule_version == "2026.1"


def test_before_the_list_of_documents_no_document_is_known() -> None:
    reasons = refused(given(birth=date(1960, 1, 1)), datetime(2018, 10, 21, tzinfo=CHINA)).reasons
    assert Reason.KIND_NOT_ACCEPTED in reasons


# --- the edges


@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=72)])
def test_a_remote_check_serves_seventy_two_hours(age: timedelta) -> None:
    base = given()
    accepted(replace(base, evidence=Preverified(voucher(base.waybill_no, NOW - age))))


def test_a_voucher_is_of_one_parcel_at_one_counter_and_a_carrier() -> None:
    base = given()
    shown = Preverified(voucher(base.waybill_no, NOW))
    assert refused(replace(base, evidence=replace(shown, used=True))).reasons == (Reason.PREVERIFICATION_USED,)
    assert refused(replace(base, evidence=shown, carrier="EVENWAY")).reasons == (Reason.SELF_SERVICE_LIST_MISSING,)
    assert refused(replace(base, evidence=shown, waybill_no="")).reasons == (
        Reason.WAYBILL_MALFORMED, Reason.PREVERIFICATION_OF_ANOTHER_PARCEL,
    )  # fmt: skip


def test_a_voucher_of_an_organisation_is_for_its_parcels_alone() -> None:
    base = given()
    firm = replace(base, sender=replace(base.sender, organisation=CUSTOMER))
    of_firm = Preverified(voucher(base.waybill_no, NOW, organisation=True))
    accepted(replace(firm, evidence=of_firm))
    other = (Reason.PREVERIFICATION_OF_ANOTHER_SENDER,)
    assert refused(replace(base, evidence=of_firm)).reasons == other
    assert refused(replace(firm, evidence=Preverified(voucher(base.waybill_no, NOW)))).reasons == other


def test_a_list_of_self_service_devices_serves_thirty_days() -> None:
    base = given()
    base = replace(base, evidence=Preverified(voucher(base.waybill_no, NOW)))
    fresh, stale = held_devices(timedelta(days=30)), held_devices(timedelta(days=30, seconds=1))
    assert isinstance(decide(base, now=NOW, devices=fresh), Accepted)
    assert decide(base, now=NOW, devices=stale).reasons == (Reason.SELF_SERVICE_LIST_STALE,)
    assert decide(base, now=NOW, devices=None).reasons == (Reason.SELF_SERVICE_LIST_MISSING,)


def test_a_guardian_is_of_age_on_their_birthday() -> None:
    base = given(birth=years_from(TODAY, -10))
    assert isinstance(base.evidence, Shown)
    guardian = resident_card(Random(8), birth=years_from(TODAY, -18))
    accepted(replace(base, evidence=replace(base.evidence, guardian=guardian)))


def test_who_was_born_today_or_in_1900_was_born() -> None:
    guardian = resident_card(Random(8), birth=years_from(TODAY, -40))
    card = resident_card(Random(7), birth=TODAY)
    base = acceptance(Random(7), replace(card, valid_from=TODAY, valid_until=years_from(TODAY, 5)))
    assert isinstance(base.evidence, Shown)
    accepted(replace(base, evidence=replace(base.evidence, guardian=guardian)))
    accepted(given(birth=date(1900, 1, 1)))


def test_a_term_may_be_one_day() -> None:
    card = replace(resident_card(Random(7)), kind="TEMPORARY_RESIDENT_ID", for_life=False)
    accepted(acceptance(Random(7), replace(card, valid_from=TODAY, valid_until=TODAY)))


def test_an_older_foreigners_card_has_no_check_digit() -> None:
    told = {"birth_date": date(1980, 1, 1), "valid_until": TODAY}
    accepted(acceptance(Random(7), Document("PERMANENT_RESIDENT_ID", "ABC123456789012", "Novak", **told)))


@pytest.mark.parametrize(
    ("first", "last", "was"),
    [(2010, 2010, True), (2011, 2026, False), (1900, 1950, True)],
)
def test_a_division_was_in_use_to_the_end_of_its_last_year(first: int, last: int, was: bool) -> None:
    assert was_division("110103", first, last) is was


@pytest.mark.parametrize(("last", "was"), [(1982, False), (1983, True)])
def test_a_division_is_in_use_from_its_first_year(last: int, was: bool) -> None:
    assert was_division("440101", 1900, last) is was


# --- names


def test_names_are_read_under_an_exemption_too() -> None:
    letter = as_letter(given())
    for name in ("<b>", "郑9"):
        assert refused(replace(letter, sender=replace(letter.sender, name=name))).reasons == (Reason.NAME_UNREADABLE,)


def test_an_organisations_name_may_hold_digits_and_no_mark_up() -> None:
    base = of_an_organisation(Random(7), given())
    assert isinstance(base.evidence, Shown)
    assert base.evidence.organisation is not None

    def named(waybill: str, licence: str) -> Acceptance:
        proof = replace(base.evidence.organisation, name=licence)
        return replace(
            base, sender=replace(base.sender, organisation=waybill), evidence=replace(base.evidence, organisation=proof)
        )

    accepted(named("第101号商铺", "第101号商铺"))
    assert refused(named("<b>商铺", "商铺")).reasons == (Reason.NAME_UNREADABLE, Reason.ORGANISATION_MISMATCH)
    assert refused(named("商铺", "<b>商铺")).reasons == (Reason.NAME_UNREADABLE, Reason.ORGANISATION_MISMATCH)


def test_a_customer_with_an_agreement_may_have_a_number_for_a_name() -> None:
    base = given()
    base = replace(base, sender=replace(base.sender, name="101号店"), evidence=AgreementCustomer("GOOD-1"))
    assert refused(base).reasons == (Reason.AGREEMENT_MISMATCH,)


def test_a_document_with_mark_up_for_a_name_is_told_as_such() -> None:
    assert refused(shown(given(), name="<b>张三")).reasons == (Reason.NAME_UNREADABLE, Reason.SENDER_MISMATCH)


# --- what is said


def test_every_reason_is_told_at_once_in_the_clerks_order() -> None:
    base = shown(replace(given(), waybill_no="?", inspection=None), name="别人", is_copy=True)
    assert refused(base).reasons == (
        Reason.WAYBILL_MALFORMED, Reason.DOCUMENT_COPY, Reason.SENDER_MISMATCH, Reason.INSPECTION_MISSING,
    )  # fmt: skip


@pytest.mark.parametrize("code", [*Reason, *Caution])
def test_every_code_has_words_in_both_languages(code: Reason | Caution) -> None:
    wording = wording_of(code)
    assert all(any("\u4e00" <= char <= "\u9fff" for char in text) for text in (wording.zh, wording.do_zh))
    assert all(text.isascii() and text for text in (wording.en, wording.do_en))


def test_nothing_that_was_shown_can_be_read_from_a_printed_object() -> None:
    base = of_an_organisation(Random(3), given())
    good, bad = accepted(base), refused(replace(base, inspection=None))
    assert isinstance(base.evidence, Shown)
    document = base.evidence.document
    secrets = [document.number, document.name, base.sender.phone, base.sender.address, resident_card(Random(7)).number]
    assert isinstance(good.sealed, SealedFields)
    for each in (base, base.sender, base.evidence, document, good, good.sealed, good.sealed.document, bad):
        assert [secret for secret in secrets if secret in repr(each) or secret in str(each)] == []


# --- cautions


@pytest.mark.parametrize(
    ("region", "birth", "cautions"),
    [
        ("110103", date(1980, 1, 1), ()),  # 崇文区, until 2010
        ("110103", date(2005, 1, 1), ()),
        ("110103", date(2012, 1, 1), (Caution.DIVISION_RETIRED,)),
        ("440101", date(1960, 1, 1), ()),  # in use since 1983, when numbers were first given
        ("119999", date(1980, 1, 1), (Caution.DIVISION_UNKNOWN,)),
        ("110105", date(1980, 1, 1), ()),
    ],
)
def test_a_retired_division_warns_and_refuses_nobody(region: str, birth: date, cautions: tuple[Caution, ...]) -> None:
    card = resident_card(Random(7), birth=birth)
    outcome = accepted(acceptance(Random(7), replace(card, number=resident_number(Random(7), birth, region=region))))
    assert outcome.cautions[: len(cautions) or 9] in (cautions, (Caution.MINOR_SENDER,))
    assert set(outcome.cautions) - {Caution.MINOR_SENDER} == set(cautions)


def test_documents_that_hold_no_division_and_have_a_usual_term_warn_of_nothing() -> None:
    random = Random(4)
    for _ in range(40):
        assert accepted(acceptance(random, other_document(random))).cautions == ()


@pytest.mark.parametrize(
    ("start", "end", "for_life", "is_unusual"),
    [
        (date(2020, 2, 29), date(2030, 2, 28), False, False),
        (date(2020, 2, 29), date(2030, 3, 1), False, False),
        (date(2020, 3, 5), date(2040, 3, 5), False, False),
        (date(2020, 3, 31), date(2040, 3, 31), False, False),
        (date(2020, 3, 5), date(2040, 3, 7), False, True),
        (date(2020, 3, 5), date(2035, 3, 5), False, True),
        (date(2020, 3, 5), None, True, True),
        (date(2026, 3, 5), None, True, False),
    ],
)
def test_an_unusual_term_warns(start: date, end: date | None, for_life: bool, is_unusual: bool) -> None:
    base = shown(given(birth=date(1980, 1, 1)), valid_from=start, valid_until=end, for_life=for_life)
    assert accepted(base).cautions == ((Caution.TERM_UNUSUAL,) if is_unusual else ())


def test_goods_are_told_in_one_to_two_hundred_characters_and_weigh_a_gram_at_least() -> None:
    base = given()
    assert base.declaration is not None
    assert base.inspection is not None
    for name in ("书", "书" * 200):
        accepted(replace(base, declaration=replace(base.declaration, name=name)))
    accepted(replace(base, inspection=replace(base.inspection, weight_g=1)))


def test_a_period_that_tells_no_year_is_every_year() -> None:
    assert _parse_period("渝中区") == _parse_period("[-]渝中区") == (0, 9999)
    assert _parse_period("[1980-1994]某区") == (1980, 1994)
