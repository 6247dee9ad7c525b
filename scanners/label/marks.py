"""Marks (图元): what a label is made of, each at whole dots from the upper left corner."""

from dataclasses import dataclass, field

from PIL import Image

from scanners.label.media import QUIET_BARS, QUIET_CELLS, Media
from scanners.label.symbols import Bars


@dataclass(frozen=True, slots=True)
class Picture:
    """Words or a sign as dots: mode "L", 255 is black."""

    x: int
    y: int
    image: Image.Image


@dataclass(frozen=True, slots=True)
class Rule:
    """A black bar, for lines."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Barcode:
    """Code 128; `x` is where the first bar begins, the quiet zone lies before it."""

    x: int
    y: int
    module: int
    height: int
    bars: Bars

    @property
    def width(self) -> int:
        return len(self.bars.modules) * self.module

    @property
    def quiet(self) -> int:
        """Dots of white that must stay on either side."""
        return QUIET_BARS * self.module


@dataclass(frozen=True, slots=True)
class Cells:
    """A QR code; `x` and `y` are where its first cell begins, its quiet zone lies around it."""

    x: int
    y: int
    module: int
    cells: list[list[bool]] = field(repr=False)

    @property
    def width(self) -> int:
        return len(self.cells) * self.module

    @property
    def quiet(self) -> int:
        """Dots of white that must stay on all sides."""
        return QUIET_CELLS * self.module

    @property
    def picture(self) -> Picture:
        """The cells as dots."""
        small = Image.new("L", (len(self.cells), len(self.cells)))
        small.putdata([255 if cell else 0 for row in self.cells for cell in row])
        return Picture(self.x, self.y, small.resize((self.width, self.width), Image.Resampling.NEAREST))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole label, ready to be printed by any printer of its dots."""

    media: Media
    pictures: tuple[Picture, ...]
    rules: tuple[Rule, ...]
    barcodes: tuple[Barcode, ...]
    qr: Cells
