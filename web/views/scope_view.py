"""The scope (评价范围) of a ranking or of one credit: period, division, scheme, as of; and the form to change it."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from credit_scoring.evidence.window import Window
from credit_scoring.scheme.rules import Scheme
from tracker.wire.divisions import Division
from web.runs.assessed import Assessed
from web.views.division_choices import write_typed
from web.views.figures import in_language
from web.views.names import Name, division_name
from web.views.times import full_moment, write_day
from web.words import Words, write_number


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
    typed: str
    lang: str


def build_scope_view(words: Words, assessed: Assessed, division: Division | None) -> ScopeView:
    """The scope of an assessment."""
    assessment = assessed.assessment
    window, scheme = assessment.window, assessment.scheme
    return ScopeView(
        division=division_name(words, division),
        period=_period(words, window),
        scheme=_scheme(words, scheme, window.last_day),
        scheme_href=f"/schemes/{scheme.version}",
        scheme_note=in_language(words, scheme.note) if scheme.proposal else None,
        as_of=words("scope.as_of", moment=full_moment(assessment.as_of).text),
        position=words("scope.position", n=write_number(assessment.position)),
        source=_source(words, assessed),
        from_date=window.from_date.isoformat(),
        to_date=window.to_date.isoformat(),
        typed=write_typed(division) if division else "",
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


def _scheme(words: Words, scheme: Scheme, day: date) -> str:
    """The version; where it does not hold on the period's last day, that it stands in for one that would."""
    if scheme.holds_on(day):
        return words("scope.scheme", version=scheme.version)
    if day < scheme.valid_from:
        return words("scope.scheme_before", version=scheme.version, start=scheme.valid_from.isoformat())
    return words("scope.scheme_after", version=scheme.version, until=scheme.valid_until.isoformat())


def _source(words: Words, assessed: Assessed) -> str:
    return words("scope.live") if assessed.run is None else words("scope.run", run=str(assessed.run)[:8])
