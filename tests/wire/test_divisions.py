"""Divisions: names, levels and prefixes."""

import math
from collections import Counter

import pytest

from tracker.wire.divisions import Division, children_of, division_of, division_prefix, find_divisions

EARTH_KM = 6371


def _known(code: str) -> Division:
    division = division_of(code)
    assert division is not None
    return division


def _all_divisions() -> list[Division]:
    provinces = children_of(None)
    cities = [city for province in provinces for city in children_of(province.code)]
    return [*provinces, *cities, *(county for city in cities for county in children_of(city.code))]


def test_the_table_has_every_province_city_and_county_once():
    divisions = _all_divisions()
    assert Counter(division.level for division in divisions) == {"province": 34, "city": 342, "county": 2975}
    assert len({division.code for division in divisions}) == len(divisions)


@pytest.mark.parametrize("code", ["441900", "442000", "460400"])
def test_a_city_without_counties_is_a_city(code):
    assert _known(code).level == "city"
    assert children_of(code) == []


def test_every_code_has_six_digits_and_an_existing_parent():
    for division in _all_divisions():
        assert len(division.code) == 6
        assert division.code.isdigit()
        assert division.parent_code is None or division_of(division.parent_code) is not None


@pytest.mark.parametrize(
    ("code", "full_name", "city_name"),
    [
        ("330000", "浙江省", "浙江省"),
        ("810000", "香港特别行政区", "香港特别行政区"),
        ("330100", "浙江省 杭州市", "杭州市"),
        ("330106", "浙江省 杭州市 西湖区", "杭州市"),
        ("220200", "吉林省 吉林市", "吉林市"),
        ("370600", "山东省 烟台市", "烟台市"),
        ("441900", "广东省 东莞市", "东莞市"),
    ],
)
def test_a_name_reads_from_the_province_down(code, full_name, city_name):
    assert (_known(code).full_name, _known(code).city_name) == (full_name, city_name)


@pytest.mark.parametrize(
    ("code", "full_name", "city_name"),
    [
        ("110000", "北京市", "北京市"),
        ("110100", "北京市", "北京市"),
        ("110101", "北京市 东城区", "北京市"),
        ("120101", "天津市 和平区", "天津市"),
        ("310115", "上海市 浦东新区", "上海市"),
        ("500000", "重庆市", "重庆市"),
        ("500112", "重庆市 渝北区", "重庆市"),
        ("500229", "重庆市 城口县", "重庆市"),
    ],
)
def test_a_municipality_does_not_repeat_itself(code, full_name, city_name):
    assert (_known(code).full_name, _known(code).city_name) == (full_name, city_name)


def test_a_county_right_under_its_province_is_its_own_city():
    jiyuan = _known("419001")
    assert (jiyuan.full_name, jiyuan.city_name) == ("河南省 济源市", "济源市")


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("重庆", ["500000"]),
        ("重庆市", ["500000"]),
        ("重庆市渝北区", ["500112"]),
        ("西湖区", ["330106", "360103"]),
        ("浙江省 杭州市 西湖区", ["330106"]),
        ("市辖区", []),
        ("无此地", []),
        ("重", []),
        ("", []),
    ],
)
def test_a_division_is_found_by_its_name(name, codes):
    assert [division.code for division in find_divisions(name)] == codes


@pytest.mark.parametrize("code", ["", "33", "3301", "330199", "999999", "33010 ", "330106\n"])
def test_an_unknown_code_has_no_division(code):
    assert division_of(code) is None


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("330000", "33"),
        ("330100", "3301"),
        ("330106", "330106"),
        ("500000", "50"),
        ("110000", "11"),
        ("130200", "1302"),
        ("469030", "469030"),  # a single trailing zero belongs to the code
        ("33", "33"),
        ("3301", "3301"),
        ("", ""),
    ],
)
def test_a_prefix_drops_trailing_pairs_of_zeros_only(code, prefix):
    assert division_prefix(code) == prefix


def test_a_prefix_is_never_empty_so_that_it_cannot_match_everything():
    assert division_prefix("000000") == "00"


def test_the_prefix_of_a_division_matches_all_below_it():
    for division in _all_divisions():
        prefix = division_prefix(division.code)
        assert all(child.code.startswith(prefix) for child in children_of(division.code))


def test_a_province_has_the_point_of_its_first_city():
    assert (_known("330000").lng, _known("330000").lat) == (_known("330100").lng, _known("330100").lat)


def test_an_unknown_point_is_none_and_never_zero():
    assert (_known("500155").lng, _known("500155").lat) == (None, None)
    assert all(division.lng != 0 and division.lat != 0 for division in _all_divisions())


def test_a_county_lies_near_its_city():
    for division in _all_divisions():
        city = division_of(division.parent_code) if division.level == "county" and division.parent_code else None
        if city is None or None in (division.lng, division.lat, city.lng, city.lat):
            continue
        north = math.radians((division.lat or 0) - (city.lat or 0))
        east = math.radians((division.lng or 0) - (city.lng or 0)) * math.cos(math.radians(division.lat or 0))
        assert EARTH_KM * math.hypot(north, east) < 800, division.full_name  # 三沙 is wide
