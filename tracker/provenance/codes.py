"""Codes to scan (二维码): a text as QR code, for a page (SVG) and for a label (PNG)."""

from io import BytesIO

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

QUIET_ZONE = 4  # modules of white around the code (ISO/IEC 18004)
PIXELS_PER_MODULE = 8


def qr_modules(text: str) -> list[list[bool]]:
    """The code's modules row by row, True is dark, the quiet zone included; 15 % may be damaged (level M)."""
    modules: list[list[bool]] = _build(text).get_matrix()
    return modules


def qr_svg(text: str) -> bytes:
    """The code as one SVG path, a unit a module; nothing in it refers to anything outside."""
    modules = qr_modules(text)
    size = len(modules)
    path = "".join(_runs(number, row) for number, row in enumerate(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>'
    ).encode()


def qr_png(text: str) -> bytes:
    """The code as PNG of two colours, 8 pixels a module."""
    buffer = BytesIO()
    _build(text).make_image(PilImage).save(buffer, "PNG")
    return buffer.getvalue()


def _build(text: str) -> "qrcode.QRCode[PilImage]":
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, box_size=PIXELS_PER_MODULE)
    code.add_data(text)
    code.make(fit=True)
    return code


def _runs(y: int, row: list[bool]) -> str:
    """One row's dark runs, each a box one module high."""
    path, x = "", 0
    while x < len(row):
        end = x
        while end < len(row) and row[end]:
            end += 1
        if end > x:
            path += f"M{x} {y}h{end - x}v1h-{end - x}z"
        x = max(end, x + 1)
    return path
