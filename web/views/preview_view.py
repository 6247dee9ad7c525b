"""The preview's view (方案试算): each carrier's score and place now and as drafted, and the change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.scheme.draft import Draft
from credit_scoring.scheme.rules import Scheme
from credit_scoring.scoring.preview import Collected, Compared, Moved, Standing
from credit_scoring.scoring.ranking import Ranked
from tracker.store.registry import Carrier
from web.views.drafts_view import HOME
from web.views.figures import indicator_title
from web.views.names import Name, carrier_name
from web.views.ranking_view import unranked_reason
from web.views.since_view import write_change
from web.views.times import full_moment, write_day
from web.words import Words

MOST_MOVED = 5  # indicators of a carrier: the rest is seen in both schemes in plain words


@dataclass(frozen=True, slots=True)
class Side:
    """A carrier under one scheme; `score` is why there is none where there is no place."""

    place: str
    score: str
    grade: str


@dataclass(frozen=True, slots=True)
class MovedRow:
    """One of the indicators that move a carrier most: its points under each scheme, and the change."""

    name: Name
    title: str
    present: str
    drafted: str
    points: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A carrier's two sides."""

    name: Name
    present: Side
    drafted: Side
    points: str
    places: str


@dataclass(frozen=True, slots=True)
class PreviewView:
    """Everything the template places; `waits` says that it is still computed."""

    version: str
    href: str
    present: str
    present_href: str
    period: str
    as_of: str
    waits: str
    rows: tuple[PreviewRow, ...]
    moved: tuple[MovedRow, ...]


def build_preview_view(
    words: Words,
    draft: Draft,
    *,
    present: Scheme,
    collected: Collected | None,
    compared: Sequence[Compared],
    known: Mapping[str, Carrier],
    waits_since: datetime | None,
) -> PreviewView:
    """The page; nothing collected and nothing to wait for means that there is no parcel."""
    window = collected.scope.window if collected else None
    return PreviewView(
        version=draft.scheme.version,
        href=f"{HOME}/{draft.draft_id}",
        present=present.version,
        present_href=f"/schemes/{present.version}",
        period=words("preview.period", first=write_day(words, window.from_date), last=write_day(words, window.last_day))
        if window
        else "",
        as_of=words("scope.as_of", moment=full_moment(collected.scope.as_of).text) if collected else "",
        waits=words("preview.waits", since=full_moment(waits_since).text) if waits_since else "",
        rows=tuple(
            _row(words, each, carrier_name(words, each.carrier, known.get(each.carrier)), present, draft.scheme)
            for each in compared
        ),
        moved=tuple(
            _moved(words, carrier_name(words, each.carrier, known.get(each.carrier)), moved)
            for each in compared
            for moved in each.moved[:MOST_MOVED]
        ),
    )


def _moved(words: Words, name: Name, moved: Moved) -> MovedRow:
    title = indicator_title(words, indicator_of(moved.indicator))
    present, drafted = (
        words("preview.not_counted") if points is None else f"{float(points):.1f}"
        for points in (moved.present, moved.drafted)
    )
    return MovedRow(name, title, present, drafted, write_change(moved.points))


def _row(words: Words, each: Compared, name: Name, present: Scheme, drafted: Scheme) -> PreviewRow:
    before, after = _side(words, each.present, present), _side(words, each.drafted, drafted)
    if not isinstance(each.present, Ranked) or not isinstance(each.drafted, Ranked):
        return PreviewRow(name, before, after, "–", "–")
    assert each.present.score.score is not None
    assert each.drafted.score.score is not None
    return PreviewRow(
        name=name,
        present=before,
        drafted=after,
        points=_signed(each.drafted.score.score - each.present.score.score),
        places=_places(words, each.present.rank - each.drafted.rank),
    )


def _side(words: Words, standing: Standing, scheme: Scheme) -> Side:
    if not isinstance(standing, Ranked):
        return Side("–", unranked_reason(words, standing, scheme), "")
    return Side(str(standing.rank), str(standing.score.score), standing.score.grade or "")


def _signed(points: Decimal) -> str:
    return f"{points:+}".replace("-", "−") if points else "0"


def _places(words: Words, up: int) -> str:
    if not up:
        return words("preview.same")
    return words.count("preview.up" if up > 0 else "preview.down", abs(up))
