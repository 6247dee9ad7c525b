"""The credit report's layout (信用报告版面): what the PDF's template places, each word in Chinese and in English."""

from collections.abc import Iterable
from dataclasses import dataclass

from credit_scoring.scheme.rules import TOTAL
from credit_scoring.scoring.ranking import Ranked, Unranked
from tracker.wire.details import LOCAL
from tracker.wire.divisions import division_of
from web.report.facts import Facts
from web.report.pairs import Both, Pair
from web.report.tables import Table, build_tables
from web.views.figures import NONE, write_interval, write_score
from web.views.names import carrier_name
from web.views.ranking_view import unranked_reason, write_places
from web.views.times import full_moment
from web.words import Words, write_number


@dataclass(frozen=True, slots=True)
class Sealing:
    """What proves the report: the SHA-256 of its content, the key that signed it, and the PDF's certificate."""

    content: str
    kid: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that the template places; `address` is where the report can be looked up, None where nobody said."""

    title: Pair
    name: Pair
    running: Pair
    period: Pair
    stamp: Pair
    facts: tuple[tuple[Pair, Pair], ...]
    verdict: tuple[tuple[Pair, Pair], ...]
    notes: tuple[Pair, ...]
    tables: tuple[Table, ...]
    verify_title: Pair
    verify: tuple[tuple[Pair, Pair], ...]
    how: Pair
    address: str | None
    no_address: Pair
    as_of: tuple[int, int, int, int, int, int]


def build_layout(zh: Words, en: Words, facts: Facts, sealing: Sealing, *, address: str | None) -> Layout:
    """The report of these facts; nothing in it depends on the clock."""
    both, run = Both(zh, en), facts.run
    local = run.as_of.astimezone(LOCAL)
    return Layout(
        title=both("report.title_own" if facts.is_private else "report.title"),
        name=both.write(lambda words: _name(words, facts)),
        running=both.write(lambda words: f"{words('report.title')} · {_name(words, facts)}"),
        period=Pair(f"{run.window.from_date} – {run.window.last_day}"),
        stamp=both("report.stamp", moment=full_moment(run.as_of).text, scheme=run.scheme, run=str(run.run_id)[:8]),
        facts=tuple(_facts(both, facts)),
        verdict=tuple(_verdict(both, facts)),
        notes=tuple(_notes(both, facts)),
        tables=build_tables(both, facts),
        verify_title=both("report.verify"),
        verify=(
            (both("report.content_sha256"), Pair(sealing.content)),
            (both("report.kid"), Pair(sealing.kid)),
            (both("report.certificate"), Pair(sealing.certificate)),
        ),
        how=both("report.how"),
        address=address,
        no_address=both("report.no_address"),
        as_of=(local.year, local.month, local.day, local.hour, local.minute, local.second),
    )


def _name(words: Words, facts: Facts) -> str:
    return carrier_name(words, facts.carrier.code, facts.carrier).text


def _facts(both: Both, facts: Facts) -> Iterable[tuple[Pair, Pair]]:
    run, scheme = facts.run, facts.assessment.scheme
    known = division_of(run.division) if run.division else None
    yield both("carrier.uscc"), Pair(facts.carrier.uscc) if facts.carrier.uscc else both("report.no_uscc")
    yield both("report.codes"), Pair(" ".join(facts.codes))
    days = (run.window.to_date - run.window.from_date).days
    period = f"{run.window.from_date} – {run.window.last_day}"
    yield both("report.period"), both.write(lambda words: f"{period} ({words.count('time.days', days)})")
    yield both("scope.division"), Pair(f"{known.full_name} {known.code}") if known else both("scope.nationwide")
    yield both("report.as_of"), both("report.moment", moment=full_moment(run.as_of).text)
    status = both("report.proposal" if scheme.proposal else "report.adopted")
    title = both.write(lambda words: scheme.title.en if words.lang == "en" else scheme.title.zh)
    yield (
        both("report.scheme"),
        Pair(f"{scheme.version} · {title.zh} · {status.zh}", f"{title.en or title.zh} · {status.en}"),
    )
    if facts.signed_at:
        yield both("report.signed_at"), Pair("  ".join(full_moment(each).text for each in facts.signed_at))
    yield both("report.scheme_sha256"), Pair(scheme.sha256)
    yield both("report.run"), Pair(str(run.run_id))
    yield both("report.position"), Pair(write_number(run.position))
    if facts.assessment.log.rolling:
        yield both("report.rolling"), Pair(facts.assessment.log.rolling)
    yield both("report.evidence"), Pair(run.evidence_sha256)


def _verdict(both: Both, facts: Facts) -> Iterable[tuple[Pair, Pair]]:
    standing, score = facts.standing, facts.standing.score
    if isinstance(standing, Ranked) and score.score is not None and score.interval is not None:
        interval = score.interval
        yield both("report.score"), Pair(f"{write_score(score.score)} / {TOTAL}")
        yield both("carrier.interval"), both.write(lambda words: write_interval(words, interval))
        yield both("ranking.grade"), Pair(score.grade or NONE)
        yield both("ranking.rank"), Pair(f"{standing.rank} / {len(facts.assessment.rows)}")
        yield both("ranking.places"), Pair(write_places(standing))
    elif isinstance(standing, Unranked):
        yield (
            both("report.score"),
            both.write(lambda words: f"{words('report.unrated')}: {words(f'unranked.title.{standing.reason}')}"),
        )
        yield both("csv.reason"), both.write(lambda words: unranked_reason(words, standing, facts.assessment.scheme))
    yield both("report.sample"), both("report.parcels", n=write_number(score.parcels))


def _notes(both: Both, facts: Facts) -> Iterable[Pair]:
    score, scheme = facts.standing.score, facts.assessment.scheme
    if scheme.proposal:
        yield both.write(lambda words: scheme.note.en if words.lang == "en" else scheme.note.zh)
    if facts.carrier.is_dataset:
        yield both("carrier.dataset")
    elif not facts.carrier.verified:
        yield both("report.unverified")
    if 0 < score.covered_points < TOTAL:
        yield both("carrier.covered_note", points=score.covered_points)
    if score.expected is not None and score.expected != score.parcels:
        hidden, expected = write_number(score.expected - score.parcels), write_number(score.expected)
        yield both("carrier.hidden", n=hidden, expected=expected)
    if open_ones := sum(each.is_open for each in facts.objections):
        yield both.write(lambda words: words.count("carrier.disputed_note", open_ones))
