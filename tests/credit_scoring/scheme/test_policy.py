"""The policy: schemes are data, read and checked."""

import re
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.errors import SchemeInvalid, SchemeUnknown
from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.indicators import Direction
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scheme.rules import Rule, Scheme

FILE = (resources.files("credit_scoring.scheme") / "schemes" / "2026-1.toml").read_bytes()


def changed(old: str, new: str) -> bytes:
    text = FILE.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def test_the_shipped_scheme_says_in_both_languages_that_it_is_a_proposal() -> None:
    scheme = shipped_schemes().of("2026-1")
    assert scheme.proposal
    assert "建议稿" in scheme.title.zh
    assert "不是官方标准" in scheme.note.zh
    assert "not an official standard" in scheme.note.en


def test_the_shipped_scheme_gives_a_thousand_points_and_four_grades() -> None:
    scheme = shipped_schemes().of("2026-1")
    assert sum(rule.points for rule in scheme.rules) == 1000
    assert scheme.minimum_parcels == 30
    assert [(grade.name, grade.from_score) for grade in scheme.grades] == [("A", 900), ("B", 750), ("C", 600), ("D", 0)]


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("1000", "A"),
        ("900.0", "A"),
        ("899.9", "B"),
        ("750.0", "B"),
        ("749.9", "C"),
        ("600", "C"),
        ("599.9", "D"),
        ("0", "D"),
    ],
)
def test_a_grade_begins_at_its_own_score(score: str, grade: str) -> None:
    assert shipped_schemes().of("2026-1").grade_of(Decimal(score)) == grade


def test_an_unknown_version_is_refused_and_never_looked_up_as_a_path() -> None:
    for version in ("2024-1", "", "../2026-1", "2026-1.toml"):
        with pytest.raises(SchemeUnknown):
            shipped_schemes().of(version)


def test_a_rule_gives_all_points_at_full_none_at_zero_and_half_between() -> None:
    for rule in shipped_schemes().of("2026-1").rules:
        assert rule.full is not None
        assert rule.zero is not None
        assert rule.points_of(rule.full) == rule.points
        assert rule.points_of(rule.zero) == 0
        assert rule.points_of((rule.full + rule.zero) / 2) == Decimal(rule.points) / 2


@given(st.sampled_from(shipped_schemes().of("2026-1").rules), st.decimals(0, 1), st.decimals(0, 1))
def test_a_better_value_never_has_fewer_points(rule: Rule, one: Decimal, other: Decimal) -> None:
    worse, better = sorted((one, other), reverse=indicator_of(rule.indicator).direction is Direction.LOWER)
    assert 0 <= rule.points_of(worse) <= rule.points_of(better) <= rule.points


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("licensing = 150", "licensing = 151", "add up to 1000"),
        ("points = 90", "points = 91", "its rules' points are 351, the dimension's 350"),
        ("safety = 350", "safety = 340\nservices = 10", "services"),
        ("total = 1000", "total = 100", "total must be 1000"),
        ('indicator = "damage"', 'indicator = "loss"', "two rules for loss"),
        ('indicator = "damage"', 'indicator = "smiles"', "smiles"),
        ("full = 0.98\nzero = 0.60", "full = 0.60\nzero = 0.98", "full must be better"),
        ("full = 0.0001\nzero = 0.01", "full = 0.01\nzero = 0.0001", "full must be better"),
        ("full = 0.98", "full = nan", "delivered_in_time: values are not below 0"),
        ("full = 0.98", "full = inf", "values are not below 0"),
        ("full = 0.98", "full = -1", "values are not below 0"),
        ("valid_until = 2026-12-31", "valid_until = 2025-12-31", "before valid_from"),
        ('level = "national"', 'level = "city"', "no division"),
        ("full = 0.98", "full = 98", "shares, 0 to 1"),
        ("full = 0.98", 'full = "0.98"', "not a number"),
        ("points = 90", "points = true", "not a whole number"),
        ("minimum_parcels = 30", "minimum_parcels = 0", "at least 1"),
        ("minimum_parcels = 30", "minimum_parcels = 0", "minimum_parcels must be at least 1"),
        ("minimum_parcels = 30", "minimum = 30", "unknown: minimum"),
        ("total = 1000\n", "total = 1000\nweight = 1\n", "unknown: weight"),
        ("minimum_parcels = 30   # fewer in the window: no score, no place\n", "", "'minimum_parcels' is missing"),
        ("valid_from = 2026-01-01", 'valid_from = "2026-01-01"', "not a day"),
        ('status = "proposal"', 'status = "official"', "`proposal` or `adopted`"),
        ('name = "B"', 'name = "A"', "a grade's name is its own"),
        ("from = 600", "from = 800", "from the best to the worst"),
        ('name = "D"\nfrom = 0', 'name = "D"\nfrom = 10', "reach down to 0"),
        ('version = "2026-1"', "version = [", "Invalid value"),
    ],
)
def test_a_scheme_that_breaks_a_rule_is_refused_and_says_which(old: str, new: str, why: str) -> None:
    with pytest.raises(SchemeInvalid, match=rf"[一-龥].* · .*{re.escape(why)}"):
        parse_scheme(changed(old, new))


