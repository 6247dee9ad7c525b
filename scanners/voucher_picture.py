"""A voucher's picture (凭证二维码): a QR code that a 2D wedge reads off a telephone's screen or a slip of paper."""

from io import BytesIO

import qrcode
from qrcode.constants import ERROR_CORRECT_L

MODULE = 4  # pixels: a voucher has 77 to 85 modules a side, and its picture fits a telephone of 390 pixels
QUIET = 4  # modules around it, ISO/IEC 18004


def draw_voucher(text: str) -> bytes:
    """The PNG. 7 % of it may be damaged (level L): more would make its modules smaller."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, box_size=MODULE, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    buffer = BytesIO()
    code.make_image().save(buffer, "PNG")
    return buffer.getvalue()
