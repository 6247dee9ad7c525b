"""The directory: which scheme answers for a version, a day and a place."""

from datetime import date

import pytest

from credit_scoring.errors import SchemeUnknown
from credit_scoring.scheme.directory import Schemes, shipped_schemes
from credit_scoring.scheme.rules import Scheme
from tests.credit_scoring.scheme.texts import scheme

SHIPPED = shipped_schemes()
NATION = scheme("N-2026", since="2026-04-01")
PROVINCE = scheme("ZJ-2026", level="provincial", division="330000")
CITY = scheme("HZ-2026", level="city", division="330100", since="2026-07-01")
ALL = SHIPPED.with_adopted([CITY, NATION, PROVINCE])


@pytest.mark.parametrize(
    ("day", "division", "version"),
    [
        ("2025-12-31", None, "2025-1"),
        ("2026-03-31", None, "2026-1"),
        ("2026-04-01", None, "N-2026"),  # adopted, before the proposal of the same days
        ("2026-06-30", "330100", "ZJ-2026"),
        ("2026-07-01", "330100", "HZ-2026"),
        ("2026-07-01", "330106", "HZ-2026"),  # a district of the city
        ("2026-07-01", "330000", "ZJ-2026"),
        ("2026-07-01", "330200", "ZJ-2026"),
        ("2026-07-01", "440100", "N-2026"),
        ("2031-01-01", "330100", "N-2026"),  # no scheme holds: the nation's last
        ("2001-01-01", None, "2025-1"),
    ],
)
def test_the_nearest_committees_scheme_holds_for_a_day_and_a_place(
    day: str, division: str | None, version: str
) -> None:
    assert ALL.on(date.fromisoformat(day), division).version == version


def test_every_version_is_found_and_no_other() -> None:
    found: list[Scheme] = [ALL.of(each.version) for each in ALL.known]
    assert found == list(ALL.known)
    assert [each.version for each in SHIPPED.known] == ["2025-1", "2026-1"]
    for version in ("2024-1", "", "../2026-1"):
        with pytest.raises(SchemeUnknown):
            ALL.of(version)


def test_schemes_come_in_the_order_in_which_they_begin() -> None:
    days = [each.valid_from for each in ALL.known]
    assert days == sorted(days)
    assert Schemes(()).with_adopted(ALL.known) == ALL
