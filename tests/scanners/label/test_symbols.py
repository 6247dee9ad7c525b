"""Codes to scan (条码): every number is encoded as it is, and ^BC says the same symbols."""

import pytest
from barcode.charsets import code128
from hypothesis import example, given
from hypothesis import strategies as st

from scanners.label.media import Media, Paper
from scanners.label.symbols import Bars, qr_cells
from tests.scanners.label.zpl_reader import read_bars

NUMBERS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True) | st.from_regex(r"[0-9]{1,40}", fullmatch=True)
SUBSETS = {103: "A", 104: "B", 105: "C"}
SWITCHES = {99: "C", 100: "B", 101: "A"}


def text_of(values: tuple[int, ...]) -> str:
    """What a scanner reads in the symbols."""
    subset, text = SUBSETS[values[0]], ""
    for value in values[1:]:
        if SWITCHES.get(value, subset) != subset:
            subset = SWITCHES[value]
        else:
            text += f"{value:02}" if subset == "C" else chr(value + 32)
    return text


@given(NUMBERS)
@example("9912345678")
@example("99")
@example("9A99")
def test_the_symbols_say_the_number(number: str) -> None:
    assert text_of(Bars(number).values) == number


@given(NUMBERS)
@example("9912345678")
def test_the_printer_makes_the_same_bars(number: str) -> None:
    bars = Bars(number)
    assert read_bars(bars.zpl) == bars.modules
    assert len(bars.modules) == 11 * (len(bars.values) + 1) + 13
    assert bars.modules.endswith(code128.STOP + "11")


@pytest.mark.parametrize(("dpi", "narrowest", "widest"), [(203, 2, 4), (300, 3, 6)])
def test_a_module_is_whole_dots_between_a_quarter_and_half_a_millimetre(dpi: int, narrowest: int, widest: int) -> None:
    media = Media(Paper.LARGE, dpi)
    assert media.bar_width(10, height=100) == widest
    most = media.width // narrowest - 20
    assert media.bar_width(most, height=100) == narrowest
    assert media.bar_width(most + 1, height=100) is None


def test_a_long_code_is_narrow_enough_to_be_read_askew() -> None:
    assert Media(Paper.LARGE, 203).bar_width(156, height=156) == 3  # 4 dots would fit the paper


def test_a_qr_code_is_square_and_no_larger_than_its_text_needs() -> None:
    cells = qr_cells("https://trace.example/t/SF1234567890123?k=0123456789abcdefghijkl")
    assert len(cells) == len(cells[0]) == 37
