"""Operators are kept as slow hashes, screens lock by themselves, and wrong PINs lock the door."""

from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from scanners.counter import shifts as shifts_of_the_counter
from scanners.counter.machines import machine_of
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
from scanners.counter.shifts import (
    FREE_TRIES,
    FREE_TRIES_OF_ALL,
    HERE,
    NotSignedIn,
    Shifts,
    SignInLocked,
    SignInRefused,
)

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
    now: float = 0.0

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


def guess(shifts: Shifts, machine: str, pin: str = "000000") -> str:
    """How a try from a machine ends."""
    try:
        shifts.sign_in(CLERK, code="C7", pin=pin, badge=None, machine=machine)
    except SignInRefused as refused:
        return "locked" if isinstance(refused, SignInLocked) else "refused"
    return "in"


def test_wrong_tries_of_another_machine_lock_neither_the_counters_own_nor_a_third() -> None:
    shifts = Shifts(Clock(), idle=600)
    assert [guess(shifts, "192.168.1.66") for _ in range(FREE_TRIES + 1)] == ["refused"] * 4 + ["locked"] * 2
    assert guess(shifts, "192.168.1.66", "402917") == "locked"
    assert guess(shifts, "192.168.1.7", "402917") == "in"
    assert guess(shifts, HERE, "402917") == "in"


def test_one_guesser_with_many_addresses_is_locked_out_and_the_counters_own_machine_is_not() -> None:
    clock = Clock()
    shifts = Shifts(clock, idle=600)
    ended = [guess(shifts, f"192.168.1.{number}") for number in range(2 * FREE_TRIES_OF_ALL)]
    assert ended.index("locked") == FREE_TRIES_OF_ALL - 1
    assert set(ended[FREE_TRIES_OF_ALL:]) == {"locked"}
    assert guess(shifts, HERE, "402917") == "in"
    heard = 0
    for clock.now in range(0, 3 * 3600, 30):
        counted = len(shifts._of_all.wrong), shifts._of_all.locked_until
        guess(shifts, f"10.0.{clock.now % 200}.{clock.now % 250}")
        heard += (len(shifts._of_all.wrong), shifts._of_all.locked_until) != counted
    assert heard < 3 * (FREE_TRIES_OF_ALL + 10), "years for six digits"
    assert guess(shifts, HERE, "402917") == "in"


@pytest.mark.parametrize("machine", [HERE, "192.168.1.66"])
@pytest.mark.parametrize("with_badge", [False, True])
def test_a_clerk_who_signs_in_between_guesses_a_colleagues_pin_no_faster(machine: str, with_badge: bool) -> None:
    clock = Clock()
    shifts = Shifts(clock, idle=600)
    both = add_operator(CLERK, "C8", pin="583026")

    def sign_in() -> str:
        try:
            if with_badge:
                return shifts.sign_in(both, code=None, pin=None, badge="BADGE-7-4471", machine=machine)
            return shifts.sign_in(both, code="C7", pin="402917", badge=None, machine=machine)
        except SignInLocked:
            return ""

    def guess_of_c8(pin: str = "000000") -> bool:
        try:
            return bool(shifts.sign_in(both, code="C8", pin=pin, badge=None, machine=machine))
        except SignInRefused as refused:
            return not isinstance(refused, SignInLocked)

    guessed = 0
    for _ in range(4 * FREE_TRIES):
        guessed += guess_of_c8()
        sign_in()
    assert guessed == FREE_TRIES - 1, "the next one locked the machine"
    assert sign_in() == "", "the guesser's own sign-in waits, too"
    clock.now += 30
    assert sign_in()
    assert guess_of_c8("583026"), "who is meant comes in, and is forgiven"
    assert guess_of_c8(), "so that a slip of theirs locks nobody"


def test_wrong_tries_are_forgotten_in_an_hour_so_that_slips_do_not_add_up_for_ever() -> None:
    clock = Clock()
    shifts = Shifts(clock, idle=600)
    for clock.now in range(0, 8_000, 1_000):
        with pytest.raises(SignInRefused) as refused:
            shifts.sign_in(CLERK, code=None, pin=None, badge=f"PARCEL-{clock.now}")
        assert not isinstance(refused.value, SignInLocked)
        assert shifts.sign_in(CLERK, code="C7", pin="402917", badge=None)


def test_the_addresses_that_are_remembered_are_bounded_and_the_counters_own_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shifts_of_the_counter, "MOST_MACHINES", 5)
    shifts = Shifts(Clock(), idle=600)
    own = [guess(shifts, HERE) for _ in range(FREE_TRIES)]
    assert own[-1] == "locked"
    for number in range(20):
        guess(shifts, f"10.0.0.{number}")
    assert len(shifts._tries) <= 5
    assert guess(shifts, HERE, "402917") == "locked"


@pytest.mark.parametrize(
    ("client", "server", "machine"),
    [
        ("127.0.0.1", "127.0.0.1", HERE), ("::1", "::1", HERE), ("192.168.1.5", "192.168.1.5", HERE),
        ("192.168.1.66", "192.168.1.5", "192.168.1.66"), ("testclient", "testserver", HERE),
    ],
)  # fmt: skip
def test_a_machine_is_known_by_its_address_and_the_counters_own_by_whichever(
    client: str, server: str, machine: str
) -> None:
    scope = {"type": "http", "client": (client, 4711), "server": (server, 8787)}
    assert machine_of(HTTPConnection(scope)) == machine
