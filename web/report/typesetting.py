"""Typesetting (排版): the credit report as PDF/A-3 with its signed content attached; not signed itself yet.

The document's date is the run's moment and the only fonts are those named here: the same report gives the same bytes.
"""

from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
import typst

from scanners.label.typeface import SHIPPED, Typeface
from tracker.provenance.codes import qr_svg
from web.report.layout import Layout

STANDARD: Literal["a-3b"] = "a-3b"  # ISO 19005-3: for keeping, and it may carry the data that it shows
SIZE = 32  # at which the presence of a character is looked at


def typeset(layout: Layout, signed: bytes, *, font: Path | None) -> bytes:
    """The PDF of a report, `signed` being attached. `font` is looked in where the font that travels with the program
    lacks a character. Raises CharacterMissing, FontUnreadable.
    """
    _check(layout, font)
    return bytes(_compile(layout, signed, font, "pdf")[0])


def draw_pages(layout: Layout, signed: bytes, *, font: Path | None) -> list[bytes]:
    """The same pages as pictures (PNG), to look at."""
    return _compile(layout, signed, font, "png")


def _compile(layout: Layout, signed: bytes, font: Path | None, form: Literal["pdf", "png"]) -> list[bytes]:
    fonts, families = _fonts(font)
    code = qr_svg(layout.address).decode() if layout.address else None
    view = msgspec.json.encode(asdict(layout) | {"code": code})
    inputs = {"view": view.decode(), "signed": signed.decode(), "fonts": msgspec.json.encode(families).decode()}
    source = files("web.report").joinpath("report.typ").read_bytes()
    compiler = typst.Compiler(source, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)
    made = compiler.compile(format=form, pdf_standards=STANDARD if form == "pdf" else [])
    return made if isinstance(made, list) else [made or b""]


def _check(layout: Layout, font: Path | None) -> None:
    """A character that no font has would be an empty box: better no report than such a one."""
    face = Typeface(font)
    for character in set("".join(_texts(asdict(layout)))):  # one by one: a text here may take them from several fonts
        face.width(character, SIZE)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, dict):
        value = list(value.values())
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []


@cache
def _fonts(font: Path | None) -> tuple[typst.Fonts, list[str]]:
    """The fonts, and their families' names in the order in which they are looked in."""
    shipped = Path(str(files("scanners").joinpath(SHIPPED))).parent
    folders = [str(shipped), *([str(font.absolute().parent)] if font else [])]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    known = {str(each.path): each.family for each in fonts.fonts() if each.path}
    own = next(family for path, family in known.items() if path.startswith(str(shipped)))
    chosen = known.get(str(font.absolute())) if font else None
    return fonts, [family for family in dict.fromkeys((own, chosen)) if family]
