"""Contrast (对比度): every text colour on every surface it stands on, in both modes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re

import pytest

from web.assets import FOLDER

TOKENS = (FOLDER / "tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = TOKENS.split("@media", 1)
TEXTS = ("ink", "ink-2", "ink-3", "green", "seal", "amber", "blue", "plum")
ON_TINT = [("green", "green-2"), ("seal", "seal-2"), ("amber", "amber-2"), ("blue", "blue-2"), ("on-green", "green"),
           ("ink", "green-2"), ("ink-3", "green-2")]  # fmt: skip


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "surface"), [*((text, surface) for text in TEXTS for surface in ("paper", "sheet")), *ON_TINT]
)
def test_text_can_be_read(block: str, text: str, surface: str) -> None:
    known = colours(block)
    assert contrast(known[text], known[surface]) >= 4.5


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
def test_the_edges_of_what_can_be_touched_can_be_seen(block: str) -> None:
    known = colours(block)
    assert contrast(known["control"], known["sheet"]) >= 3


def test_both_modes_name_the_same_colours() -> None:
    assert colours(LIGHT).keys() == colours(DARK).keys()
