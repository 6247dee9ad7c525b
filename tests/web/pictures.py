"""Pictures (图片) in tests."""

from io import BytesIO

from PIL import Image


def open_png(content: bytes) -> Image.Image:
    """A PNG as an image in grey."""
    return Image.open(BytesIO(content)).convert("L")
