"""Operators are kept as slow hashes, screens lock by themselves, and wrong PINs lock the door."""

from pathlib import Path

import pytest

from scanners.counter.operators import (
    NotAnOperator,
    OperatorFile,
    add_operator,
    find_by_badge,
    find_by_pin,
    load_operators,
    remove_operator,
    save_operators,
)
from scanners.counter.shifts import FREE_TRIES, NotSignedIn, Shifts, SignInLocked, SignInRefused

NOBODY = OperatorFile("ab" * 16, [])
CLERK = add_operator(NOBODY, "C7", pin="402917", badge="BADGE-7-4471")


def test_who_was_added_signs_in_by_pin_and_by_badge() -> None:
    assert [find_by_pin(CLERK, "C7", "402917"), find_by_badge(CLERK, "BADGE-7-4471")] == [CLERK.operators[0]] * 2
    assert find_by_pin(CLERK, "C7", "402918") is None
    assert find_by_pin(CLERK, "C8", "402917") is None
    assert find_by_badge(CLERK, "BADGE-7-4472") is None


def test_the_file_holds_no_secret_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "operators.json"
    save_operators(path, CLERK)
    assert load_operators(path) == CLERK
    assert b"402917" not in path.read_bytes()
    assert b"BADGE" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "pin" not in repr(CLERK)


def test_the_same_pin_twice_has_two_hashes() -> None:
    two = add_operator(CLERK, "C8", pin="402917")
    assert two.operators[0].pin != two.operators[1].pin


@pytest.mark.parametrize("pin", ["12345", "123456", "987654", "000000", "890123", "4029a7", "٤٠٢٩١٧", "1" * 13, ""])
def test_a_pin_that_anybody_guesses_is_none(pin: str) -> None:
    with pytest.raises(NotAnOperator):
        add_operator(NOBODY, "C7", pin=pin)


def test_a_badge_belongs_to_one_and_is_long_enough() -> None:
    with pytest.raises(NotAnOperator, match="somebody else"):
        add_operator(CLERK, "C8", pin="402918", badge="BADGE-7-4471")
    with pytest.raises(NotAnOperator, match="at least"):
        add_operator(CLERK, "C8", pin="402918", badge="7")
    assert len(add_operator(CLERK, "C7", pin="502918", badge="BADGE-7-4471").operators) == 1


def test_a_file_of_something_else_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "operators.json").write_text("[]")
    with pytest.raises(NotAnOperator, match="remove it"):
        load_operators(tmp_path / "operators.json")
    with pytest.raises(NotAnOperator, match="no operator"):
        remove_operator(CLERK, "C9")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_screen_locks_after_idle_time_and_use_keeps_it_open() -> None:
    clock = Clock()
    shifts = Shifts(clock, idle=600)
    token = shifts.sign_in(CLERK, code="C7", pin="402917", badge=None)
    for clock.now in (500, 1000):
        shifts.find(token, CLERK)
    clock.now = 1500
    shifts.find(token, CLERK, touch=False)
    clock.now = 1601
    with pytest.raises(NotSignedIn):
        shifts.find(token, CLERK)


def test_who_is_removed_is_signed_out_at_once() -> None:
    shifts = Shifts(Clock(), idle=600)
    token = shifts.sign_in(CLERK, code=None, pin=None, badge="BADGE-7-4471")
    with pytest.raises(NotSignedIn):
        shifts.find(token, remove_operator(CLERK, "C7"))
    with pytest.raises(NotSignedIn):
        shifts.find(token, CLERK)


def test_wrong_pins_lock_the_door_for_longer_each_time_and_the_right_one_waits_too() -> None:
    clock = Clock()
    shifts = Shifts(clock, idle=600)
    for _ in range(FREE_TRIES - 1):
        with pytest.raises(SignInRefused):
            shifts.sign_in(CLERK, code="C7", pin="000000", badge=None)
    pauses = []
    for _ in range(7):
        with pytest.raises(SignInLocked) as locked:
            shifts.sign_in(CLERK, code="C7", pin="000000", badge=None)
        pauses.append(locked.value.seconds)
        with pytest.raises(SignInLocked):
            shifts.sign_in(CLERK, code="C7", pin="402917", badge=None)
        clock.now += locked.value.seconds
    assert pauses == [30, 60, 120, 240, 480, 900, 900]
    assert shifts.sign_in(CLERK, code="C7", pin="402917", badge=None)
    with pytest.raises(SignInRefused) as refused:
        shifts.sign_in(CLERK, code="C7", pin="000000", badge=None)
    assert not isinstance(refused.value, SignInLocked)
