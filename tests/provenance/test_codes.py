"""QR codes: read back by another library, the same modules in SVG and PNG."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from tracker.provenance.codes import PIXELS_PER_MODULE, QUIET_ZONE, qr_modules, qr_png, qr_svg

TEXTS = [
    "https://id.example/01/06901234567892/10/L2026-07/21/S%2F0001",
    "http://127.0.0.1:8000/t/SF1234567890123",
    "迹信:一件一码",
]
SVG = "{http://www.w3.org/2000/svg}"


def read_png(octets: bytes) -> Image.Image:
    return Image.open(BytesIO(octets)).convert("L")


def draw_svg(octets: bytes) -> Image.Image:
    """The SVG drawn by hand: its dark path holds only boxes one module high."""
    root = ET.fromstring(octets)
    size = int(root.attrib["viewBox"].split()[2])
    picture = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(picture)
    boxes = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", root.findall(f"{SVG}path")[1].attrib["d"])
    for x, y, width, back in boxes:
        assert width == back
        pen.rectangle([int(x), int(y), int(x) + int(width) - 1, int(y)], fill=0)
    return picture


@pytest.mark.parametrize("text", TEXTS)
def test_another_library_reads_the_png_back(text: str) -> None:
    [found] = zxingcpp.read_barcodes(read_png(qr_png(text)))
    assert found.text == text
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.ec_level == "M"


@pytest.mark.parametrize("text", TEXTS)
def test_the_svg_shows_the_same_modules_as_the_png(text: str) -> None:
    drawn, png = draw_svg(qr_svg(text)), read_png(qr_png(text))
    assert drawn.width * PIXELS_PER_MODULE == png.width == png.height
    shrunk = png.resize(drawn.size, Image.Resampling.NEAREST)
    assert drawn.tobytes() == shrunk.tobytes()
    [found] = zxingcpp.read_barcodes(drawn.resize(png.size, Image.Resampling.NEAREST))
    assert found.text == text


def test_four_modules_of_white_surround_the_code() -> None:
    modules = qr_modules(TEXTS[0])
    rows = modules + [list(column) for column in zip(*modules, strict=True)]
    edges = [rows[n] for n in (*range(QUIET_ZONE), *range(len(modules) - QUIET_ZONE, len(modules)))]
    assert not any(any(row) for row in edges)
    assert modules[QUIET_ZONE][QUIET_ZONE]


def test_the_svg_refers_to_nothing_outside_and_carries_no_style() -> None:
    root = ET.fromstring(qr_svg("https://id.example/01/06901234567892"))
    for element in root.iter():
        assert element.tag in (f"{SVG}svg", f"{SVG}path")
        assert set(element.attrib) <= {"viewBox", "shape-rendering", "fill", "d"}


def test_the_same_text_gives_the_same_bytes() -> None:
    assert qr_svg(TEXTS[1]) == qr_svg(TEXTS[1])
    assert qr_png(TEXTS[1]) == qr_png(TEXTS[1])
