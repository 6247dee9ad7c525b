"""Invented people (虚构寄件人): documents, organisations and labels by the standards' own text, not by the gate's code.

Shares nothing with `scanners.identity` but the shapes that a counter fills in: its own check digits, its own tables.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scanners.identity.presented import (
    Acceptance,
    AgreementCustomer,
    Declaration,
    Document,
    Inspection,
    Letter,
    OrganisationProof,
    Preverified,
    Sender,
    Shown,
)
from tracker.wire.document_kinds import DocumentKind
from tracker.wire.signature import thumbprint

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 7, 1, 10, 30, tzinfo=CHINA)
TODAY = NOW.date()
CARRIER = "BLUEBIRD"
KIOSK = Ed25519PrivateKey.from_private_bytes(b"k" * 32)  # of the carrier's self-service device
REGIONS = ("110105", "310101", "330106", "440106", "500112", "510104", "420106", "610104")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "安宁平和文武明亮春夏秋冬山海江河云霞"
LATIN = ("Okafor", "Silva", "Novak", "Haddad", "Tanaka", "O'Brien", "Müller", "Ivanova")
STATES = ("NGA", "BRA", "CZE", "LBN", "JPN", "IRL", "KAZ")
GOODS = (
    ("FOOD", "茶叶"),
    ("CLOTHING", "冬季外套"),
    ("BOOKS", "旧书"),
    ("HOUSEHOLD", "玻璃杯"),
    ("ELECTRONICS", "耳机"),
)
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_character(seventeen: str) -> str:
    """GB 11643-1999: weights are powers of 2 modulo 11."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(seventeen))
    return "10X98765432"[total % 11]


def resident_number(random: Random, birth: date, *, region: str | None = None) -> str:
    """A number of 18 characters that nobody needs to have."""
    body = f"{region or random.choice(REGIONS)}{birth:%Y%m%d}{random.randint(1, 999):03}"
    return body + check_character(body)


def uscc(random: Random) -> str:
    """GB 32100-2015: weights are powers of 3 modulo 31."""
    body = "9131" + "0000" + "MA" + "".join(random.choice(USCC_LETTERS[:20]) for _ in range(7))
    total = sum(USCC_LETTERS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + USCC_LETTERS[-total % 31]


def name(random: Random) -> str:
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.randint(1, 2)))


def birth_date(random: Random, youngest: int = 19, oldest: int = 88) -> date:
    return TODAY - timedelta(days=random.randint(youngest * 366, oldest * 365))


def years_from(day: date, years: int) -> date:
    """The same day in another year; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def resident_card(random: Random, *, birth: date | None = None, number: str | None = None) -> Document:
    """A card in force, of a term that fits its holder's age at issue; `number` is one of that birth."""
    birth = birth or birth_date(random)
    issued = max(years_from(TODAY, -4), birth) + timedelta(days=random.randint(1, 1000))
    issued = min(issued, TODAY)
    age = issued.year - birth.year - 1
    term = 5 if age < 16 else 10 if age < 26 else 20
    for_life = age >= 47
    until = None if for_life else years_from(issued, term)
    return Document("RESIDENT_ID", number or resident_number(random, birth), name(random), issued, until, for_life)


def other_document(random: Random) -> Document:
    """A document of another kind than the resident card, in force."""
    kind = random.choice([each for each in DocumentKind if each is not DocumentKind.RESIDENT_ID])
    birth, digits = birth_date(random), f"{random.randint(0, 99_999_999):08}"
    start, end = TODAY - timedelta(days=30), TODAY + timedelta(days=random.randint(0, 60))
    five = years_from(start, 5)
    told: dict[str, Any] = {"birth_date": birth, "valid_until": end}
    match kind:
        case DocumentKind.TEMPORARY_RESIDENT_ID:
            return Document(kind, resident_number(random, birth), name(random), start, end)
        case DocumentKind.HMT_RESIDENCE_PERMIT:
            region = random.choice(("810000", "820000", "830000"))
            return Document(kind, resident_number(random, birth, region=region), name(random), start, five)
        case DocumentKind.MILITARY_ID:
            return Document(kind, f"军字第{digits}号", name(random), birth_date=birth)
        case DocumentKind.ARMED_POLICE_ID:
            return Document(kind, f"武字第{digits}号", name(random), birth_date=birth)
        case DocumentKind.HM_TRAVEL_PERMIT:
            return Document(kind, random.choice("HM") + digits, name(random), **told)
        case DocumentKind.TW_TRAVEL_PERMIT:
            return Document(kind, digits, name(random), **told)
        case DocumentKind.PERMANENT_RESIDENT_ID:
            body = f"91{random.randint(1000, 9999)}{birth:%Y%m%d}{random.randint(1, 999):03}"
            return Document(kind, body + check_character(body), random.choice(LATIN), **told)
        case _:
            number = random.choice("ABCEGP") + digits[: random.randint(5, 8)]
            return Document(kind, number, random.choice(LATIN), issuing_state=random.choice(STATES), **told)


