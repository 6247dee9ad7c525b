"""The report's page (信用报告页): what it says in short, where its files are, and what to hold a file against."""

from dataclasses import dataclass

from credit_scoring.scoring.ranking import Ranked
from tracker.wire.divisions import division_of
from web.report.making import SignedFacts
from web.views.figures import NONE, figures_of, write_interval, write_score
from web.views.names import Name, carrier_name, division_name
from web.views.ranking_view import unranked_reason, write_places
from web.views.scope_view import scope_query
from web.views.times import full_moment
from web.words import Words, write_number


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary; `is_code` where it is read letter by letter."""

    title: str
    text: Name
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything the template places."""

    title: str
    lead: str
    name: Name
    lines: tuple[Line, ...]
    proof: tuple[Line, ...]
    pdf_href: str
    json_href: str
    carrier_href: str
    scheme_href: str


def build_report_view(words: Words, made: SignedFacts) -> ReportView:
    """The page of a report."""
    facts, sealing = made.facts, made.sealing
    path = "/carrier/report" if facts.is_private else f"/carriers/{facts.carrier.code}/report"
    window, run = facts.run.window, facts.run.run_id
    return ReportView(
        title=words("report.title_own" if facts.is_private else "report.title"),
        lead=words("report.own_lead" if facts.is_private else "report.page_lead"),
        name=carrier_name(words, facts.carrier.code, facts.carrier),
        lines=tuple(_lines(words, made)),
        proof=(
            Line(words("report.content_sha256"), Name(sealing.content), True),
            Line(words("report.kid"), Name(sealing.kid), True),
            Line(words("report.certificate"), Name(sealing.certificate), True),
        ),
        pdf_href=f"{path}.pdf?run={run}",
        json_href=f"{path}.json?run={run}",
        carrier_href=f"/carriers/{facts.carrier.code}?{scope_query(window, facts.run.division)}",
        scheme_href=f"/schemes/{facts.run.scheme}",
    )


def _lines(words: Words, made: SignedFacts) -> list[Line]:
    facts, run, score = made.facts, made.facts.run, made.facts.standing.score
    known = division_of(run.division) if run.division else None
    still_open = sum(each.is_open for each in facts.objections)
    told = words.count("report.open", still_open) if still_open else words("report.open_none")
    since = words("report.until", moment=full_moment(facts.objections_as_of).text)
    shown = [
        Line(words("report.period"), Name(f"{run.window.from_date} – {run.window.last_day}")),
        Line(words("scope.division"), division_name(words, known)),
        Line(words("report.as_of"), Name(words("report.moment", moment=full_moment(run.as_of).text))),
        Line(words("report.scheme"), Name(run.scheme)),
        *_verdict(words, made),
        Line(words("report.sample"), Name(words("report.parcels", n=write_number(score.parcels)))),
        Line(words("report.objections_short"), Name(f"{told} ({since})")),
        Line(words("report.run"), Name(str(run.run_id)), True),
    ]
    if facts.carrier.uscc:
        shown.insert(0, Line(words("carrier.uscc"), Name(facts.carrier.uscc), True))
    return shown


def _verdict(words: Words, made: SignedFacts) -> list[Line]:
    standing, scheme = made.facts.standing, made.facts.assessment.scheme
    if not isinstance(standing, Ranked):
        why = f"{words(f'unranked.title.{standing.reason}')}: {unranked_reason(words, standing, scheme)}"
        return [Line(words("report.score"), Name(f"{words('report.unrated')} ({why})"))]
    figures = figures_of(standing.score)
    reach = write_interval(words, figures.interval)
    return [
        Line(words("report.score"), Name(f"{write_score(figures.score)} ({words('carrier.interval')} {reach})")),
        Line(words("ranking.grade"), Name(figures.grade or NONE)),
        Line(words("ranking.rank"), Name(f"{standing.rank} / {len(made.facts.assessment.rows)}")),
        Line(words("ranking.places"), Name(write_places(standing))),
    ]
