"""The tiles (分省示意图位置): one tile a province-level division, in its rough place and by its short name."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tracker.wire.divisions import Division, division_of

_SUFFIX = re.compile(r"(市|省|特别行政区|(壮族|回族|维吾尔)?自治区)$")


@dataclass(frozen=True, slots=True)
class Tile:
    """A province's place, counted from 1 at the top left."""

    province: Division
    row: int
    column: int

    @property
    def short_name(self) -> str:
        """广西 for 广西壮族自治区: what fits a tile."""
        return _SUFFIX.sub("", self.province.name)


@cache
def read_tiles() -> tuple[Tile, ...]:
    """Every tile, row by row from the left, as they are read aloud."""
    places = tomllib.loads(files("web.views").joinpath("tiles.toml").read_text(encoding="utf-8"))
    tiles = [Tile(province, *place) for code, place in places.items() if (province := division_of(code)) is not None]
    return tuple(sorted(tiles, key=lambda tile: (tile.row, tile.column)))
