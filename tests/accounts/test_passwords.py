"""Passwords and codes (口令与动态码): slow hashes, second factors, and what is refused."""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.accounts import passwords
from web.accounts.keys import AccountKeys, read_account_keys
from web.accounts.passwords import (
    LONGEST,
    PasswordRefused,
    check_new_password,
    fits,
    hash_password,
    new_one_time_password,
    nobodys_hash,
)
from web.accounts.second_factor import code_of, find_step, make_offer, open_secret, seal_secret, step_of

NOW = datetime(2026, 10, 18, 6, 3, tzinfo=UTC)
KEYS = AccountKeys(*(letter * 32 for letter in (b"a", b"b", b"c", b"d", b"e")))
OTHER = AccountKeys(*(letter * 32 for letter in (b"v", b"w", b"x", b"y", b"z")))


def test_a_password_fits_its_own_hash_in_every_input_method() -> None:
    phc = hash_password("Ａ long Sentence 12")
    assert re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", phc)
    assert fits("A long Sentence 12", phc)
    assert not fits("a long sentence 12", phc)
    assert hash_password("A long Sentence 12") != phc


def test_where_there_is_no_password_the_same_work_is_done_and_nothing_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Watched:
        @staticmethod
        def verify_phc_encoded(password: bytes, phc: str) -> None:
            seen.append(phc)

    monkeypatch.setattr(passwords, "Argon2id", Watched)
    monkeypatch.setattr(passwords, "nobodys_hash", lambda: "$argon2id$nobody")
    assert not fits("whatever", None)
    assert fits("whatever", "$argon2id$somebody")
    assert seen == ["$argon2id$nobody", "$argon2id$somebody"]


def test_nobodys_password_costs_as_much_as_anybodys() -> None:
    assert nobodys_hash().split("$")[:4] == hash_password("x").split("$")[:4]


def test_one_time_passwords_are_random_and_easy_to_read_out() -> None:
    made = {new_one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"([2-9a-hj-km-np-z]{4}-){3}[2-9a-hj-km-np-z]{4}", each) for each in made)


@pytest.mark.parametrize(("new", "again", "code"), [
    ("a good long one", "a good long oen", "differs"),
    ("short", "short", "length"),
    ("x" * (LONGEST + 1), "x" * (LONGEST + 1), "length"),
    ("aaaaaaaaaaaab", "aaaaaaaaaaaab", "plain"),
    ("I am ANNA.W of it", "I am ANNA.W of it", "plain"),
])  # fmt: skip
def test_a_password_that_is_too_plain_is_refused_with_its_reason(new: str, again: str, code: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        check_new_password(new, again, login="anna.w")
    assert refused.value.code == code
    check_new_password("a good long one", "a good long one", login="anna.w")


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_of(b"12345678901234567890", seconds // 30) == code


@given(st.binary(min_size=20, max_size=20), st.integers(-5, 5))
def test_a_code_fits_for_a_minute_and_a_half(secret: bytes, drift: int) -> None:
    step = step_of(NOW)
    found = find_step(secret, code_of(secret, step + drift), now=NOW)
    if abs(drift) <= 1:
        assert found is not None
        assert code_of(secret, found) == code_of(secret, step + drift)
    elif found is not None:  # one of three others, by chance
        assert code_of(secret, found) == code_of(secret, step + drift)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\udcff"])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert find_step(b"12345678901234567890", code, now=NOW) is None


def test_blanks_in_a_code_do_not_count() -> None:
    code = code_of(b"12345678901234567890", step_of(NOW))
    assert find_step(b"12345678901234567890", f" {code[:3]} {code[3:]} ", now=NOW) == step_of(NOW)
    assert find_step(b"12345678901234567890", code, now=NOW + timedelta(minutes=2)) is None


@given(st.binary(min_size=20, max_size=20))
def test_a_sealed_secret_opens_for_its_account_and_key_only(secret: bytes) -> None:
    sealed = seal_secret(KEYS, secret, login="anna")
    assert secret not in sealed
    assert open_secret(KEYS, sealed, login="anna") == secret
    assert open_secret(KEYS, sealed, login="bert") is None
    assert open_secret(OTHER, sealed, login="anna") is None
    assert open_secret(KEYS, sealed[:-1], login="anna") is None
    assert open_secret(KEYS, b"", login="anna") is None


def test_an_offer_is_one_a_session_and_reads_the_same_scanned_and_typed() -> None:
    offer = make_offer(KEYS, b"s" * 32, login="anna")
    assert make_offer(KEYS, b"s" * 32, login="anna") == offer
    assert make_offer(KEYS, b"t" * 32, login="anna").secret != offer.secret
    assert make_offer(OTHER, b"s" * 32, login="anna").secret != offer.secret
    query = parse_qs(urlsplit(offer.address).query)
    assert base64.b32decode(query["secret"][0]) == base64.b32decode(offer.typed.replace(" ", "")) == offer.secret
    assert len(offer.secret) == 20


def test_the_keys_are_made_once_and_are_three(tmp_path: Path) -> None:
    keys = read_account_keys(tmp_path / "keys" / "accounts-key")
    assert read_account_keys(tmp_path / "keys" / "accounts-key") == keys
    assert len({keys.seal, keys.offer, keys.names}) == 3
    assert "b'" not in repr(keys)
