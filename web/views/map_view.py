"""The map page (分省情况): a figure by province on tiles, and as a table that says the same."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from credit_scoring.scoring.provinces import ProvinceFigure
from tracker.wire.divisions import Division
from web.runs.map_paths import FIGURES, PLACED, VOLUME, AskedMap, MapColumn
from web.runs.maps import ToldMap
from web.views.figures import NONE, indicator_title
from web.views.map_figures import (
    figure_title,
    interval_of,
    shade_of,
    value_of,
    write_figure,
    write_figure_interval,
    write_sample,
    write_short,
)
from web.views.names import Name, carrier_name, chinese
from web.views.parts import Choice
from web.views.ranking_head import Heading
from web.views.run_links import PeriodLink, write_window
from web.views.scope_view import scope_query
from web.views.tiles import Tile, read_tiles
from web.views.times import full_moment
from web.views.trend_view import write_disputed, write_place
from web.words import Words, write_number

FALLING = frozenset({MapColumn.PARCELS, MapColumn.FIGURE, MapColumn.INTERVAL})
Key = Decimal | str


@dataclass(frozen=True, slots=True)
class TileView:
    """One tile: where it stands, what stands on it, and in full for who hears it."""

    css: str
    name: Name
    figure: str
    told: str
    href: str


@dataclass(frozen=True, slots=True)
class ProvinceRow:
    """One province in the table; where it has no figure the reason goes `over` so many columns."""

    province: Name
    href: str
    parcels: str
    figure: str
    interval: str
    sample: str
    carrier: Name
    place: str
    scheme: str
    seen: str
    disputed: str
    is_missing: bool
    over: int


@dataclass(frozen=True, slots=True)
class MapView:
    """Everything the template places; without `tiles` no province was ever judged."""

    period: str
    title: str
    about: Name
    reach: str
    tiles: tuple[TileView, ...]
    headings: tuple[Heading, ...]
    rows: tuple[ProvinceRow, ...]
    figures: tuple[Choice, ...]
    carriers: tuple[Choice, ...]
    periods: tuple[PeriodLink, ...]
    from_date: str
    to_date: str
    csv_href: str
    xlsx_href: str
    json_href: str


def build_map_view(words: Words, told: ToldMap) -> MapView:
    """The page of what was asked."""
    asked = told.asked
    values = [value for each in told.figures.values() if (value := value_of(each)) is not None]
    ends = (min(values), max(values)) if values else None
    query = _query(asked, told)
    order = urlencode({"sort": asked.column.value} | ({"turned": "1"} if asked.turned else {}))
    judged = bool(told.runs)
    return MapView(
        period=_period(words, told),
        title=figure_title(words, asked),
        about=_about(words, told),
        reach=words("map.reach") if len(values) > 1 else "",
        tiles=tuple(_tile(words, told, tile, ends) for tile in read_tiles()) if judged else (),
        headings=tuple(_heading(words, asked, query, column) for column in MapColumn) if judged else (),
        rows=tuple(_row(words, told, each) for each in in_map_order(told)) if judged else (),
        figures=(
            *(Choice(name, words(f"map.{key}"), name == asked.figure) for name, key in
              ((PLACED, "score"), (VOLUME, "volume"))),
            *(Choice(name, indicator_title(words, each), name == asked.figure) for name, each in FIGURES.items()),
        ),
        carriers=tuple(Choice(code, _carrier(words, told, code).text, code == told.carrier) for code in
                       sorted({*told.offered, *([told.carrier] if told.carrier else [])})),
        periods=tuple(
            PeriodLink(
                write_window(words, window),
                f"/rankings/map?{scope_query(window, None)}&{_figure_query(asked, told.carrier)}",
                window == told.window,
            )
            for window in told.judged
        ),
        from_date=told.window.from_date.isoformat() if told.window else "",
        to_date=told.window.to_date.isoformat() if told.window else "",
        csv_href=f"/rankings/map.csv?{query}&{order}",
        xlsx_href=f"/rankings/map.xlsx?{query}&{order}",
        json_href=f"/api/v1/rankings/map?{query}",
    )  # fmt: skip


def in_map_order(told: ToldMap) -> list[ProvinceFigure]:
    """The provinces as asked; those of which the column says nothing last, whichever way round."""
    read = _READERS[told.asked.column]
    falls = (told.asked.column in FALLING) is not told.asked.turned
    known = [(key, each) for each in told.figures.values() if (key := read(each)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=falls)
    return [*(each for _, each in known), *(each for each in told.figures.values() if read(each) is None)]


def _low(each: ProvinceFigure) -> Decimal | None:
    interval = interval_of(each)
    return interval.low if interval else None


_READERS: dict[MapColumn, Callable[[ProvinceFigure], Key | None]] = {
    MapColumn.PROVINCE: lambda each: each.code,
    MapColumn.PARCELS: lambda each: Decimal(each.parcels) if each.parcels is not None else None,
    MapColumn.FIGURE: value_of,
    MapColumn.INTERVAL: _low,
}


def _query(asked: AskedMap, told: ToldMap) -> str:
    scope = f"{scope_query(told.window, None)}&" if told.window else ""
    return scope + _figure_query(asked, told.carrier)


def _figure_query(asked: AskedMap, carrier: str | None) -> str:
    return urlencode({"figure": asked.figure} | ({"carrier": carrier} if carrier else {}))


def _heading(words: Words, asked: AskedMap, query: str, column: MapColumn) -> Heading:
    here = column is asked.column
    turned = here and not asked.turned
    falls = (asked.column in FALLING) is not asked.turned
    title = figure_title(words, asked) if column is MapColumn.FIGURE else words(f"map.column.{column}")
    return Heading(
        title=title,
        href=f"/rankings/map?{query}&sort={column}" + ("&turned=1" if turned else ""),
        css="" if column is MapColumn.PROVINCE else "n",
        sorted=("descending" if falls else "ascending") if here else "",
    )


def _tile(words: Words, told: ToldMap, tile: Tile, ends: tuple[Decimal, Decimal] | None) -> TileView:
    each = told.figures[tile.province.code]
    value = value_of(each)
    shade = f"shade-{shade_of(value, *ends)}" if value is not None and ends else "none"
    interval = write_figure_interval(words, each)
    text = interval if each.missing else words("map.told", figure=write_figure(words, each), interval=interval)
    return TileView(
        css=f"r{tile.row} c{tile.column} {shade}",
        name=chinese(words, tile.short_name),
        figure=write_short(words, each),
        told=text,
        href=_ranking_href(told, tile.province),
    )


def _ranking_href(told: ToldMap, province: Division) -> str:
    if told.window is None:
        return f"/rankings?division={province.code}"
    return f"/rankings?{scope_query(told.window, province.code)}"


def _row(words: Words, told: ToldMap, each: ProvinceFigure) -> ProvinceRow:
    tile = next(tile for tile in read_tiles() if tile.province.code == each.code)
    run, place = each.run, each.place
    return ProvinceRow(
        province=chinese(words, tile.province.name),
        href=_ranking_href(told, tile.province),
        parcels=NONE if each.parcels is None else write_number(each.parcels),
        figure=write_figure(words, each),
        interval=write_figure_interval(words, each),
        sample=write_sample(each),
        carrier=_carrier(words, told, each.carrier) if each.carrier else Name(words("map.everybody")),
        place=words("map.place", grade=place.grade or NONE, place=write_place(words, place)) if place else "",
        scheme=run.scheme if run else NONE,
        seen=words("trend.seen", moment=full_moment(run.as_of).text, run=str(run.run_id)[:8]) if run else "",
        disputed=write_disputed(words, told.disputed_in(each)) if run else NONE,
        is_missing=each.missing is not None,
        over=5 if run else 7,
    )


def _carrier(words: Words, told: ToldMap, code: str) -> Name:
    return carrier_name(words, code, told.known.get(code))


def _about(words: Words, told: ToldMap) -> Name:
    """Whose figure it is."""
    if told.carrier:
        return _carrier(words, told, told.carrier)
    return Name(words("map.best" if told.asked.figure == PLACED else "map.all_carriers"))


def _period(words: Words, told: ToldMap) -> str:
    if told.window is None:
        return words("map.no_period")
    return write_window(words, told.window)
