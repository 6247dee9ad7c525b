"""A label as PNG (面单图片): black and white, one pixel a dot, with its dots an inch."""

from io import BytesIO

from PIL import Image, ImageDraw

from scanners.label.marks import Sheet


def draw_png(sheet: Sheet) -> bytes:
    """The label's picture."""
    page = Image.new("L", (sheet.media.width, sheet.media.height), 255)
    pen = ImageDraw.Draw(page)
    for rule in sheet.rules:
        pen.rectangle((rule.x, rule.y, rule.x + rule.width - 1, rule.y + rule.height - 1), fill=0)
    for code in sheet.barcodes:
        for place, module in enumerate(code.bars.modules):
            if module == "1":
                x = code.x + place * code.module
                pen.rectangle((x, code.y, x + code.module - 1, code.y + code.height - 1), fill=0)
    for picture in (*sheet.pictures, sheet.qr.picture):
        page.paste(0, (picture.x, picture.y), picture.image)
    buffer = BytesIO()
    page.convert("1", dither=Image.Dither.NONE).save(buffer, "PNG", dpi=(sheet.media.dpi, sheet.media.dpi))
    return buffer.getvalue()
