"""A key set: what others add to it changes nothing, and what is none is said."""

import json
from pathlib import Path

import pytest

from tests.wire.example import seeded_key
from tracker.wire.key_set import NotAKeySet, encode_key_set, read_trusted_keys

ONE, OTHER = seeded_key(1).verifying, seeded_key(2).verifying


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(encode_key_set([ONE, OTHER]))
    assert {kid: key.public_bytes for kid, key in read_trusted_keys(file).items()} == {
        key.kid: key.public_bytes for key in (ONE, OTHER)
    }


def test_members_and_keys_that_others_add_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    (member,) = json.loads(encode_key_set([ONE]))["keys"]
    rsa = {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "another"}
    file.write_text(json.dumps({"keys": [rsa, member | {"use": "sig", "alg": "EdDSA"}], "issuer": "us"}))
    assert read_trusted_keys(file).keys() == {ONE.kid}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "neither a key set"),
        ("[]", "neither a key set"),
        ('{"keys": [7]}', "neither a key set"),
        ('{"keys": []}', "no Ed25519 key"),
        ('{"keys": [{"kty": "RSA", "n": "AQAB"}]}', "no Ed25519 key"),
        (json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "k"}]}), "keys.json: "),
    ],
)
def test_what_is_no_key_set_is_said(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(content)
    with pytest.raises(NotAKeySet, match=said):
        read_trusted_keys(file)
