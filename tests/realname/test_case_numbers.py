"""Case numbers: those that courts, offices and this system give are taken, names and persons' numbers are not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.realname.case_numbers import LENGTH, parse_case_no
from web.commands.erasing import run_erase
from web.commands.running import InstallationError
from web.settings import Settings

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕云宁甘新桂青"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚英华云宁青桂新"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("(2026)沪0101刑初12号", "(2026)沪0101刑初12号"),
        (" （2026）浙01民终5号 ", "(2026)浙01民终5号"),
        ("国邮发〔2017〕105号", "国邮发〔2017〕105号"),
        ("浙邮管〔2026〕第3号", "浙邮管〔2026〕第3号"),
        ("ga/2026-0017.3", "GA/2026-0017.3"),
        ("R-7KQ2-ABCD-EFGH-IJKL", "R-7KQ2-ABCD-EFGH-IJKL"),
        ("r7kq2 abcd efgh ijkl", "R-7KQ2-ABCD-EFGH-IJKL"),
        ("TS20261018-7K4M-2QXD", "TS20261018-7K4M-2QXD"),
        ("1", "1"),
        ("９" * LENGTH, "9" * LENGTH),
    ],
)
def test_a_case_number_is_taken_in_one_spelling(typed: str, number: str) -> None:
    assert parse_case_no(typed) == number
    assert parse_case_no(number) == number


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "-", "ABC", "第号", "张三", "张三1", "苏云1号", "王新1号", "京沪1", "ZHANGSAN-1", "1\n2", "1 2",
        "1\u200b2",
        "13800138000", "138-0013-8000", "008613800138000", "11010519491231002X", "110105-19491231-002x",
        "9" * (LENGTH + 1), "(2026)沪0101刑初12号张三", "案件1", "<b>1</b>", "1;2",
    ],
)  # fmt: skip
def test_what_has_not_the_shape_is_none(typed: str) -> None:
    assert parse_case_no(typed) is None


@given(st.sampled_from(SURNAMES), st.text(GIVEN, min_size=1, max_size=2), st.integers(0, 9999), st.booleans())
def test_no_chinese_name_passes_beside_a_number(surname: str, given_: str, number: int, first: bool) -> None:
    name = surname + given_
    assert parse_case_no(f"{name}{number}" if first else f"{number}{name}") is None
    assert parse_case_no(f"(2026)沪0101刑初{number}号{name}") is None


@given(st.text(max_size=80))
def test_whatever_is_typed_has_an_answer(typed: str) -> None:
    number = parse_case_no(typed)
    assert number is None or (1 <= len(number) <= LENGTH and number.isprintable())


def test_the_command_asks_for_the_shape_before_it_looks_at_anything(tmp_path: Path) -> None:
    with pytest.raises(InstallationError, match="案件编号只能用字母、数字"):
        run_erase(Settings(data_dir=tmp_path), waybill_no="W1", record_ids=[], case_no="张三 2026-1")
    assert list(tmp_path.iterdir()) == []
