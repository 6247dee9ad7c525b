"""A label's paper (面单规格): its size in millimetres, the printer's dots, and how wide a code's module is."""

from dataclasses import dataclass
from enum import StrEnum

MM_PER_INCH = 25.4
NARROWEST_BAR = 0.25  # mm: what handheld scanners read from thermal paper
COMMON_BAR = 0.33  # what a camera half a metre away still tells apart
WIDEST_BAR = 0.51
WIDE_TO_TALL = 3.6  # a code so many times as wide as tall is still crossed by one line at 15 degrees
QUIET_BARS = 10  # modules of white on either side of Code 128 (ISO/IEC 15417)
QUIET_CELLS = 4  # modules of white around a QR code (ISO/IEC 18004)


class Paper(StrEnum):
    """The two usual sizes of an electronic waybill (电子面单)."""

    LARGE = "100x180"
    SMALL = "76x130"

    @property
    def width(self) -> int:
        """In millimetres."""
        return int(self.value.partition("x")[0])

    @property
    def height(self) -> int:
        """In millimetres."""
        return int(self.value.partition("x")[2])


class Density(StrEnum):
    """Dots an inch of the usual label printers: 8 and 12 a millimetre."""

    LOW = "203"
    HIGH = "300"


class Form(StrEnum):
    """What to make of a label: a picture, a printer's commands, or both."""

    PNG = "png"
    ZPL = "zpl"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Media:
    """Paper in a printer of so many dots an inch, 203 or 300; everything is drawn in whole dots."""

    paper: Paper
    dpi: int

    @property
    def width(self) -> int:
        """In dots; rounded down, so that nothing lies beyond the paper."""
        return int(self.paper.width * self.dpi / MM_PER_INCH)

    @property
    def height(self) -> int:
        """In dots."""
        return int(self.paper.height * self.dpi / MM_PER_INCH)

    def dots(self, mm: float) -> int:
        """A length as whole dots."""
        return round(mm * self.dpi / MM_PER_INCH)

    def bar_width(self, modules: int, *, height: int) -> int | None:
        """The module in dots of Code 128 with bars of this height; None where it does not fit with its quiet zones.

        At most 0.51 mm, and above 0.33 mm only as wide as is read askew; never under 0.25 mm (2 dots at 203 dpi).
        """
        narrowest, common = (-int(-mm * self.dpi // MM_PER_INCH) for mm in (NARROWEST_BAR, COMMON_BAR))
        widest = int(WIDEST_BAR * self.dpi / MM_PER_INCH)
        fitting = self.width // (modules + 2 * QUIET_BARS)
        askew = max(common, int(height * WIDE_TO_TALL / modules))
        return min(fitting, widest, askew) if fitting >= narrowest else None
