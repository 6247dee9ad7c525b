"""A label as ZPL II (面单指令): the same dots for a label printer.

Words go as pictures (^GF): printers' own fonts differ, and ^CI28 needs one that holds Chinese. The QR code goes as one
too, because with ^BQ the printer chooses its version and size. The barcode goes as ^BC with its very symbols: bars that
the printer makes itself are the sharpest.
"""

from itertools import groupby

from PIL import Image

from scanners.label.marks import Barcode, Picture, Rule, Sheet

_ONES = "GHIJKLMNOPQRSTUVWXY"  # repeats of 1 to 19
_TWENTIES = "ghijklmnopqrstuvwxyz"  # repeats of 20 to 400


def write_zpl(sheet: Sheet) -> bytes:
    """One label's commands, ASCII."""
    media = sheet.media
    fields = [
        *(_rule(rule) for rule in sheet.rules),
        *(_barcode(code) for code in sheet.barcodes),
        *(_picture(picture) for picture in (*sheet.pictures, sheet.qr.picture)),
    ]
    start = f"^XA\n^PW{media.width}\n^LL{media.height}\n^LH0,0\n"
    return (start + "".join(f"{field}^FS\n" for field in fields) + "^PQ1\n^XZ\n").encode("ascii")


def _rule(rule: Rule) -> str:
    thick = min(rule.width, rule.height)
    return f"^FO{rule.x},{rule.y}^GB{rule.width},{rule.height},{thick}"


def _barcode(code: Barcode) -> str:
    return f"^FO{code.x},{code.y}^BY{code.module}^BCN,{code.height},N,N,N,N^FD{code.bars.zpl}"


def _picture(picture: Picture) -> str:
    rows = _rows(picture.image)
    width = len(rows[0])
    size = width * len(rows)
    return f"^FO{picture.x},{picture.y}^GFA,{size},{size},{width},{_compress(rows)}"


def _rows(image: Image.Image) -> list[bytes]:
    """The picture's rows, eight dots a byte, 1 is black."""
    packed, width = image.convert("1", dither=Image.Dither.NONE).tobytes(), (image.width + 7) // 8
    return [packed[at : at + width] for at in range(0, len(packed), width)]


def _compress(rows: list[bytes]) -> str:
    """Hexadecimal with ZPL's repeats: a letter says how often, `,` white to the end, `!` black, `:` the row before."""
    words, before = "", None
    for row in rows:
        words += ":" if row == before else _line(row.hex().upper())
        before = row
    return words


def _line(digits: str) -> str:
    for last, sign in (("0", ","), ("F", "!")):
        if digits.endswith(last):
            return _runs(digits.rstrip(last)) + sign
    return _runs(digits)


def _runs(digits: str) -> str:
    return "".join(_run(digit, len(list(again))) for digit, again in groupby(digits))


def _run(digit: str, count: int) -> str:
    if count < 3:
        return digit * count
    words, longest = "", 20 * len(_TWENTIES) + len(_ONES)
    for start in range(0, count, longest):
        twenties, ones = divmod(min(count - start, longest), 20)
        words += (_TWENTIES[twenties - 1] if twenties else "") + (_ONES[ones - 1] if ones else "") + digit
    return words
