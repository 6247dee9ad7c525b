"""The stop list: versioned data with a source for each class, and words that are found however they are written."""

from dataclasses import replace

import pytest

from scanners.goods.prohibited import find_prohibited, load_stop_list
from tracker.wire.goods import PROHIBITED, Category

LIST = load_stop_list()


def test_the_list_holds_every_prohibited_class_once() -> None:
    assert [each.category for each in LIST.classes] == sorted(PROHIBITED, key=list(Category).index)
    assert (LIST.version, LIST.first_day.year) == ("2016.1", 2016)
    assert {each.group for each in LIST.classes} == {1, 2, 3}
    assert all(each.tag in ("T", "S", "M", "P") and each.zh and each.en for each in LIST.classes)


def test_every_word_is_found_as_it_stands() -> None:
    for told in LIST.classes:
        for word in told.words:
            assert find_prohibited("OTHER", f"一箱 {word} 若干", LIST) is not None, word


def test_no_harmless_phrase_is_found() -> None:
    for told in LIST.classes:
        for phrase in told.harmless:
            assert find_prohibited("OTHER", f"{phrase} 2 件", LIST) is None, phrase


@pytest.mark.parametrize("name", ["仿-真-枪", "ＦＩＲＥＷＯＲＫＳ", "paint-thinner", "汽 油 5L", "two pistols"])
def test_disguises_are_seen_through(name: str) -> None:
    assert find_prohibited("OTHER", name, LIST) is not None


@pytest.mark.parametrize(
    "name", ["茶叶", "水枪玩具", "exploration map", "highlighter pens", "汽油滤清器", "象牙白连衣裙"]
)
def test_honest_goods_are_not_found(name: str) -> None:
    assert find_prohibited("OTHER", name, LIST) is None


def test_a_harmless_phrase_does_not_hide_what_stands_beside_it() -> None:
    assert find_prohibited("OTHER", "汽油滤清器和汽油", LIST) is Category.FLAMMABLE_LIQUIDS


def test_a_category_says_it_without_a_word() -> None:
    assert find_prohibited("EXPLOSIVES", "茶叶", LIST) is Category.EXPLOSIVES


def test_the_longest_harmless_phrase_goes_first() -> None:
    told = replace(load_stop_list().classes[0], words=("枪",), harmless=("玩具枪", "玩具枪枪套"))
    one = replace(load_stop_list(), classes=(told,))
    assert find_prohibited("OTHER", "玩具枪枪套", one) is None
    assert find_prohibited("OTHER", "玩具枪和枪", one) == told.category
