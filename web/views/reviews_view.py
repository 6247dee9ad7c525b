"""The reviews page's view (企业评价): figures by class of raters, then each voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credit_scoring.evidence.scope import Scope
from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.catalogue import Phrase
from credit_scoring.voices.voice import Voice
from tracker.store.registry import Carrier
from web.views.figures import NONE
from web.views.names import Name, carrier_name
from web.views.times import full_moment
from web.views.voice_parts import VoiceCard, build_card
from web.voices_read import Figure
from web.words import Words


@dataclass(frozen=True, slots=True)
class FigureCell:
    """Mean stars and their interval; `unknown` where there is too little."""

    label: str
    stars: str
    interval: str
    unknown: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One class of raters."""

    title: str
    voices: str
    cells: tuple[FigureCell, ...]


@dataclass(frozen=True, slots=True)
class ReviewsView:
    """Everything the template places."""

    carrier: Name
    carrier_href: str
    rows: tuple[FigureRow, ...]
    aspects: tuple[str, ...]
    voices: tuple[VoiceCard, ...]
    csrf: str
    json_href: str
    next_href: str | None
    first_href: str
    is_first: bool
    as_of: str


def build_reviews_view(
    words: Words,
    carrier: Carrier,
    voices: Sequence[Voice],
    figures: Sequence[Figure],
    *,
    scope: Scope,
    replies: Mapping[int, Sequence[Phrase]],
    csrf: str,
    next_token: str | None,
    is_first: bool,
) -> ReviewsView:
    """One page; `replies` are the phrases that who asks may put under which voice."""
    path = f"/carriers/{carrier.code}/reviews"
    window = scope.window
    return ReviewsView(
        carrier=carrier_name(words, carrier.code, carrier),
        carrier_href=f"/carriers/{carrier.code}",
        rows=tuple(_row(words, rater, [each for each in figures if each.rater is rater]) for rater in Rater),
        aspects=tuple(words(f"aspect.{aspect}") for aspect in Aspect),
        voices=tuple(build_card(words, each, replies=replies.get(each.voice_no, ())) for each in voices),
        csrf=csrf,
        json_href=f"/api/v1{path}",
        next_href=f"{path}?next={next_token}" if next_token else None,
        first_href=path,
        is_first=is_first,
        as_of=words(
            "reviews.as_of", moment=full_moment(scope.as_of).text, first=str(window.from_date), end=str(window.to_date)
        ),
    )


def _row(words: Words, rater: Rater, figures: Sequence[Figure]) -> FigureRow:
    most = max((each.voices for each in figures), default=0.0)
    return FigureRow(
        words(f"rater.{rater}"), words("reviews.weights", voices=f"{most:.1f}"), tuple(_cell(words, e) for e in figures)
    )


def _cell(words: Words, figure: Figure) -> FigureCell:
    label = words(f"aspect.{figure.aspect}")
    if figure.stars is None or figure.interval is None:
        return FigureCell(label, NONE, "", words("reviews.too_few"))
    low, high = (f"{each:.1f}" for each in figure.interval)
    interval = words("figure.from_to", low=low, high=high)
    return FigureCell(label, f"{figure.stars:.2f}", interval, "")
