"""A voucher and the list of who may sign one: what is signed is read back, whatever else is shown is none."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.conftest import Golden
from tests.wire.example import DEVICE_KEY, NEXT_TRACKER_KEY, TRACKER_KEY
from tracker.wire.document_kinds import DocumentKind
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import HEAD_TYPE
from tracker.wire.remote_check import SERVES, VOUCHER_TYPE, Voucher, read_voucher, sign_voucher
from tracker.wire.schemas import build_schemas
from tracker.wire.self_service import SelfServiceDevice, SelfServiceList, read_self_service, sign_self_service
from tracker.wire.signature import Jwk, NotAJws, SigningKey, encode_base64url, parse_jws

NOW = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
KEYS = {DEVICE_KEY.kid: DEVICE_KEY.verifying}
VOUCHER = Voucher(
    v=1, check_id=build_event_id(NOW, b"0123456789"), waybill_no="QN1408223190755", kind=DocumentKind.RESIDENT_ID,
    checked_at=NOW, commitment="c" * 43,
)  # fmt: skip
SIGNED = sign_voucher(VOUCHER, DEVICE_KEY)
CLAIMS = json.loads(parse_jws(SIGNED).payload)
LISTED = SelfServiceList(1, "BLUEBIRD", NOW, [SelfServiceDevice("HZ-01", "KIOSK-1", DEVICE_KEY.verifying.to_jwk())])


def sign(claims: Any, *, typ: str = VOUCHER_TYPE, key: SigningKey = DEVICE_KEY) -> str:
    return key.sign(json.dumps(claims).encode(), typ=typ)


def test_the_device_signs_this_voucher(golden: Golden) -> None:
    golden("wire/voucher.jws", SIGNED.encode())
    assert read_voucher(SIGNED, KEYS) == VOUCHER
    schema = build_schemas()["remote-check.schema.json"]
    assert Draft202012Validator(schema).is_valid(CLAIMS)
    assert not Draft202012Validator(schema).is_valid(CLAIMS | {"name": "张三"})


def test_it_names_nobody_and_stays_small_enough_for_a_telephones_screen() -> None:
    longest = max(DocumentKind, key=len)
    voucher = Voucher(1, VOUCHER.check_id, "Q" * 32, longest, NOW, "c" * 43, organisation=True)
    assert set(json.loads(parse_jws(sign_voucher(voucher, DEVICE_KEY)).payload)) == {
        "v", "check_id", "waybill_no", "kind", "checked_at", "commitment", "organisation",
    }  # fmt: skip
    assert len(sign_voucher(voucher, DEVICE_KEY)) < 600
    assert timedelta(hours=72) == SERVES


@given(
    moment=st.datetimes(timezones=st.just(UTC)).map(lambda told: told.replace(year=2020 + told.year % 80, day=1)),
    kind=st.sampled_from(DocumentKind),
    noise=st.binary(min_size=10, max_size=10),
    organisation=st.booleans(),
)
def test_what_is_signed_is_read_back(moment: datetime, kind: DocumentKind, noise: bytes, organisation: bool) -> None:
    voucher = Voucher(1, build_event_id(moment, noise), "W1", kind, moment, "c" * 43, organisation)
    assert read_voucher(sign_voucher(voucher, DEVICE_KEY), KEYS) == voucher


@pytest.mark.parametrize(
    "text",
    [
        sign(CLAIMS, typ=HEAD_TYPE),
        sign(CLAIMS, typ="JWT"),
        sign(CLAIMS, key=NEXT_TRACKER_KEY),
        sign(CLAIMS | {"v": 2}),
        sign(CLAIMS | {"kind": "LIBRARY_CARD"}),
        sign(CLAIMS | {"name": "张三"}),
        sign(CLAIMS | {"waybill_no": "W" * 65}),
        sign(CLAIMS | {"commitment": "c" * 42}),
        sign(CLAIMS | {"checked_at": "2026-07-01T01:00:00"}),
        sign(CLAIMS | {"checked_at": "2026-07-01T01:00:00.001Z"}),
        sign(CLAIMS | {"check_id": "9b2f9a0e-6a3c-4f5e-8b1d-0a1b2c3d4e5f"}),
        sign([1, 2]),
        sign({**CLAIMS, "waybill_no": "W" * 1_000_000}),
        DEVICE_KEY.sign(b"[" * 100_000, typ=VOUCHER_TYPE),
        DEVICE_KEY.sign(b"\xff\xfe", typ=VOUCHER_TYPE),
        "",
        "..",
        "eyJ.eyJ.x",
        "e" * 2_000_000,
    ],
)
def test_what_is_no_voucher_is_refused(text: str) -> None:
    with pytest.raises(NotAJws):
        read_voucher(text, KEYS)


def test_a_signature_is_of_its_own_claims_and_asks_for_its_own_algorithm() -> None:
    header, claims, signature = SIGNED.split(".")
    other = encode_base64url(json.dumps(CLAIMS | {"waybill_no": "W2"}).encode())
    for alg in ("none", "HS256"):
        told = {"alg": alg, "kid": DEVICE_KEY.kid, "typ": VOUCHER_TYPE}
        weak = encode_base64url(json.dumps(told).encode())
        for text in (f"{weak}.{claims}.", f"{weak}.{claims}.{signature}"):
            with pytest.raises(NotAJws):
                read_voucher(text, KEYS)
    for text in (f"{header}.{other}.{signature}", f"{header}.{claims}.{'A' * 86}", f"{header}.{claims}."):
        with pytest.raises(NotAJws):
            read_voucher(text, KEYS)


def test_a_list_is_believed_with_the_trackers_signature_alone() -> None:
    pinned = {TRACKER_KEY.kid: TRACKER_KEY.verifying}
    assert read_self_service(sign_self_service(LISTED, TRACKER_KEY), pinned) == LISTED
    assert LISTED.keys == KEYS
    bad = Jwk(x="AAAA", kid="none")
    for text in (
        sign_self_service(LISTED, DEVICE_KEY),
        sign_self_service(SelfServiceList(2, "BLUEBIRD", NOW, []), TRACKER_KEY),
        sign_self_service(SelfServiceList(1, "BLUEBIRD", NOW, [SelfServiceDevice("HZ-01", "K", bad)]), TRACKER_KEY),
        sign(CLAIMS, key=TRACKER_KEY),
        TRACKER_KEY.sign(b"{}", typ="jixin-self-service+jws"),
    ):
        with pytest.raises(NotAJws):
            read_self_service(text, pinned)
