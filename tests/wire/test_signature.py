"""Signatures: RFC 8037's own example, another library's opinion, and one spelling of everything."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import OKPAlgorithm

from tests.wire.example import DEVICE_KEY, TRACKER_KEY
from tracker.wire.signature import (
    Jwk,
    NotAJws,
    PrivateJwk,
    SigningKey,
    VerifyingKey,
    decode_base64url,
    digest_of,
    encode_base64url,
    parse_jws,
    thumbprint,
)

# RFC 8037 appendix A: the private key, its thumbprint, and the JWS of "Example of Ed25519 signing".
RFC_8037_KEY = PrivateJwk(
    x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", d="nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
)
RFC_8037_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
RFC_8037_INPUT = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
RFC_8037_SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"


def test_a_key_is_named_by_its_thumbprint_as_in_rfc_8037() -> None:
    key = SigningKey.from_jwk(RFC_8037_KEY)
    assert key.kid == RFC_8037_THUMBPRINT == thumbprint(decode_base64url(RFC_8037_KEY.x))
    assert key.to_jwk() == RFC_8037_KEY
    assert key.verifying.to_jwk() == Jwk(x=RFC_8037_KEY.x, kid=RFC_8037_THUMBPRINT)
    assert VerifyingKey.from_jwk(key.verifying.to_jwk()).kid == key.kid


def test_a_signature_is_the_one_of_rfc_8037() -> None:
    key = SigningKey.from_jwk(RFC_8037_KEY)
    assert encode_base64url(key.key.sign(RFC_8037_INPUT)) == RFC_8037_SIGNATURE


@given(st.binary(max_size=200), st.text(min_size=1, max_size=20))
def test_what_one_key_signed_that_key_verifies_and_no_other(payload: bytes, typ: str) -> None:
    jws = parse_jws(DEVICE_KEY.sign(payload, typ=typ))
    assert (jws.payload, jws.header.kid, jws.header.typ) == (payload, DEVICE_KEY.kid, typ)
    assert jws.verify(DEVICE_KEY.verifying)
    assert not jws.verify(TRACKER_KEY.verifying)
    assert not jws.verify(VerifyingKey(DEVICE_KEY.kid, TRACKER_KEY.verifying.public_bytes))
    assert not jws.verify(VerifyingKey(TRACKER_KEY.kid, DEVICE_KEY.verifying.public_bytes))


def test_the_header_is_exactly_alg_kid_and_typ() -> None:
    text = DEVICE_KEY.sign(b"{}", typ="jixin-scans+jws")
    header = json.loads(decode_base64url(text.split(".")[0]))
    assert header == {"alg": "EdDSA", "kid": DEVICE_KEY.kid, "typ": "jixin-scans+jws"}


@given(st.binary(max_size=100))
def test_pyjwt_verifies_what_we_sign(payload: bytes) -> None:
    public = OKPAlgorithm().from_jwk(json.dumps({"kty": "OKP", "crv": "Ed25519", "x": DEVICE_KEY.to_jwk().x}))
    text = DEVICE_KEY.sign(payload, typ="jixin-scans+jws")
    told = jwt.PyJWS(algorithms=["EdDSA"]).decode_complete(text, public, algorithms=["EdDSA"])
    assert told["payload"] == payload
    assert told["header"]["kid"] == DEVICE_KEY.kid


@given(st.binary(max_size=100))
def test_we_verify_what_pyjwt_signs(payload: bytes) -> None:
    text = jwt.PyJWS(algorithms=["EdDSA"]).encode(
        payload, DEVICE_KEY.key, algorithm="EdDSA", headers={"kid": DEVICE_KEY.kid, "typ": "t"}, sort_headers=True
    )
    jws = parse_jws(text)
    assert jws.payload == payload
    assert jws.verify(DEVICE_KEY.verifying)


@given(st.integers(0, 120), st.integers(0, 7))
def test_one_changed_bit_breaks_it(place: int, bit: int) -> None:
    octets = bytearray(DEVICE_KEY.sign(b"the payload of a head", typ="t").encode())
    octets[place % len(octets)] ^= 1 << bit
    assert not _is_signed(bytes(octets))


def _is_signed(text: bytes) -> bool:
    try:
        return parse_jws(text).verify(DEVICE_KEY.verifying)
    except NotAJws:
        return False


@given(st.binary(max_size=100) | st.text(max_size=100) | st.text(st.sampled_from("eyJ.-_=A"), max_size=40))
def test_any_text_is_no_jws_and_says_so(text: str | bytes) -> None:
    with pytest.raises(NotAJws):
        parse_jws(text)


@given(st.binary(max_size=100))
def test_base64url_is_read_back(octets: bytes) -> None:
    text = encode_base64url(octets)
    assert decode_base64url(text) == decode_base64url(text.encode()) == octets
    assert "=" not in text


@pytest.mark.parametrize("text", ["YQ==", "YQ=", "YR", "Y", "a+b_", "a/b_", "YQ\n", " YQ", "Y Q", "é", "YQ.", "🙂"])
def test_every_other_spelling_of_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 every ValueError is meant
        decode_base64url(text)


@given(st.text(st.sampled_from("AQgwZz09-_+/="), max_size=8))
def test_no_two_texts_are_the_same_octets(text: str) -> None:
    try:
        octets = decode_base64url(text)
    except ValueError:
        return
    assert encode_base64url(octets) == text


def test_a_digest_is_base64url_sha_256() -> None:
    assert digest_of(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def test_generated_keys_differ_and_hide_their_secret() -> None:
    first, second = SigningKey.generate(), SigningKey.generate()
    assert first.kid != second.kid
    assert first.to_jwk().d not in repr(first.to_jwk())
    assert isinstance(first.key, Ed25519PrivateKey)
    assert SigningKey.from_jwk(first.to_jwk()).kid == first.kid
