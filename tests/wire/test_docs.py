"""The wire's page: its worked example is checked step by step, its tables name every code, its limits are ours."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.conftest import GOLDEN
from tracker.wire.details import PROMISE_YEARS
from tracker.wire.errors import RefusalCode, RejectionCode
from tracker.wire.event import MAX_EVENT_BYTES
from tracker.wire.message import MAX_EVENTS, MAX_PAYLOAD_BYTES
from tracker.wire.schemas import build_schemas

PAGE = (Path(__file__).parents[2] / "docs" / "wire" / "README.md").read_text(encoding="utf-8")
EXAMPLE = dict(re.findall(r"<!-- example: ([\w-]+) -->\n```\w+\n(.*)\n```", PAGE))
WIRE = GOLDEN / "wire"


def encode(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def digest(text: str) -> str:
    return encode(sha256(text.encode()).digest())


def thumbprint(x: str) -> str:
    return digest(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}')


def test_the_example_can_be_followed_with_nothing_of_ours() -> None:
    jwk = json.loads(EXAMPLE["device-key"])
    key = Ed25519PrivateKey.from_private_bytes(decode(jwk["d"]))
    assert decode(jwk["d"]) == bytes(range(32))
    assert encode(key.public_key().public_bytes_raw()) == jwk["x"]
    assert thumbprint(jwk["x"]) == EXAMPLE["device-kid"]
    assert [digest(EXAMPLE["event-1"]), digest(EXAMPLE["event-2"])] == [EXAMPLE["digest-1"], EXAMPLE["digest-2"]]
    claims, header = json.loads(EXAMPLE["claims"]), json.loads(EXAMPLE["header"])
    assert claims["digests"] == [EXAMPLE["digest-1"], EXAMPLE["digest-2"]]
    assert header == {"alg": "EdDSA", "kid": EXAMPLE["device-kid"], "typ": "jixin-scans+jws"}
    signing_input = f"{encode(EXAMPLE['header'].encode())}.{encode(EXAMPLE['claims'].encode())}"
    assert f"{signing_input}.{encode(key.sign(signing_input.encode()))}" == EXAMPLE["head"]
    assert EXAMPLE["payload"] == f'{{"head":"{EXAMPLE["head"]}","events":[{EXAMPLE["event-1"]},{EXAMPLE["event-2"]}]}}'
    assert digest(EXAMPLE["payload"]) == EXAMPLE["payload-sha256"]


@pytest.mark.parametrize("name", ["receipt", "store"])
def test_the_trackers_words_in_the_example_are_signed_by_its_pinned_key(name: str) -> None:
    pinned = json.loads(EXAMPLE["tracker-key"])
    header, claims, signature = EXAMPLE[name].split(".")
    assert json.loads(decode(header)) == {"alg": "EdDSA", "kid": pinned["kid"], "typ": f"jixin-{name}+jws"}
    assert thumbprint(pinned["x"]) == pinned["kid"]
    Ed25519PublicKey.from_public_bytes(decode(pinned["x"])).verify(decode(signature), f"{header}.{claims}".encode())
    assert decode(claims).decode() == EXAMPLE[f"{name}-claims"]


def test_the_receipt_in_the_example_answers_its_payload() -> None:
    first = json.loads(EXAMPLE["receipt-claims"])["batches"][0]
    assert first["payload_sha256"] == EXAMPLE["payload-sha256"]
    assert first["batch_id"] == json.loads(EXAMPLE["claims"])["batch_id"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("event-1", "accepted.json"),
        ("event-2", "delivered.json"),
        ("payload", "scans.json"),
        ("receipt", "receipt.jws"),
        ("store", "store.jws"),
    ],
)
def test_the_example_is_what_this_implementation_sends(name: str, file: str) -> None:
    assert EXAMPLE[name].encode() == (WIRE / file).read_bytes()


def test_every_code_has_its_line() -> None:
    lines = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    for code in (*RefusalCode, *RejectionCode):
        assert lines.count(code.value) == 1, code


def test_the_page_names_the_limits_and_the_schemas() -> None:
    for limit in (MAX_EVENT_BYTES, MAX_PAYLOAD_BYTES, MAX_EVENTS):
        assert f"{limit:,}" in PAGE
    assert "{} to {}".format(*PROMISE_YEARS) in PAGE
    assert set(re.findall(r"\]\(([\w-]+\.schema\.json)\)", PAGE)) == set(build_schemas())
