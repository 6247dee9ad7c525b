"""Masking (脱敏): what stays is never more than GB/T 41833 allows, whatever comes in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.wire.masking import (
    COMPOUND_SURNAMES,
    mask_address,
    mask_document,
    mask_name,
    mask_phone,
    phone_tail,
)

MASKS = (mask_name, mask_phone, mask_address, mask_document)
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
DIGITS = st.text("0123456789", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张", "*"),
        ("张三", "张*"),
        ("王小明", "王**"),
        ("欧阳锋", "欧阳*"),
        ("司马相如", "司马**"),
        ("欧阳", "欧*"),  # a surname alone, or 欧 with a name of one character
        ("张 三", "张*"),
        ("阿依古丽·买买提", "阿***·买**"),
        ("阿依古丽・买买提", "阿***·买**"),
        ("John Smith", "J*** S****"),
        ("J Smith", "* S****"),
        ("Ｊｏｈｎ", "J***"),
        ("张三13800138000", "张************"),
        ("张\u200b三", "张*"),
        ("𠮷田", "𠮷*"),
        ("杭州云栖有限公司", "杭*******"),
        ("张*", "张*"),
        ("", ""),
    ],
)
def test_a_name_keeps_its_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800138000", "*******8000"),
        ("138 0013 8000", "*******8000"),
        ("１３８００１３８０００", "*******8000"),
        ("+86 138-0013-8000", "*******8000"),
        ("008613800138000", "*******8000"),
        ("138****8000", "*******8000"),
        ("0571-87654321", "********4321"),
        ("(0571)87654321转8012", "********4321"),
        ("0571-87654321-8012", "********4321"),
        ("13800138000 ext 22", "*******8000"),
        ("+1 415 555 2671", "******2671"),
        ("+852 9123 4567", "******67"),  # eight digits of which six are hidden
        ("87654321", "******21"),
        ("400-800-8820", "******8820"),
        ("12315", "*****"),
        ("电话:无", ""),
        ("", ""),
    ],
)
def test_a_telephone_hides_six_digits_at_least(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("phone", "tail"),
    [("13800138000", "8000"), ("*******8000", "8000"), ("+852 9123 4567", None), ("", None), ("8000", None)],
)
def test_the_tail_is_what_a_masked_number_shows(phone: str, tail: str | None) -> None:
    assert phone_tail(phone) == tail


CITY = "浙江省杭州市西湖区文三路100号"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        (f"{CITY}阳光花园5栋3单元501室", f"{CITY}阳光花园5栋****"),
        (f"{CITY}阳光花园2-1-501", f"{CITY}阳光花园****"),
        (f"{CITY}阳光花园5栋1203", f"{CITY}阳光花园5栋****"),
        (f"{CITY}阳光花园五栋二单元六楼", f"{CITY}阳光花园五栋****"),
        (f"{CITY}B座12层", f"{CITY}B座****"),
        (f"{CITY}12#501", f"{CITY}12#****"),
        (f"{CITY}3号楼2门501", f"{CITY}3号楼****"),
        (f"{CITY}苍松大厦南座1106", f"{CITY}苍松大厦****"),
        (f"{CITY}501", f"{CITY}****"),
        (f"{CITY}附3号", f"{CITY}附****"),
        (f"{CITY}东单元三楼西户", f"{CITY}****"),
        (f"{CITY}5栋丰巢柜", f"{CITY}5栋****"),
        (f"{CITY}(张三收,13800138000)", f"{CITY}****"),
        (f"{CITY}５栋３单元", f"{CITY}5栋****"),
        (f"310012 {CITY}", CITY),
        (CITY, CITY),
        (f"{CITY}5栋", f"{CITY}5栋"),
        ("浙江省杭州市西湖区文三路100-8号", "浙江省杭州市西湖区文三路100-8号"),
        ("上海市徐汇区虹桥路1000弄5号501室", "上海市徐汇区虹桥路1000弄5号****"),
        ("北京市海淀区中关村南大街5号院3号楼1门", "北京市海淀区中关村南大街5号院3号楼****"),
        ("北京市朝阳区阳光小区501号", "北京市朝阳区阳光小区****"),
        ("河北省某县张家村3组12号", "河北省某县张家村3组****"),
        ("河南省三门峡市湖滨区崤山路一单元", "河南省三门峡市湖滨区崤山路****"),
        ("浙江省台州市三门县朝阳路12号", "浙江省台州市三门县朝阳路12号"),
        ("北京市朝阳区建国路88号SOHO现代城A座1801", "北京市朝阳区建国路88号SOHO现代城A座****"),
        ("12号楼五零一", "12号楼****"),
        ("五零一室", "****"),
        (
            "Room 501, Building 5, 100 Wensan Road, Hangzhou",
            "****, Building 5, 100 Wensan Road, Hangzhou",
        ),
        ("Flat 3B, 12 Nathan Road", "****, 12 Nathan Road"),
        ("", ""),
    ],
)
def test_an_address_ends_at_the_building(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010519491231002x", "**************002X"),
        ("E12345678", "******678"),
        ("C1234567(8)", "******678"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_a_document_number_shows_the_last_four_at_most(number: str, masked: str) -> None:
    assert mask_document(number) == masked


@given(st.text(max_size=300))
def test_anything_may_come_and_masking_twice_changes_nothing(text: str) -> None:
    for mask in MASKS:
        once = mask(text)
        assert mask(once) == once


def test_lone_surrogates_and_endless_texts_are_masked_like_any_other() -> None:
    for text in ("\ud800张三", "张" * 5_000, "1" * 5_000, "路1号" * 2_000, "5-" * 3_000, "ﷺ" * 400):
        for mask in MASKS:
            assert mask(mask(text)) == mask(text)


@given(st.text(max_size=60))
def test_a_name_hides_a_character_of_every_word(name: str) -> None:
    for word in re.split("[ ·]", mask_name(name)):
        assert word == "" or word.endswith("*")
        shown = word.rstrip("*")
        assert len(shown) <= 1 or shown in COMPOUND_SURNAMES


@given(
    st.lists(st.sampled_from(["+86", "0086", " ", "-", "(", ")", "转", "/", "x", "１２", "٣"]) | DIGITS, max_size=12)
)
def test_of_a_telephone_at_most_four_digits_stay_and_six_go(parts: list[str]) -> None:
    masked = mask_phone("".join(parts))
    shown = masked.lstrip("*")
    assert re.fullmatch(r"\**[0-9]{0,4}", masked)
    assert not shown or masked.count("*") >= 6


NUMBER = st.integers(1, 3999).map(str)
UNITS = st.one_of(
    st.tuples(NUMBER, NUMBER).map(lambda n: f"{n[0]}单元{n[1]}室"),
    st.tuples(NUMBER, NUMBER).map(lambda n: f"{n[0]}-{n[1]}"),
    st.tuples(NUMBER, NUMBER, NUMBER).map("-".join),
    NUMBER,
    NUMBER.map(lambda n: f"{n}室"),
    NUMBER.map(lambda n: f"{n}F"),
    NUMBER.map(lambda n: f"{n}层"),
    NUMBER.map(lambda n: f"{n}楼"),
    NUMBER.map(lambda n: f" Rm{n}"),
    NUMBER.map(lambda n: f"#{n}"),
    NUMBER.map(lambda n: f"门牌{n}"),
    NUMBER.map(lambda n: f"A{n}房"),
    NUMBER.map(lambda n: f"(东门){n}户"),
    st.sampled_from(["二单元", "六楼", "东户", "地下室", "五零一", "甲单元一层"]),
    st.tuples(st.sampled_from("甲乙东西ABC"), NUMBER).map(lambda n: f"{n[0]}单元{n[1]}"),
)
BUILDINGS = st.sampled_from(["5栋", "12幢", "B座", "3号楼", "7#", "十二栋", "科技大厦", "A楼"])
STREETS = st.sampled_from(
    [
        "浙江省杭州市西湖区文三路100号",
        "上海市徐汇区虹桥路1000弄",
        "北京市海淀区中关村南大街5号院",
        "河南省三门峡市湖滨区崤山路9号阳光花园",
        "广东深圳南山区科技园2期",
    ]
)


@given(STREETS, BUILDINGS, UNITS)
def test_nothing_below_the_building_stays(street: str, building: str, unit: str) -> None:
    assert mask_address(street + building + unit) == f"{street}{building}****"


@given(STREETS, UNITS)
def test_nor_where_no_building_is_named(street: str, unit: str) -> None:
    masked = mask_address(street + unit)
    assert masked.startswith(street)
    assert masked.endswith("****")
    assert not any(character.isdigit() for character in masked.removeprefix(street))


@given(STREETS, st.text(HAN, max_size=4), DIGITS.filter(lambda text: len(text) >= 5))
def test_a_long_number_in_an_address_never_stays(street: str, words: str, number: str) -> None:
    masked = mask_address(f"{street}{words}{number}")
    assert number not in masked
