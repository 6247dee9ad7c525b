"""The signed report: one tracker's key, this type, these bytes; anything else is refused in words."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.report.world import Printed
from tests.web.world import NOW
from tracker.wire.signature import SigningKey, encode_base64url
from web.commands.receipt_keys import ANNOUNCED_FOR, announce_next, read_key_file, switch_to_next
from web.report.signed import REPORT_TYPE, NotAReport, open_report, sign_report

KEY = SigningKey.generate()
PAYLOAD = b'{"kind":"credit_report","v":1}'
FILE = sign_report(PAYLOAD, KEY, [])
TRUSTED = {KEY.kid: KEY.verifying}


def parts(**changes: str) -> bytes:
    return json.dumps(json.loads(FILE) | changes).encode()


def header(**claims: Any) -> str:
    return encode_base64url(json.dumps({"alg": "EdDSA", "kid": KEY.kid, "typ": REPORT_TYPE} | claims).encode())


def test_what_the_key_signed_is_opened() -> None:
    assert open_report(FILE, TRUSTED).content == {"kind": "credit_report", "v": 1}
    assert open_report(FILE, TRUSTED).kid == KEY.kid
    assert sign_report(PAYLOAD, KEY, []) == FILE


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (sign_report(PAYLOAD, SigningKey.generate(), []), "不在信任之列"),
        (parts(payload=encode_base64url(b'{"kind":"credit_report","v":1,"x":1}')), "签名不符"),
        (parts(protected=header(alg="none"), signature=""), "不是签名的信用报告"),
        (parts(protected=header(alg="HS256")), "不是签名的信用报告"),
        (parts(protected=header(typ="jixin-receipt+jws")), "签名类型不对"),
        (parts(protected=header(crit=["x"])), "不是签名的信用报告"),
        (parts(signature=""), "签名不符"),
        (sign_report(b'{"kind":"credit_report","v":2}', KEY, []), "不认识的报告版本"),
        (sign_report(b"[]", KEY, []), "签名的不是报告"),
        (b"{}", "不是签名的信用报告"),
        (b"\xff\xfe", "不是签名的信用报告"),
    ],
)
def test_anything_else_is_refused_in_words(file: bytes, words: str) -> None:
    with pytest.raises(NotAReport, match=words):
        open_report(file, TRUSTED)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_flipped_bit_passes(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(FILE) - 2))  # but the last: a line's end
    bit = data.draw(st.integers(0, 7))
    flipped = bytes([*FILE[:at], FILE[at] ^ 1 << bit, *FILE[at + 1 :]])
    with pytest.raises(NotAReport):
        open_report(flipped, TRUSTED)


def test_a_type_signed_for_something_else_is_no_report() -> None:
    protected, payload, signature = KEY.sign(PAYLOAD, typ="jixin-receipt+jws").split(".")
    with pytest.raises(NotAReport, match="签名类型不对"):
        open_report(parts(protected=protected, payload=payload, signature=signature), TRUSTED)


def test_after_a_rotation_the_old_pin_leads_to_the_new_key_and_a_retired_key_convinces_nobody_new(
    printed: Printed,
) -> None:
    path, before = printed.settings.receipt_key_file, printed.keys
    old = printed.signed("FARREACH").signed
    announce_next(path, now=NOW)
    switch_to_next(path, now=NOW + ANNOUNCED_FOR + timedelta(seconds=1), at_once=False)
    new, after = printed.signed("FARREACH").signed, printed.keys
    assert open_report(new, before).kid == next(iter(after)), "its notices lead from the key that was pinned"
    assert open_report(new, after).content == open_report(old, before).content
    with pytest.raises(NotAReport, match="retired key"):
        open_report(old, after)
    published = {key.kid: key for key in read_key_file(path).public}
    assert open_report(old, published).kid == next(iter(before)), "`jixin keys` names past ones too"
