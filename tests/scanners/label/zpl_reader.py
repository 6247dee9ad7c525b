"""A small printer (面单打印机): reads the ZPL that labels use, refuses any other, and prints it as a picture."""

import re
from dataclasses import dataclass

from barcode.charsets import code128
from PIL import Image, ImageDraw

COMMAND = re.compile(r"\^([A-Z][A-Z0-9])([^^]*)")
REPEATS = {letter: number for number, letter in enumerate("GHIJKLMNOPQRSTUVWXY", start=1)} | {
    letter: number * 20 for number, letter in enumerate("ghijklmnopqrstuvwxyz", start=1)
}
STARTS = {">9": (103, "A"), ">:": (104, "B"), ">;": (105, "C")}
SWITCHES = {"A": {">5": (99, "C"), ">6": (100, "B")}, "B": {">5": (99, "C"), ">7": (101, "A")}, "C": {">6": (100, "B")}}


@dataclass(frozen=True)
class Field:
    """One field: its commands by name, and where it begins."""

    x: int
    y: int
    commands: dict[str, str]


@dataclass(frozen=True)
class Format:
    """One label as the printer understood it."""

    width: int
    height: int
    fields: list[Field]

    def bar_modules(self) -> list[int]:
        """The module widths of its barcodes, in dots."""
        return [int(field.commands["BY"]) for field in self.fields if "BC" in field.commands]

    def print(self) -> Image.Image:
        """What comes out of the printer; raises ValueError where a field lies beyond the label."""
        page = Image.new("L", (self.width, self.height), 255)
        for field in self.fields:
            picture = picture_of(field)
            if field.x + picture.width > self.width + 7 or field.y + picture.height > self.height:
                raise ValueError(f"beyond the label: {field.x},{field.y} {picture.size}")
            page.paste(0, (field.x, field.y), picture)
        return page


def read_zpl(octets: bytes) -> Format:
    """The one format in the bytes. Raises ValueError for what is none."""
    text = octets.decode("ascii").replace("\n", "")
    commands = COMMAND.findall(text)
    if "".join(f"^{name}{rest}" for name, rest in commands) != text or "~" in text:
        raise ValueError("something between the commands")
    names = [name for name, _ in commands]
    if names[0] != "XA" or names[-1] != "XZ" or names.count("XA") != 1 or names.count("XZ") != 1:
        raise ValueError("^XA and ^XZ do not balance")
    if names.count("FO") != names.count("FS"):
        raise ValueError("^FO and ^FS do not balance")
    about = dict(commands)
    fields, inside, body = [], False, {}
    for name, rest in commands:
        if name == "FO":
            if inside:
                raise ValueError("a field in a field")
            inside, body = True, {"FO": rest}
        elif name == "FS":
            x, y = (int(part) for part in body["FO"].split(","))
            fields.append(Field(x, y, body))
            inside = False
        elif inside:
            if name not in ("GB", "GF", "BY", "BC", "FD"):
                raise ValueError(f"^{name} in a field")
            body[name] = rest
        elif name not in ("XA", "PW", "LL", "LH", "PQ", "XZ"):
            raise ValueError(f"^{name} outside a field")
    return Format(int(about["PW"]), int(about["LL"]), fields)


def picture_of(field: Field) -> Image.Image:
    """A field's dots: 255 is black."""
    if "GB" in field.commands:
        width, height, thick = (int(part) for part in field.commands["GB"].split(","))
        if thick != min(width, height):
            raise ValueError("a box that is no line")
        return Image.new("L", (width, height), 255)
    if "GF" in field.commands:
        form, total, size, row, data = field.commands["GF"].split(",", 4)
        if form != "A" or total != size or int(size) % int(row):
            raise ValueError("^GF with odd counts")
        octets = read_graphic(data, int(row))
        if len(octets) != int(size):
            raise ValueError(f"{len(octets)} bytes of {size}")
        return Image.frombytes("1", (int(row) * 8, int(size) // int(row)), octets).convert("L")
    orientation, height, *options = field.commands["BC"].split(",")
    if orientation != "N" or options != ["N"] * 4:
        raise ValueError("^BC with other options")
    modules = read_bars(field.commands["FD"])
    module = int(field.commands["BY"])
    picture = Image.new("L", (len(modules) * module, int(height)))
    for place, bar in enumerate(modules):
        if bar == "1":
            box = (place * module, 0, (place + 1) * module - 1, int(height))
            ImageDraw.Draw(picture).rectangle(box, fill=255)
    return picture


def read_graphic(data: str, row: int) -> bytes:
    """ASCII hexadecimal with Zebra's compression, as the ZPL II programming guide describes it."""
    rows: list[str] = []
    line, count = "", 0
    for letter in data:
        if letter in REPEATS:
            count += REPEATS[letter]
            continue
        if letter == ":":
            if line or count or not rows:
                raise ValueError("a row again in the midst of one")
            rows.append(rows[-1])
            continue
        if letter in ",!":
            line = line.ljust(2 * row, "0" if letter == "," else "F")
        else:
            line, count = line + letter * (count or 1), 0
        if len(line) > 2 * row:
            raise ValueError("a row that is too long")
        if len(line) == 2 * row:
            rows.append(line)
            line = ""
    if line or count:
        raise ValueError("a row that does not end")
    return bytes.fromhex("".join(rows))


def read_bars(data: str) -> str:
    """The modules that ^BC in mode N makes of field data."""
    value, subset = STARTS[data[:2]]
    values, rest = [value], data[2:]
    while rest:
        if rest[:2] in SWITCHES[subset]:
            value, subset = SWITCHES[subset][rest[:2]]
            values, rest = [*values, value], rest[2:]
        elif subset == "C":
            values, rest = [*values, int(rest[:2])], rest[2:]
        else:
            values, rest = [*values, ord(rest[0]) - 32], rest[1:]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return "".join(code128.CODES[value] for value in (*values, check)) + code128.STOP + "11"
