"""Every way to be bad at the counter (收寄的坏法): what is spoilt of a good acceptance, and the reason to be given."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scanners.identity.presented import Acceptance, Declaration, Declined, Document, Letter, Preverified, Shown
from web.bench.gate.people import (
    NOW,
    TODAY,
    acceptance,
    as_letter,
    birth_date,
    check_character,
    of_an_agreement,
    of_an_organisation,
    other_document,
    preverified,
    resident_card,
    resident_number,
    voucher,
)

Spoil = Callable[[Random], Acceptance]
DAY = timedelta(days=1)
LOOKALIKES = {"X": "ХхΧχⅩⅹ𝐗", "0": "Оо٠𝟎০", "1": "١𝟏Ⅰ１\u0301"}
PROHIBITED = (
    "仿真枪", "炸 药", "鞭炮 10 挂", "打火机", "９２号汽油", "硫·酸", "冰毒", "象牙手镯", "Fireworks", "a stun  gun",
    "paint thinner", "PISTOL", "假币", "蓄电池和硫酸", "针孔摄像机",
)  # fmt: skip
PROHIBITED_CATEGORIES = ("FIREARMS", "EXPLOSIVES", "RADIOACTIVE", "DRUGS", "BORDER_PROHIBITED", "OTHER_PROHIBITED")
MARKUP = ("张三<script>alert(1)</script>", "李四'; DROP TABLE sender;--", '王五" OR "1"="1', "<b>赵六</b>", "{{7*7}}",
          "周七\u202e", "吴八\x00", "郑9")  # fmt: skip


def good(random: Random, *, birth: date | None = None) -> Acceptance:
    return acceptance(random, resident_card(random, birth=birth))


def shown(given: Acceptance, **changed: Any) -> Acceptance:
    """The same with something else about the document."""
    assert isinstance(given.evidence, Shown)
    return replace(given, evidence=replace(given.evidence, document=replace(given.evidence.document, **changed)))


def numbered(random: Random, number: str) -> Acceptance:
    return shown(good(random), number=number)


def born(random: Random, digits: str) -> Acceptance:
    body = f"110105{digits}{random.randint(1, 999):03}"
    return numbered(random, body + check_character(body))


def wrong_check(random: Random) -> Acceptance:
    number = resident_number(random, birth_date(random))
    return numbered(random, number[:-1] + random.choice([sign for sign in "0123456789X" if sign != number[-1]]))


def lookalike(random: Random) -> Acceptance:
    while True:
        number = resident_number(random, birth_date(random))
        signs = [sign for sign in LOOKALIKES if sign in number]
        if signs:
            sign = random.choice(signs)
            return numbered(random, number.replace(sign, random.choice(LOOKALIKES[sign][:3]), 1))


def term(random: Random, start: timedelta, end: timedelta) -> Acceptance:
    return shown(good(random), valid_from=TODAY + start, valid_until=TODAY + end, for_life=False)


def child(random: Random, guardian: Document | None, *, days_short: int | None = None) -> Acceptance:
    """Somebody under 14, by a day where `days_short` is 1."""
    days = random.randint(1, 13 * 365) if days_short is None else days_short
    birth = TODAY.replace(year=TODAY.year - 14) + timedelta(days=days)
    given = good(random, birth=birth)
    assert isinstance(given.evidence, Shown)
    return replace(given, evidence=replace(given.evidence, guardian=guardian))


def proof(random: Random, **changed: Any) -> Acceptance:
    given = of_an_organisation(random, good(random))
    assert isinstance(given.evidence, Shown)
    assert given.evidence.organisation is not None
    organisation = replace(given.evidence.organisation, **changed)
    return replace(given, evidence=replace(given.evidence, organisation=organisation))


def uscc_of(random: Random, spoil: Callable[[str], str]) -> Acceptance:
    given = proof(random)
    assert isinstance(given.evidence, Shown)
    assert given.evidence.organisation is not None
    return proof(random, uscc=spoil(given.evidence.organisation.uscc))


def declared(random: Random, **changed: Any) -> Acceptance:
    given = good(random)
    assert given.declaration is not None
    assert given.inspection is not None
    both = {name: value for name, value in changed.items() if name in ("category", "quantity")}
    return replace(
        given,
        declaration=replace(given.declaration, **changed),
        inspection=replace(given.inspection, **both),
    )


def inspected(random: Random, **changed: Any) -> Acceptance:
    given = good(random)
    assert given.inspection is not None
    return replace(given, inspection=replace(given.inspection, **changed))


def remote(
    random: Random, *, waybill_no: str | None = None, age: timedelta = timedelta(), **changed: Any
) -> Acceptance:
    given = good(random)
    shown = voucher(waybill_no or given.waybill_no, NOW - age, **changed)
    return replace(given, evidence=Preverified(shown))


def mangled(random: Random, mangle: Callable[[str], str]) -> Acceptance:
    given = preverified(random, good(random))
    assert isinstance(given.evidence, Preverified)
    return replace(given, evidence=Preverified(mangle(given.evidence.voucher or "")))


def unsigned(text: str) -> str:
    """The same claims under a header that asks for no signature."""
    return ".".join([urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("="), text.split(".")[1], ""])


def spliced(text: str, other: str) -> str:
    """One voucher's claims under another's signature."""
    return ".".join([text.split(".", maxsplit=1)[0], other.split(".")[1], text.split(".")[2]])


def abroad(random: Random, kind: str, **changed: Any) -> Acceptance:
    while True:
        document = other_document(random)
        if document.kind == kind:
            return shown(acceptance(random, document), **changed)


def sender(random: Random, **changed: str) -> Acceptance:
    given = good(random)
    return replace(given, sender=replace(given.sender, **changed))


def marked_up(random: Random) -> Acceptance:
    name = random.choice(MARKUP)
    return shown(sender(random, name=name), name=name)


def agreed(random: Random, agreement_no: str, customer: str = "重庆渝州商贸有限公司") -> Acceptance:
    return of_an_agreement(good(random), agreement_no, customer)


def letter_of(random: Random, category: str) -> Acceptance:
    return replace(declared(random, category=category), evidence=Letter())


def expired(random: Random) -> Document:
    document = resident_card(random)
    return replace(document, valid_from=TODAY - 4000 * DAY, valid_until=TODAY - DAY, for_life=False)


def teenager(random: Random) -> Document:
    return resident_card(random, birth=TODAY.replace(year=TODAY.year - 16))


# (the reason that must be given, how it comes about)
WAYS: dict[str, tuple[str, Spoil]] = {
    "check digit": ("check_digit_wrong", wrong_check),
    "29 February of no leap year": ("birth_impossible", lambda random: born(random, "19990229")),
    "29 February 1900": ("birth_impossible", lambda random: born(random, "19000229")),
    "31 April": ("birth_impossible", lambda random: born(random, "19850431")),
    "month 13": ("birth_impossible", lambda random: born(random, "19851301")),
    "born tomorrow": ("birth_impossible", lambda random: born(random, f"{TODAY + DAY:%Y%m%d}")),
    "born in 1899": ("birth_impossible", lambda random: born(random, "18991231")),
    "expired yesterday": ("document_expired", lambda random: term(random, -3650 * DAY, -DAY)),
    "valid from tomorrow": ("document_not_yet_valid", lambda random: term(random, DAY, 3650 * DAY)),
    "ends before it begins": ("validity_impossible", lambda random: term(random, -DAY, -2 * DAY)),
    "issued before birth": (
        "validity_impossible",
        lambda random: shown(good(random), valid_from=date(1930, 1, 1), valid_until=None, for_life=True),
    ),
    "no term": ("validity_missing", lambda random: shown(good(random), valid_until=None, for_life=False)),
    "no first day": ("validity_missing", lambda random: shown(good(random), valid_from=None)),
    "for life and yet ending": (
        "validity_impossible",
        lambda random: shown(good(random), valid_until=TODAY + DAY, for_life=True),
    ),
    "a permit for life": (
        "validity_impossible",
        lambda random: abroad(random, "TW_TRAVEL_PERMIT", valid_until=None, for_life=True),
    ),
    "another name": ("sender_mismatch", lambda random: shown(good(random), name="某某某")),
    "name cut short": ("sender_mismatch", lambda random: shown(sender(random, name="张三丰"), name="张三")),
    "mark-up in the name": ("name_unreadable", marked_up),
    "declined": ("document_declined", lambda random: replace(good(random), evidence=Declined())),
    "nothing shown": ("document_missing", lambda random: replace(good(random), evidence=None)),
    "a copied photograph": ("document_copy", lambda random: shown(good(random), is_copy=True)),
    "another kind": (
        "kind_not_accepted",
        lambda random: shown(good(random), kind=random.choice(("DRIVING_LICENCE", "", "居民身份证", "resident_id"))),
    ),
    "lookalike": ("number_lookalike", lookalike),
    "malformed": (
        "number_malformed",
        lambda random: numbered(
            random,
            random.choice(("1101051949123100", "110105491231002", "' OR 1=1 --", "", "1101051949123100210", "0" * 18)),
        ),
    ),
    "letters for digits": ("number_malformed", lambda random: numbered(random, "11O10519491231002X")),
    "a permit's number on a card": (
        "number_of_another_kind",
        lambda random: numbered(random, resident_number(random, birth_date(random), region="810000")),
    ),
    "a foreigner's number on a card": (
        "number_of_another_kind",
        lambda random: numbered(random, resident_number(random, birth_date(random), region="911234")),
    ),
    "a card's number on a permit": (
        "number_malformed",
        lambda random: abroad(
            random, "HMT_RESIDENCE_PERMIT", number=resident_number(random, birth_date(random), region="110105")
        ),
    ),
    "a permit of nowhere": (
        "number_malformed", lambda random: abroad(random, "HM_TRAVEL_PERMIT", number="T12345678"),
    ),
    "a soldier's card without its word": (
        "number_malformed", lambda random: abroad(random, "MILITARY_ID", number="军字1234567"),
    ),
    "another birth date": (
        "birth_mismatch", lambda random: shown(good(random), birth_date=date(1901, 2, 3)),
    ),
    "no birth date": ("birth_missing", lambda random: abroad(random, "FOREIGN_PASSPORT", birth_date=None)),
    "a told birth date ahead": (
        "birth_impossible", lambda random: abroad(random, "HM_TRAVEL_PERMIT", birth_date=TODAY + DAY),
    ),
    "no issuing state": (
        "issuing_state_missing",
        lambda random: abroad(random, "FOREIGN_PASSPORT", issuing_state=random.choice((None, "", "JP", "ЈPN"))),
    ),
    "a Chinese passport": (
        "passport_not_foreign",
        lambda random: abroad(random, "FOREIGN_PASSPORT", issuing_state=random.choice(("CHN", "chn", "HKG"))),
    ),
    "an expired passport": (
        "document_expired", lambda random: abroad(random, "FOREIGN_PASSPORT", valid_until=TODAY - DAY),
    ),
    "a passport without an end": (
        "validity_missing", lambda random: abroad(random, "FOREIGN_PASSPORT", valid_until=None),
    ),
    "no telephone": ("sender_incomplete", lambda random: sender(random, phone=" ")),
    "no address": ("sender_incomplete", lambda random: sender(random, address="\u3000")),
    "mark-up for a telephone": (
        "contact_unreadable",
        lambda random: sender(random, phone=random.choice(("<b>1</b>", "13800'--", "1", "电话", "1" * 40, "１３8x"))),
    ),
    "an address nobody can live at": (
        "contact_unreadable",
        lambda random: sender(random, address=random.choice(("重庆市\x1b[2J", "重庆\u202e市", "重" * 301))),
    ),
    "a child alone": ("guardian_missing", lambda random: child(random, None)),
    "a child a day short": ("guardian_missing", lambda random: child(random, None, days_short=1)),
    "a guardian's expired card": ("guardian_invalid", lambda random: child(random, expired(random))),
    "a guardian under age": ("guardian_invalid", lambda random: child(random, teenager(random))),
    "an organisation without its code": (
        "organisation_unproved", lambda random: sender(random, organisation="重庆渝州商贸有限公司"),
    ),
    "a wrong code": (
        "uscc_invalid",
        lambda random: uscc_of(random, lambda code: code[:-1] + random.choice([c for c in "012345" if c != code[-1]])),
    ),
    "a code with a lookalike": ("uscc_invalid", lambda random: uscc_of(random, lambda code: code.replace("M", "М"))),
    "a code with a forbidden letter": ("uscc_invalid", lambda random: uscc_of(random, lambda code: code[:-1] + "I")),
    "a code too short": ("uscc_invalid", lambda random: uscc_of(random, lambda code: code[:-1])),
    "another organisation": ("organisation_mismatch", lambda random: proof(random, name="别家商贸有限公司")),
    "no copy kept": ("copy_not_kept", lambda random: proof(random, copy_kept=False)),
    "an unknown agreement": ("agreement_unknown", lambda random: agreed(random, "NONE-1")),
    "an expired agreement": ("agreement_not_in_force", lambda random: agreed(random, "PAST-1")),
    "an agreement that ended early": ("agreement_not_in_force", lambda random: agreed(random, "ENDED-1")),
    "an agreement that has not begun": ("agreement_not_in_force", lambda random: agreed(random, "AHEAD-1")),
    "another carrier's agreement": ("agreement_of_another_carrier", lambda random: agreed(random, "OTHER-1")),
    "another carrier's list": (
        "agreement_of_another_carrier", lambda random: replace(agreed(random, "GOOD-1"), carrier="EVENWAY"),
    ),
    "another customer": ("agreement_mismatch", lambda random: agreed(random, "GOOD-1", "别家商贸有限公司")),
    "a letter with goods": ("letter_with_goods", lambda random: letter_of(random, "FOOD")),
    "no remote check": ("preverification_missing", lambda random: replace(good(random), evidence=Preverified(None))),
    "a remote check of another parcel": (
        "preverification_of_another_parcel", lambda random: remote(random, waybill_no="SF1"),
    ),
    "a remote check too old": (
        "preverification_too_old", lambda random: remote(random, age=timedelta(hours=72, seconds=1)),
    ),
    "a remote check to come": ("preverification_ahead", lambda random: remote(random, age=timedelta(seconds=-1))),
    "a remote check of an organisation": (
        "preverification_of_another_sender", lambda random: remote(random, organisation=True),
    ),
    "a remote check by another device": (
        "preverification_unsigned", lambda random: remote(random, key=Ed25519PrivateKey.generate()),
    ),
    "a remote check of an unlisted kind": ("preverification_unsigned", lambda random: remote(random, kind="LIBRARY")),
    "a remote check with more claims": ("preverification_unsigned", lambda random: remote(random, also="this")),
    "a remote check with an older id": (
        "preverification_unsigned", lambda random: remote(random, check_id="0198c3f0-0000-7000-8000-000000000000"),
    ),
    "a remote check of a later version": ("preverification_unsigned", lambda random: remote(random, v=2)),
    "a remote check without a signature": ("preverification_unreadable", lambda random: mangled(random, unsigned)),
    "a remote check cut short": (
        "preverification_unreadable", lambda random: mangled(random, lambda text: text[:-3] + "="),
    ),
    "a remote check with other claims": (
        "preverification_unsigned", lambda random: mangled(random, lambda text: spliced(text, voucher("SF1", NOW))),
    ),
    "a waybill's number for a remote check": (
        "preverification_unreadable", lambda random: replace(good(random), evidence=Preverified("QN1408223190755")),
    ),
    "nothing declared": ("declaration_missing", lambda random: replace(good(random), declaration=None)),
    "not confirmed": ("declaration_unconfirmed", lambda random: declared(random, confirmed=False)),
    "goods without a name": ("goods_incomplete", lambda random: declared(random, name=" ")),
    "no goods": ("goods_incomplete", lambda random: declared(random, quantity=0)),
    "an unknown category": ("category_unknown", lambda random: declared(random, category="THINGS")),
    "a prohibited word": ("goods_prohibited", lambda random: declared(random, name=random.choice(PROHIBITED))),
    "a prohibited category": (
        "goods_prohibited", lambda random: declared(random, category=random.choice(PROHIBITED_CATEGORIES)),
    ),
    "not inspected": ("inspection_missing", lambda random: replace(good(random), inspection=None)),
    "unopened, and no letter": ("inspection_missing", lambda random: inspected(random, result="LETTER_UNOPENED")),
    "inspection declined": ("inspection_declined", lambda random: inspected(random, result="DECLINED")),
    "inspection failed": (
        "inspection_failed", lambda random: inspected(random, result=random.choice(("FAILED", "passed", "", "OK"))),
    ),
    "something else inside": ("inspection_mismatch", lambda random: inspected(random, category="OTHER")),
    "more inside than declared": ("inspection_mismatch", lambda random: inspected(random, quantity=10)),
    "no weight": ("goods_incomplete", lambda random: inspected(random, weight_g=0)),
    "no waybill": (
        "waybill_malformed",
        lambda random: replace(good(random), waybill_no=random.choice(("", "<b>", "运单", "A" * 65, "SF1 OR 1=1"))),
    ),
    "a letter that holds a prohibited word": (
        "goods_prohibited",
        lambda random: replace(
            as_letter(good(random)), declaration=Declaration("LETTER", "冰毒 5g", 1, confirmed=True)
        ),
    ),
}  # fmt: skip