def spelled(random: Random, number: str) -> str:
    """The same number as people type it: full width, with blanks, lower case."""
    ways = [
        number,
        number.lower(),
        "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() else sign for sign in number),
        " ".join((number[:6], number[6:14], number[14:])).strip(),
        f"\u3000{number}\t",
    ]
    return random.choice(ways)


def acceptance(random: Random, document: Document) -> Acceptance:
    """A parcel that may be taken: everything told, declared and inspected."""
    category, goods = random.choice(GOODS)
    quantity = random.randint(1, 9)
    told = replace(document, number=spelled(random, document.number))
    return Acceptance(
        waybill_no=f"SF{random.randint(10**12, 10**13 - 1)}",
        carrier=CARRIER,
        sender=Sender(document.name, f"138{random.randint(0, 99_999_999):08}", "重庆市渝北区冉家坝街 1 号"),
        recipient=Sender("李四光", "13900139000", "北京市朝阳区建国路1号2单元302"),
        evidence=Shown(told),
        declaration=Declaration(category, goods, quantity, confirmed=True),
        inspection=Inspection("PASSED", category, quantity, random.randint(20, 20_000)),
    )


def of_an_organisation(random: Random, base: Acceptance) -> Acceptance:
    """The same, sent by an organisation whose responsible person shows the document."""
    company = f"重庆{random.choice(GIVEN)}{random.choice(GIVEN)}商贸有限公司"
    assert isinstance(base.evidence, Shown)
    proof = OrganisationProof(uscc(random), company, copy_kept=True)
    return replace(
        base,
        sender=replace(base.sender, organisation=company),
        evidence=replace(base.evidence, organisation=proof),
    )


def of_an_agreement(base: Acceptance, agreement_no: str, customer: str) -> Acceptance:
    """The same, by a customer with an agreement."""
    return replace(base, sender=replace(base.sender, organisation=customer), evidence=AgreementCustomer(agreement_no))


def as_letter(base: Acceptance) -> Acceptance:
    """The same, a letter that is not opened."""
    return replace(
        base,
        evidence=Letter(),
        declaration=Declaration("LETTER", "信件", 1, confirmed=True),
        inspection=Inspection("LETTER_UNOPENED", "LETTER", 1, 20),
    )


def preverified(random: Random, base: Acceptance) -> Acceptance:
    """The same, posted at a machine after a remote check."""
    age, of_organisation = timedelta(hours=random.randint(0, 71)), base.sender.organisation is not None
    changed: dict[str, Any] = {"organisation": True} if of_organisation else {}
    return replace(base, evidence=Preverified(voucher(base.waybill_no, NOW - age, **changed)))


def voucher(waybill_no: str, checked_at: datetime, *, key: Ed25519PrivateKey = KIOSK, **changed: Any) -> str:
    """What a self-service device would show of its check, written by RFC 7515's own text."""
    milliseconds = int(checked_at.timestamp() * 1000)
    claims = {
        "v": 1,
        "check_id": str(UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)),
        "waybill_no": waybill_no,
        "kind": "RESIDENT_ID",
        "checked_at": checked_at.isoformat(),
        "commitment": "c" * 43,
    }
    header = {"alg": "EdDSA", "kid": thumbprint(key.public_key().public_bytes_raw()), "typ": "jixin-remote-check+jws"}
    signed = f"{_base64url(json.dumps(header).encode())}.{_base64url(json.dumps(claims | changed).encode())}"
    return f"{signed}.{_base64url(key.sign(signed.encode()))}"


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")
