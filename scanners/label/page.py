"""A page that fills from the top (版面): words, signs and lines at whole dots, nothing beyond the margins."""

import re
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from scanners.label.marks import Barcode, Picture, Rule
from scanners.label.media import Media
from scanners.label.typeface import Typeface

MARGIN = 3.0  # mm of paper on which nothing is printed
LINE = 0.35  # mm, the thickness of lines
_PIECE = re.compile(r"\*{1,8}|[0-9A-Za-z]{1,12}|.", re.DOTALL)  # what one line keeps together


@dataclass(slots=True)
class Page:
    """`y` is how far it is filled, in dots."""

    media: Media
    face: Typeface
    y: int = 0
    pictures: list[Picture] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    barcodes: list[Barcode] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.y = self.dots(MARGIN)

    def dots(self, mm: float) -> int:
        return self.media.dots(mm)

    @property
    def left(self) -> int:
        return self.dots(MARGIN)

    @property
    def right(self) -> int:
        return self.media.width - self.dots(MARGIN)

    def words(self, text: str, x: int, y: int, size: int, *, until: int, bold: bool = False) -> None:
        """A text on one line, cut with … where it would pass `until`."""
        shown = text
        while len(shown) > 1 and self.face.width(shown, size) > until - x:
            shown = shown[:-2] + "…" if shown.endswith("…") else shown[:-1] + "…"
        if shown:
            self.pictures.append(Picture(x, y, self.line(shown, size, bold=bold)))

    def line(self, text: str, size: int, *, bold: bool = False) -> Image.Image:
        return self.face.draw(text, size, bold=bold)

    def fitting(self, text: str, size: int, room: int) -> int:
        """The size, smaller where the text is wider than the room."""
        width = self.face.width(text, size) + 2 * max(1, size // 40)
        return size if width <= room else max(1, size * room // width)

    def wrap(self, text: str, size: int, room: int) -> list[str]:
        """The text in lines of at most `room` dots."""
        lines: list[str] = []
        line = ""
        for piece in _PIECE.findall(text):
            if line and self.face.width(line + piece, size) > room:
                lines, line = [*lines, line], ""
            line += piece
        return [*lines, line] if line else lines

    def badge(self, sign: str, size: int, *, filled: bool) -> Image.Image:
        """A sign in a disc: white on black, or black in a ring."""
        picture = Image.new("L", (size, size))
        pen = ImageDraw.Draw(picture)
        pen.ellipse((0, 0, size - 1, size - 1), fill=255)
        if not filled:
            edge = max(2, size // 16)
            pen.ellipse((edge, edge, size - 1 - edge, size - 1 - edge), fill=0)
        letter = self.line(sign, round(size * 0.64), bold=filled)
        place = ((size - letter.width) // 2, (size - letter.height) // 2 + size // 40)
        picture.paste(0 if filled else 255, place, letter)
        return picture

    def stamp(self, text: str, *, size: int, middle: int) -> int:
        """A text in a frame at the right edge; where its left edge is."""
        letters = self.line(text, size, bold=True)
        pad, edge = round(size * 0.35), max(2, self.dots(LINE))
        picture = Image.new("L", (letters.width + 2 * pad, letters.height + pad))
        ImageDraw.Draw(picture).rectangle((0, 0, picture.width - 1, picture.height - 1), outline=255, width=edge)
        picture.paste(255, (pad, pad // 2), letters)
        x = self.right - picture.width
        self.pictures.append(Picture(x, middle - picture.height // 2, picture))
        return x

    def close(self, height: int) -> None:
        """End a band with a line."""
        self.y += height
        self.rules.append(Rule(self.left, self.y, self.right - self.left, self.dots(LINE)))
        self.y += self.dots(LINE)

    def cut(self) -> None:
        """Where the stub is torn off: the line before becomes a dashed one, from edge to edge."""
        line, dash = self.rules.pop(), self.dots(2)
        picture = Image.new("L", (self.media.width, line.height))
        for start in range(0, picture.width, 2 * dash):
            ImageDraw.Draw(picture).rectangle((start, 0, start + dash - 1, line.height), fill=255)
        self.pictures.append(Picture(0, line.y, picture))
