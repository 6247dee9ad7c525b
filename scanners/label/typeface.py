"""The typeface (字体): every character of a label from a font that has it, or an error that says what to do.

A font comes with the program (scanners/data/font, all of GBK), so that a machine without any prints Chinese. Another
one may be set for what GBK does not hold.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from scanners.label.errors import CharacterMissing, FontUnreadable

SHIPPED = "data/font/NotoSansSC-GBK.otf"
NO_CHARACTER = "\U0010fffe"  # in no font, so its picture is that of a missing character
ASCENT, DESCENT = 0.90, 0.22  # of the size, above and below the line on which characters stand
DARK = 128  # grey from which a dot is printed
EMPTY = 0


class Typeface:
    """Words as dots. `chosen` is a font file to look in first."""

    def __init__(self, chosen: Path | None = None) -> None:
        self._fonts = tuple(str(path) for path in (chosen, files("scanners").joinpath(SHIPPED)) if path)
        if chosen is not None:
            _open(str(chosen), 20)

    def width(self, text: str, size: int) -> int:
        """In dots, of a text of `size` dots. Raises CharacterMissing."""
        return round(_open(self._font_of(text), size).getlength(text))

    def draw(self, text: str, size: int, *, bold: bool = False) -> Image.Image:
        """The text on one line: mode "L", 255 is black, as high for any text of this size. Raises CharacterMissing."""
        font, stroke = _open(self._font_of(text), size), max(1, size // 40) if bold else 0
        width = max(1, round(font.getlength(text)) + 2 * stroke)
        picture = Image.new("L", (width, round(size * (ASCENT + DESCENT))), EMPTY)
        place = (stroke, round(size * ASCENT))
        ImageDraw.Draw(picture).text(place, text, fill=255, font=font, anchor="ls", stroke_width=stroke)
        return picture.point(lambda grey: 255 if grey >= DARK else EMPTY)

    def _font_of(self, text: str) -> str:
        """The first font that has every character: a text is drawn by one."""
        for path in self._fonts:
            if all(_has(path, character) for character in set(text)):
                return path
        lacking = [each for each in text if not _has(self._fonts[0], each)]
        missing = next((each for each in lacking if not any(_has(path, each) for path in self._fonts)), lacking[0])
        raise CharacterMissing(
            f"字库里没有 U+{ord(missing):04X} 这个字 · no font here has the character U+{ord(missing):04X}: set"
            " JIXIN_LABEL_FONT to a font file that has it, such as NotoSansCJK-Regular.ttc (Debian: fonts-noto-cjk)"
        )


@cache
def _open(path: str, size: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise FontUnreadable(
            f"字体文件用不了 · {path} is no font that can be read: JIXIN_LABEL_FONT names a TTF, OTF or TTC file"
        ) from error


@cache
def _has(path: str, character: str) -> bool:
    """Whether a font has a character: pillow tells no more of it than its picture."""
    if character.isspace():
        return True
    font = _open(path, 32)
    return bytes(font.getmask(character)) != bytes(font.getmask(NO_CHARACTER))
