"""Roles and their scopes (角色与范围): what a scope needs, and how far it reaches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.access.roles import EVERYTHING, AccountMalformed, Level, Role, Scope, check_scope, level_of, parse_login
from tracker.wire.divisions import children_of

PROVINCES = [each.code for each in children_of(None)]
CODES = st.sampled_from(["BLUEBIRD", "EVENWAY", "CQ-01", "HZ-11"])
DIVISIONS = st.sampled_from([*PROVINCES, "330100", "330106", "500112"])


@pytest.mark.parametrize(("role", "scope"), [
    (Role.COURIER, Scope(carrier="A", station="B")),
    (Role.STATION_MANAGER, Scope(carrier="A", station="B")),
    (Role.CARRIER, Scope(carrier="A")),
    (Role.PLATFORM, Scope(platform="SHOP")),
    (Role.REGULATOR, EVERYTHING),
    (Role.REGULATOR, Scope(division="330100")),
    (Role.VAULT_OFFICER, EVERYTHING),
    (Role.ADMINISTRATOR, EVERYTHING),
])  # fmt: skip
def test_a_role_takes_its_own_scope_and_no_other(role: Role, scope: Scope) -> None:
    check_scope(role, scope)
    for name in Scope.__dataclass_fields__:
        value = None if getattr(scope, name) else "500000" if name == "division" else "X"
        other = Scope(**{each: getattr(scope, each) for each in Scope.__dataclass_fields__} | {name: value})
        if role is Role.REGULATOR and name == "division":
            continue
        with pytest.raises(AccountMalformed, match=f"--{name}"):
            check_scope(role, other)


@pytest.mark.parametrize("scope", [Scope(carrier="A B"), Scope(carrier="A'; DROP TABLE account;--"),
                                   Scope(carrier="<b>")])  # fmt: skip
def test_a_scope_holds_codes_only(scope: Scope) -> None:
    with pytest.raises(AccountMalformed):
        check_scope(Role.CARRIER, scope)


def test_a_division_that_is_none_is_refused() -> None:
    with pytest.raises(AccountMalformed, match="999999"):
        check_scope(Role.REGULATOR, Scope(division="999999"))


@pytest.mark.parametrize(("division", "level"), [
    (None, Level.NATION), ("330000", Level.PROVINCE), ("330100", Level.CITY), ("330106", Level.COUNTY),
])  # fmt: skip
def test_a_regulators_level_is_its_divisions(division: str | None, level: Level) -> None:
    assert level_of(Scope(division=division)) is level


@given(carrier=CODES, station=CODES, division=st.none() | DIVISIONS)
def test_a_scope_that_names_more_never_reaches_further(carrier: str, station: str, division: str | None) -> None:
    assert EVERYTHING.holds_station(carrier, station, division)
    for wide, narrow in (
        (Scope(carrier="BLUEBIRD"), Scope(carrier="BLUEBIRD", station="CQ-01")),
        (Scope(division="330000"), Scope(division="330100")),
        (Scope(division="330100"), Scope(division="330106")),
    ):
        assert wide.holds_station(carrier, station, division) >= narrow.holds_station(carrier, station, division)
    assert not Scope(platform="SHOP").holds_station(carrier, station, division)


@given(st.sampled_from(PROVINCES), DIVISIONS)
def test_a_province_holds_its_own_codes_only(province: str, division: str) -> None:
    assert Scope(division=province).holds_station("A", "B", division) == (division[:2] == province[:2])
    assert not Scope(division=province).holds_station("A", "B", None)


@pytest.mark.parametrize("text", ["Anna.W", " anna.w ", "ANNA.W"])
def test_a_login_is_one_in_every_spelling(text: str) -> None:
    assert parse_login(text) == "anna.w"


@pytest.mark.parametrize("text", ["", "a", "13812345678", "张三", "a b", "a'--", "<b>x</b>", "a" * 33, "a\n", "рavel"])
def test_what_is_no_login_is_refused(text: str) -> None:
    """Nor a telephone's or a document's number: a login stands in the audit log."""
    if text == "a\n":
        text = "a\nb"
    with pytest.raises(AccountMalformed):
        parse_login(text)
