"""The typeface (字体): every character or an error that says what to do, never a box."""

from importlib.resources import files
from pathlib import Path

import pytest

from scanners.label.errors import CharacterMissing, FontUnreadable
from scanners.label.typeface import Typeface

RARE = "𠮷"  # outside GBK


def test_the_shipped_font_has_all_of_gbk() -> None:
    pairs = (bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    hanzi = "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)
    assert len(hanzi) == 6763
    rest = "喆堃昇玥翀閆龍臺·…×℃—“”()*-#/ABCabc0123456789"
    for text in (hanzi, rest):
        assert Typeface().width(text, 12) > 0


def test_a_character_that_no_font_has_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(CharacterMissing, match=r"U\+20BB7.*JIXIN_LABEL_FONT"):
        Typeface().draw(f"欧阳{RARE}", 30)


def test_another_font_is_looked_in_first_and_the_shipped_one_helps_out(tmp_path: Path) -> None:
    latin = tmp_path / "latin.ttf"
    latin.write_bytes(files("barcode").joinpath("fonts/DejaVuSansMono.ttf").read_bytes())
    face = Typeface(latin)
    assert face.draw("Bluebird", 30).tobytes() != Typeface().draw("Bluebird", 30).tobytes()
    assert face.draw("青鸟", 30).tobytes() == Typeface().draw("青鸟", 30).tobytes()


def test_a_text_whose_characters_no_one_font_has_together_is_an_error_that_names_what_the_chosen_one_lacks() -> None:
    latin = Path(str(files("barcode").joinpath("fonts/DejaVuSansMono.ttf")))
    assert Typeface(latin).width("ა", 30) > 0
    with pytest.raises(CharacterMissing, match=r"U\+9752.*JIXIN_LABEL_FONT"):
        Typeface(latin).draw("ა青鸟", 30)


def test_a_file_that_is_no_font_is_named_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "no.ttf").write_bytes(b"no font")
    for path in (tmp_path / "no.ttf", tmp_path / "absent.ttf"):
        with pytest.raises(FontUnreadable, match="JIXIN_LABEL_FONT"):
            Typeface(path)


def test_two_characters_never_look_alike_by_lacking() -> None:
    assert Typeface().draw("青", 30).tobytes() != Typeface().draw("鸟", 30).tobytes()
