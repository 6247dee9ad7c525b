"""The credit report's tables (信用报告表格): dimensions, indicators, objections, the change, records."""

from collections.abc import Iterable
from dataclasses import dataclass

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.measure import Measure
from credit_scoring.governance.objections.objection import Objection
from credit_scoring.scheme.rules import TOTAL, Dimension
from credit_scoring.scoring.ranking import Ranked
from credit_scoring.scoring.score import Reason, Score
from web.api.objection_marks import indicator_in
from web.report.facts import Facts
from web.report.pairs import Both, Pair
from web.views.figures import (
    NONE,
    indicator_title,
    write_counts,
    write_interval,
    write_points,
    write_score,
    write_value,
    write_value_interval,
)
from web.views.since_view import build_since
from web.views.times import full_moment
from web.words import Words

Row = tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading; `none` is said where it has no rows. A row of one cell is a heading among the rows."""

    title: Pair
    heads: Row
    rows: tuple[Row, ...]
    none: Pair
    note: Pair | None = None


def build_tables(both: Both, facts: Facts) -> tuple[Table, ...]:
    """All of them, in their order; that of the change only where there is an earlier run."""
    return (
        _dimensions(both, facts),
        _indicators(both, facts),
        _objections(both, facts),
        *_since_table(both, facts),
        _records(both, facts),
    )


def _heads(both: Both, *keys: str) -> Row:
    return tuple(both(key) for key in keys)


def _dimensions(both: Both, facts: Facts) -> Table:
    score, is_ranked = facts.standing.score, isinstance(facts.standing, Ranked)

    def row(dimension: Dimension, points: int) -> Row:
        won, interval = score.dimension_share(dimension), score.dimension_interval(dimension)
        if not is_ranked or won is None or interval is None:
            return (both(f"dimension.{dimension}"), Pair(str(points)), Pair(NONE), Pair(NONE))
        reach = both.write(lambda words: write_interval(words, interval))
        return (both(f"dimension.{dimension}"), Pair(str(points)), Pair(f"{write_score(won)} / {TOTAL}"), reach)

    return Table(
        both("report.dimensions"),
        _heads(both, "sheet.dimension", "sheet.weight", "report.won", "carrier.interval"),
        tuple(row(each, points) for each, points in facts.assessment.scheme.dimensions.items()),
        both("report.none"),
    )


def _indicators(both: Both, facts: Facts) -> Table:
    is_ranked = isinstance(facts.standing, Ranked)

    def rows(score: Score) -> Iterable[Row]:
        for dimension in Dimension:
            if mine := score.reasons_in(dimension):
                yield (both(f"dimension.{dimension}"),)
                yield from (_indicator(both, facts, each.measure, _points(each, is_ranked=is_ranked)) for each in mine)
        if told := [each for each in score.told if each.reason is None]:
            yield (both("dimension.told"),)
            yield from (_indicator(both, facts, each, NONE) for each in told)

    return Table(
        both("report.indicators"),
        _heads(both, "carrier.indicator", "carrier.value", "carrier.value_interval", "report.counts", "carrier.points",
               "report.marks"),
        tuple(rows(facts.standing.score)),
        both("report.none"),
        both("ranking.note"),
    )  # fmt: skip


def _points(reason: Reason, *, is_ranked: bool) -> str:
    if not is_ranked or reason.points is None:
        return f"{NONE} / {reason.rule.points}"
    return f"{write_points(reason.points)} / {reason.rule.points}"


def _indicator(both: Both, facts: Facts, measure: Measure, points: str) -> Row:
    value, title = measure.value, both.write(lambda words: indicator_title(words, measure.indicator))
    marks = both.write(lambda words: _marks(words, facts.disputed.get(measure.indicator.name, [])))
    if value is None:
        why = both(f"unknown.{measure.reason}")
        return (title, both("carrier.unknown"), Pair(NONE), Pair(NONE), Pair(points), _beside(why, marks))
    return (
        title,
        both.write(lambda words: write_value(words, measure.indicator.unit, value)),
        both.write(lambda words: write_value_interval(words, measure)),
        Pair(write_counts(measure)),
        Pair(points),
        marks,
    )


def _beside(one: Pair, other: Pair) -> Pair:
    return Pair(*(" · ".join(filter(None, pair)) for pair in ((one.zh, other.zh), (one.en, other.en))))


def _marks(words: Words, objections: Iterable[Objection]) -> str:
    return " · ".join(
        words("report.mark", number=each.objection_no, state=words(f"objection_state.{each.state}"))
        for each in objections
    )


def _objections(both: Both, facts: Facts) -> Table:
    def row(each: Objection) -> Row:
        name = indicator_in(each)
        kind = both(f"point.{each.point.kind}")
        if name is not None:
            about = indicator_of(IndicatorName(name))
            kind = both.write(lambda words: f"{words(f'point.{each.point.kind}')}: {indicator_title(words, about)}")
        decided = full_moment(each.decision.at).text if each.decision else NONE
        return (
            Pair(str(each.objection_no)),
            kind,
            Pair(full_moment(each.filed_at).text),
            both(f"objection_state.{each.state}"),
            Pair(each.due.isoformat() if each.due else decided),
        )

    return Table(
        both("report.objections", moment=full_moment(facts.objections_as_of).text),
        _heads(both, "objections.number", "objections.point", "objections.filed", "objections.state", "report.due"),
        tuple(row(each) for each in facts.objections),
        both("report.no_objections"),
    )


def _since_table(both: Both, facts: Facts) -> Iterable[Table]:
    if (since := facts.since) is None:
        return
    views = [build_since(words, since, facts.assessment) for words in (both.zh, both.en)]
    of = {both.zh.lang: views[0], both.en.lang: views[1]}

    def cells(number: int) -> Row:
        return (
            both.write(lambda words: of[words.lang].rows[number].title),
            both.write(lambda words: of[words.lang].rows[number].points),
            both.write(lambda words: of[words.lang].rows[number].turn),
        )

    yield Table(
        both.write(lambda words: f"{words('since.title')}: {of[words.lang].difference}"),
        _heads(both, "since.indicator", "since.points", "since.turn"),
        tuple(cells(number) for number in range(len(views[0].rows))),
        both("since.same"),
        both.write(lambda words: " ".join((of[words.lang].run, *of[words.lang].notes))),
    )


def _records(both: Both, facts: Facts) -> Table:
    rows = tuple(
        (
            both(f"archive_kind.{each.told.kind}"),
            Pair(each.told.document_date.isoformat() if each.told.document_date else NONE),
            Pair(_days(each.told.valid_from, each.told.valid_until)),
            Pair(str(each.record_id)),
        )
        for each in facts.records
    )
    return Table(
        both("report.records_own" if facts.is_private else "report.records"),
        _heads(both, "archive_field.kind", "report.document_date", "report.validity", "report.record_id"),
        rows,
        both("report.no_records"),
    )


def _days(first: object, last: object) -> str:
    return NONE if first is None and last is None else f"{first or ''} – {last or ''}"
