"""The scope (评价范围) of a ranking or of one credit: period, division, scheme, as of; and the form to change it."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from credit_scoring.evidence.window import Window
from tracker.wire.divisions import Division, children_of
from web.assessed import Assessed
from web.views.figures import in_language
from web.views.names import Name, chinese
from web.views.parts import Choice
from web.views.times import full_moment, write_day
from web.words import Words, write_number


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """A province and its cities."""

    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ScopeView:
    """What was looked at, in words, and as the form shows it."""

    division: Name
    period: str
    scheme: str
    scheme_href: str
    scheme_note: str | None
    as_of: str
    position: str
    source: str
    from_date: str
    to_date: str
    nationwide: Choice
    groups: tuple[ChoiceGroup, ...]
    lang: str


def build_scope_view(words: Words, assessed: Assessed, division: Division | None) -> ScopeView:
    """The scope of an assessment."""
    assessment = assessed.assessment
    window, scheme = assessment.window, assessment.scheme
    chosen = division.code if division else ""
    return ScopeView(
        division=chinese(words, division.full_name) if division else Name(words("scope.nationwide")),
        period=_period(words, window),
        scheme=words("scope.scheme", version=scheme.version),
        scheme_href=f"/schemes/{scheme.version}",
        scheme_note=in_language(words, scheme.note) if scheme.proposal else None,
        as_of=words("scope.as_of", moment=full_moment(assessment.as_of).text),
        position=words("scope.position", n=write_number(assessment.position)),
        source=_source(words, assessed),
        from_date=window.from_date.isoformat(),
        to_date=window.to_date.isoformat(),
        nationwide=Choice("", words("scope.nationwide"), not chosen),
        groups=_groups(words, division),
        lang=words.lang,
    )


def scope_query(window: Window, division: str | None) -> str:
    """The scope as a query, for links that keep it."""
    asked = {"from": window.from_date.isoformat(), "to": window.to_date.isoformat()}
    return urlencode(asked | ({"division": division} if division else {}))


def _period(words: Words, window: Window) -> str:
    """Both days are in it: people read a period so."""
    last = window.to_date - timedelta(days=1)
    days = (window.to_date - window.from_date).days
    if days == 1:
        return write_day(words, last)
    length = words.count("time.days", days)
    return words("scope.period", first=write_day(words, window.from_date), last=write_day(words, last), length=length)


def _source(words: Words, assessed: Assessed) -> str:
    return words("scope.live") if assessed.run is None else words("scope.run", run=str(assessed.run)[:8])


def _groups(words: Words, division: Division | None) -> tuple[ChoiceGroup, ...]:
    """The provinces with their cities; a county that was asked for stands in a group of its own."""
    chosen = division.code if division else ""
    groups = tuple(_group(words, province, chosen) for province in children_of(None))
    if division is None or division.level != "county":
        return groups
    return (ChoiceGroup(words("scope.chosen"), (Choice(division.code, division.full_name, True),)), *groups)


def _group(words: Words, province: Division, chosen: str) -> ChoiceGroup:
    whole = Choice(province.code, words("scope.whole", name=province.name), province.code == chosen)
    cities = [city for city in children_of(province.code) if city.city_name == city.name]
    return ChoiceGroup(province.name, (whole, *(Choice(city.code, city.name, city.code == chosen) for city in cities)))
