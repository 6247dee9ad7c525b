"""Spelling: wide, spaced and lower-case numbers are the same numbers; lookalikes are none."""

import sys
import unicodedata

import pytest

from scanners.identity.spelling import Lookalike, is_address, is_name, is_phone, is_same_name, read_number


@pytest.mark.parametrize(
    "typed",
    ["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", " 110105 19491231\u3000002x\t",
     "110105\u00a019491231\u200b002X\ufeff"],
)  # fmt: skip
def test_what_an_input_method_did_is_undone(typed: str) -> None:
    assert read_number(typed) == "11010519491231002X"


def test_no_character_but_its_own_wide_form_ever_becomes_a_digit_or_a_letter() -> None:
    """Over all of Unicode: a lookalike is refused, or stays what it is."""
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if 0xD800 <= code < 0xE000 or char.isascii() or 0xFF01 <= code <= 0xFF5E:
            continue
        try:
            read = read_number(f"1{char}")
        except Lookalike:
            continue
        assert read in ("1", f"1{char}"), hex(code)
        assert read == "1" or unicodedata.category(char) == "Lo", hex(code)


@pytest.mark.parametrize("name", ["张三", "阿卜杜拉·买买提", "O'Brien", "Müller-Lüdenscheidt", "𬭚小明", "김철수"])
def test_names_of_people_are_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", " ", "·", "张三1", "<b>张三</b>", "a;b", "张\u202e三", "张" * 121, "x=1", '"'])
def test_mark_up_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_an_organisations_name_may_hold_digits_and_brackets() -> None:
    assert is_name("第101号商铺（有限合伙）A&B", of_organisation=True)
    assert not is_name("<商铺>", of_organisation=True)


@pytest.mark.parametrize(
    "phone",
    [
        "13800138000",
        " +86 138-0013-8000 ",
        "(0755) 8654321",
        "１３８００１３８０００转1",
        "18412345678-0123",
        "4008123123",
        "+852 2123 4567",
        "010-62345678",
        "0086 10 62345678",
    ],
)
def test_telephones_are_read_as_people_write_them(phone: str) -> None:
    assert is_phone(phone)


def test_an_address_may_say_what_it_likes() -> None:
    assert is_address("重庆市渝北区 <1> 号 'A' 座; 2-3")
    assert is_address("重" * 300)
    assert not is_address("重" * 301)
    assert not is_address("重庆\n市")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("张三", " 张 三 ", True),
        ("阿卜杜拉·买买提", "阿卜杜拉•买买提", True),
        ("SMITH, JOHN", "john smith", True),
        ("ＡＢ商贸", "ab商贸", True),
        ("张三", "张三丰", False),
        ("张三", "張三", False),
        ("John Smith", "John Smyth", False),
        ("ab cd", "abcd", False),
    ],
)
def test_the_same_name_is_the_same_person(one: str, other: str, same: bool) -> None:
    assert is_same_name(one, other) is same


def test_the_first_and_the_last_character_of_the_han_block_stay() -> None:
    assert read_number("军\u4e00\u9fff1") == "军\u4e00\u9fff1"
    for char in "\u4dff\ua000":
        with pytest.raises(Lookalike):
            read_number(f"军{char}1")


def test_a_name_may_be_as_short_as_one_character_and_as_long_as_the_limit() -> None:
    assert is_name("张")
    assert is_name("张" * 120)
    assert is_name("q\u0323a")
    assert is_name("张&三", of_organisation=True)
    assert not is_name("张&三")


def test_blanks_mean_nothing_from_the_first_east_asian_character_on() -> None:
    assert is_same_name("\u2e80 \u2e80", "\u2e80\u2e80")
    assert not is_same_name("an na", "anna")


@pytest.mark.parametrize("phone", ["123", "1", "12345678901", "1380013800", "138001380000", "62345678", "13800138000x"])
def test_what_no_telephone_can_be_is_none(phone: str) -> None:
    assert not is_phone(phone)