def test_a_scheme_without_its_english_words_is_refused() -> None:
    with pytest.raises(SchemeInvalid, match="both languages"):
        parse_scheme(changed('en = "Of all parcels accepted, those lost or destroyed."', 'en = " "'))


def test_bytes_that_are_not_text_are_no_scheme() -> None:
    with pytest.raises(SchemeInvalid):
        parse_scheme(b"\xff\xfe")


def test_another_file_has_another_digest() -> None:
    one, other = parse_scheme(FILE), parse_scheme(FILE + b"# a comment\n")
    assert isinstance(one, Scheme)
    assert one.sha256 != other.sha256


BANDS = """bands = [
    {from = 0, to = 0.6, points = 0},
    {from = 0.6, to = 0.98, points = 50},
    {from = 0.98, to = 1, points = 90},
]
"""


def test_bands_give_each_stretch_its_points() -> None:
    scheme = parse_scheme(changed("full = 0.98\nzero = 0.60\n", BANDS))
    rule = next(rule for rule in scheme.rules if rule.bands)
    told = {"0": 0, "0.599": 0, "0.6": 50, "0.9799": 50, "0.98": 90, "1": 90}
    assert {value: rule.points_of(Decimal(value)) for value in told} == told


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("to = 0.6,", "to = 0.5,", "delivered_in_time: the bands leave out 0.5 to 0.6"),
        ("to = 0.6,", "to = 0.7,", "delivered_in_time: bands overlap from 0.6 on"),
        ("from = 0,", "from = 0.1,", "delivered_in_time: the bands leave out what lies below 0.1"),
        ("to = 1,", "to = 0.99,", "delivered_in_time: the bands leave out what lies above 0.99"),
        ("points = 50", "points = 91", "delivered_in_time: worse gets more points"),
        ("points = 90}", "points = 80}", "delivered_in_time: the best band has all points"),
        ("{from = 0.98", "{form = 0.98", "unknown: form"),
    ],
)
def test_bands_with_a_gap_or_an_overlap_are_refused_with_the_line(old: str, new: str, why: str) -> None:
    with pytest.raises(SchemeInvalid, match=rf"第 121 行 line 121: [^·]*[一-龥][^·]* · {re.escape(why)}"):
        parse_scheme(changed("full = 0.98\nzero = 0.60\n", BANDS.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("least", "why"),
    [
        ("1001", "minimum_covered 为 0 至 1000 分 · minimum_covered is 0 to 1000 points"),
        ("-1", "minimum_covered 为 0 至 1000 分 · minimum_covered is 0 to 1000 points"),
        ("0.5", "Decimal('0.5') 不是整数 · Decimal('0.5') is not a whole number"),
    ],
)
def test_the_least_points_that_must_be_known_are_refused_with_their_line(least: str, why: str) -> None:
    with pytest.raises(SchemeInvalid, match=re.escape(f"第 11 行 line 11: {why}")):
        parse_scheme(changed("minimum_covered = 200", f"minimum_covered = {least}"))


def test_an_older_text_that_names_no_least_points_is_read_as_before() -> None:
    assert parse_scheme(changed("minimum_covered = 200", "")).minimum_covered == 0
