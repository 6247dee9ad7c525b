"""Codes to scan (条码与二维码): Code 128 as symbol values and modules, a QR code as its cells."""

from dataclasses import dataclass
from functools import cached_property

import qrcode
from barcode.charsets import code128
from barcode.codex import Code128
from qrcode.constants import ERROR_CORRECT_M

_START = {103: ">9", 104: ">:", 105: ">;"}
_SWITCH = {("A", 99): "C", ("B", 99): "C", ("A", 100): "B", ("C", 100): "B", ("B", 101): "A", ("C", 101): "A"}
_INVOKE = {"A": ">7", "B": ">6", "C": ">5"}
_FIRST = {103: "A", 104: "B", 105: "C"}


class _Code128(Code128):  # type: ignore[misc]  # the library is typed and does not say so (no py.typed)
    """The library's encoder, mended: of a number that begins with 99 version 0.16.1 loses these two digits.

    It takes their symbol for a needless switch to the subset in which it has started.
    """

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        begins_with_pair = len(self.code) > 1 and self.code[:2].isdigit()
        return encoded if begins_with_pair else super()._try_to_optimize(encoded)


@dataclass(frozen=True)
class Bars:
    """A text in Code 128 (ISO/IEC 15417): letters and digits, pairs of digits as one symbol."""

    text: str

    @cached_property
    def values(self) -> tuple[int, ...]:
        """Start, data and switches; without check symbol and stop."""
        return tuple(_Code128(self.text).encoded)

    @cached_property
    def modules(self) -> str:
        """Every module from start to stop, 1 is black; no quiet zones."""
        check = (self.values[0] + sum(place * value for place, value in enumerate(self.values))) % 103
        symbols: list[str] = [code128.CODES[value] for value in (*self.values, check)]
        return f"{''.join(symbols)}{code128.STOP}11"

    @cached_property
    def zpl(self) -> str:
        """The same symbols in the words of ^BC in mode N, so that a printer makes these bars and no others."""
        words, subset = _START[self.values[0]], _FIRST[self.values[0]]
        for value in self.values[1:]:
            if (switched := _SWITCH.get((subset, value))) is not None:
                words, subset = words + _INVOKE[switched], switched
            else:
                words += f"{value:02}" if subset == "C" else chr(value + 32)
        return words


def qr_cells(text: str) -> list[list[bool]]:
    """A QR code row by row, True is black, without its quiet zone; 15 % may be damaged (level M)."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    cells: list[list[bool]] = code.get_matrix()
    return cells
