"""What happens to a label before it is scanned (面单劣化): a worn print head, a courier's hand, a cheap camera."""

from collections.abc import Callable
from io import BytesIO
from random import Random

import numpy as np
from PIL import Image, ImageFilter

from scanners.label.media import MM_PER_INCH, Media, Paper

Harm = Callable[[Image.Image, Random], Image.Image]


def burn(page: Image.Image, chance: Random) -> Image.Image:
    """A thermal head at 203 dpi: dots grow or shrink a little, and one element of the head may be dead."""
    worn = page.copy()
    if chance.random() < 0.5:
        column = chance.randrange(page.width)
        worn.paste(255, (column, 0, column + 1, page.height))
    grown = worn.filter(ImageFilter.BoxBlur(0.7))
    edge = chance.choice([100, 128, 160])
    return grown.point([255 if grey >= edge else 0 for grey in range(256)])


def photograph(page: Image.Image, chance: Random) -> Image.Image:
    """Held askew, sometimes upside down; 7 to 8 pixels a millimetre, whatever the printer's dots."""
    pixels = chance.uniform(7, 8) * MM_PER_INCH / dpi_of(page)
    seen = page.resize((round(page.width * pixels), round(page.height * pixels)), Image.Resampling.BILINEAR)
    turned = seen.rotate(chance.choice([0, 0, 0, 90, 180, 270]), expand=True)
    angle = chance.uniform(-12, 12)
    return turned.rotate(angle, resample=Image.Resampling.BILINEAR, expand=True, fillcolor=230)


def dpi_of(page: Image.Image) -> int:
    """By its shape: both papers are known."""
    return min((203, 300), key=lambda dpi: min(abs(page.width - Media(paper, dpi).width) for paper in Paper))


def blur(page: Image.Image, chance: Random) -> Image.Image:
    """Out of focus."""
    return page.filter(ImageFilter.BoxBlur(chance.uniform(0.4, 1.3)))


def expose(page: Image.Image, chance: Random) -> Image.Image:
    """Low contrast, a grey black on a grey white lit from one side, and a cheap camera's noise and JPEG."""
    black, white = chance.uniform(40, 95), chance.uniform(140, 200)
    light = np.linspace(chance.uniform(-20, 0), chance.uniform(0, 20), page.width, dtype=np.float32)
    tile = np.random.default_rng(chance.randrange(2**32)).normal(0, chance.uniform(2, 8), (97, 89)).astype(np.float32)
    noise = np.tile(tile, (page.height // 97 + 1, page.width // 89 + 1))[: page.height, : page.width]
    seen = np.array(page, dtype=np.float32)
    seen *= (white - black) / 255
    seen += light + black
    seen += noise
    buffer = BytesIO()
    shot = Image.fromarray(np.clip(seen, 0, 255, out=seen).astype(np.uint8))
    shot.save(buffer, "JPEG", quality=chance.randint(25, 60))
    return Image.open(buffer).convert("L")


HARMS: tuple[Harm, ...] = (burn, photograph, blur, expose)


def degrade(page: Image.Image, chance: Random) -> Image.Image:
    """All of it, one after the other."""
    for harm in HARMS:
        page = harm(page, chance)
    return page
