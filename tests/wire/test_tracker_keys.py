"""The tracker's keys: whoever believes one follows to the next ones, and nobody follows a notice that nobody signed."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.example import RECORDED_AT, TRACKER_KEY, build_receipt, seeded_key
from tracker.wire.receipt import (
    STORE_TYPE,
    StoreState,
    read_store_state,
    sign_receipt,
    sign_store_state,
    verify_receipt,
    verify_store_state,
)
from tracker.wire.signature import Jwk, NotAJws, SigningKey, VerifyingKey
from tracker.wire.tracker_keys import NOTICE_TYPE, KeyNotice, follow_keys, sign_notice

KEYS = [TRACKER_KEY, *(seeded_key(first) for first in (64, 96, 128, 160))]
THIEF = seeded_key(200)


def pin(*keys: SigningKey) -> dict[str, VerifyingKey]:
    return {key.kid: key.verifying for key in keys}


def named(by: SigningKey, key: SigningKey, relation: str = "next") -> str:
    return sign_notice(KeyNotice(1, relation, key.verifying.to_jwk(), RECORDED_AT), by)  # type: ignore[arg-type] # either


NEXT = [named(past, key) for past, key in pairwise(KEYS)]
PAST = [named(key, past, "past") for past, key in pairwise(KEYS)]


def say(key: SigningKey, notices: Sequence[str]) -> str:
    return sign_store_state(StoreState("store", 1, 7, list(notices)), key)


@given(st.integers(0, 4), st.permutations([*NEXT, *PAST]))
def test_a_key_leads_to_all_that_came_after_it_whatever_the_order(first: int, notices: list[str]) -> None:
    assert follow_keys(notices, pin(KEYS[first])).keys() == {key.kid for key in KEYS[first:]}
    assert list(follow_keys(NEXT, pin(KEYS[first]))) == [key.kid for key in KEYS[first:]]


@given(st.integers(0, 4), st.permutations([*NEXT, *PAST]))
def test_for_an_old_receipt_any_key_leads_to_every_other(known: int, notices: list[str]) -> None:
    assert follow_keys(notices, pin(KEYS[known]), into_past=True) == pin(*KEYS)


def test_a_device_that_was_away_for_four_changes_believes_the_store_and_only_its_heirs() -> None:
    word = read_store_state(say(KEYS[4], NEXT), pin(KEYS[0]))
    assert word.keys == pin(KEYS[4])
    assert (word.state.position, word.state.keys) == (7, NEXT)


def test_an_announced_key_is_believed_beside_the_present_one_until_it_signs() -> None:
    announced = read_store_state(say(KEYS[0], NEXT[:1]), pin(KEYS[0])).keys
    assert announced == pin(KEYS[0], KEYS[1])
    assert verify_receipt(sign_receipt(build_receipt(), KEYS[1]), announced) == build_receipt()
    switched = read_store_state(say(KEYS[1], NEXT[:1]), announced).keys
    assert switched == pin(KEYS[1])


def test_a_retired_key_speaks_to_nobody() -> None:
    believed = read_store_state(say(KEYS[1], NEXT[:1]), pin(KEYS[0])).keys
    stolen = say(THIEF, [*NEXT, named(KEYS[0], THIEF)])
    for text in (stolen, say(KEYS[0], NEXT[:1])):
        with pytest.raises(NotAJws):
            read_store_state(text, believed)


def test_a_key_that_was_announced_and_never_used_is_forgotten() -> None:
    announced = read_store_state(say(KEYS[0], [named(KEYS[0], KEYS[1])]), pin(KEYS[0])).keys
    assert read_store_state(say(KEYS[0], [named(KEYS[0], KEYS[2])]), announced).keys == pin(KEYS[0], KEYS[2])


def test_a_notice_of_a_past_key_opens_nothing_to_a_device() -> None:
    assert follow_keys(PAST, pin(KEYS[4])) == pin(KEYS[4])


@pytest.mark.parametrize(
    "notice",
    [
        "",
        "no notice",
        named(THIEF, THIEF),
        named(KEYS[0], THIEF).rpartition(".")[0] + "." + "A" * 86,
        TRACKER_KEY.sign(b"{}", typ=NOTICE_TYPE),
        TRACKER_KEY.sign(
            b'{"v":1,"relation":"next","key":{"x":"AAAA","kid":"a"},"made_at":"2026-07-01T00:00:00Z"}', typ=NOTICE_TYPE
        ),
        sign_notice(KeyNotice(2, "next", THIEF.verifying.to_jwk(), RECORDED_AT), TRACKER_KEY),
        named(KEYS[0], THIEF).replace(named(KEYS[0], THIEF).partition(".")[0], say(KEYS[0], []).partition(".")[0]),
    ],
    ids=["empty", "text", "stranger", "forged", "claims", "short key", "version", "type"],
)
def test_a_notice_that_cannot_be_believed_changes_nothing(notice: str) -> None:
    assert follow_keys([notice], pin(TRACKER_KEY)) == pin(TRACKER_KEY)
    assert verify_store_state(say(TRACKER_KEY, [notice]), pin(TRACKER_KEY)).position == 7


def test_a_key_is_known_by_its_bytes_and_not_by_what_it_is_called() -> None:
    jwk = THIEF.verifying.to_jwk()
    lied = sign_notice(KeyNotice(1, "next", Jwk(jwk.x, TRACKER_KEY.kid), RECORDED_AT), TRACKER_KEY)
    assert follow_keys([lied], pin(TRACKER_KEY)) == pin(TRACKER_KEY, THIEF)


def test_a_state_without_a_change_is_the_same_bytes_as_ever() -> None:
    assert sign_store_state(StoreState("s", 1, 7), TRACKER_KEY) == TRACKER_KEY.sign(
        b'{"store":"s","epoch":1,"position":7}', typ=STORE_TYPE
    )
