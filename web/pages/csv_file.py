"""The ranking as CSV (导出): one line a carrier, what it rests on in the columns after it."""

from collections.abc import Iterable, Mapping

from credit_scoring.evidence.catalogue import INDICATORS
from credit_scoring.governance.objections.objection import Objection
from credit_scoring.scheme.rules import Dimension
from credit_scoring.scoring.ranking import Ranked, Unranked
from tracker.store.registry import Carrier
from web.api.objection_marks import open_by_carrier
from web.pages.table_file import FileTable, write_csv
from web.runs.assessed import Assessed, standings_of
from web.views.figures import figures_of, indicator_title, write_score
from web.views.names import carrier_name
from web.views.ranking_view import unranked_reason
from web.views.times import write_rfc3339
from web.words import Words

_FIXED = ("rank", "best", "worst", "carrier", "code", "grade", "score", "low", "high", "parcels", "reason")
_SCOPE = ("from", "to", "division", "scheme", "as_of", "position", "run")


def write_ranking_csv(
    words: Words, assessed: Assessed, carriers: Mapping[str, Carrier], objections: Iterable[Objection]
) -> bytes:
    """The file, each carrier with how many of its objections are open; the unranked below, without score or grade,
    each with its reason."""
    still_open = open_by_carrier(objections)
    indicators = [indicator_title(words, indicator) for indicator in INDICATORS]
    dimensions = [words(f"dimension.{dimension}") for dimension in Dimension]
    heads = [
        *_titles(words, _FIXED), *dimensions, *indicators, *_titles(words, ("objections",)), *_titles(words, _SCOPE)
    ]  # fmt: skip
    rows = []
    for row in standings_of(assessed.assessment):
        standing = _standing(words, row, assessed, carriers)
        disputed = str(len(still_open.get(row.score.carrier, [])))
        rows.append([*standing, *_dimensions(row), *_values(row), disputed, *_scope(assessed)])
    return write_csv(FileTable(words("sheet.ranking"), heads, rows))


def _titles(words: Words, names: tuple[str, ...]) -> list[str]:
    return [words(f"csv.{name}") for name in names]


def _standing(words: Words, row: Ranked | Unranked, assessed: Assessed, carriers: Mapping[str, Carrier]) -> list[str]:
    code = row.score.carrier
    name = carrier_name(words, code, carriers.get(code)).text
    parcels = str(row.score.parcels)
    if isinstance(row, Unranked):
        reason = unranked_reason(words, row, assessed.assessment.scheme)
        return ["", "", "", name, code, "", "", "", "", parcels, reason]
    known = figures_of(row.score)
    figures = [write_score(figure) for figure in (known.score, *known.interval)]
    places = [str(row.rank), str(row.best_place), str(row.worst_place)]
    return [*places, name, code, known.grade or "", *figures, parcels, ""]


def _dimensions(row: Ranked | Unranked) -> list[str]:
    """The points won in each dimension, of 1000; of the unranked none."""
    won = [row.score.dimension_share(dimension) if isinstance(row, Ranked) else None for dimension in Dimension]
    return ["" if points is None else write_score(points) for points in won]


def _values(row: Ranked | Unranked) -> list[str]:
    by_name = {measure.indicator.name: measure.value for measure in row.score.measures}
    values = [by_name[indicator.name] for indicator in INDICATORS]
    return ["" if value is None else f"{value:.9f}" for value in values]


def _scope(assessed: Assessed) -> list[str]:
    assessment = assessed.assessment
    return [
        assessment.window.from_date.isoformat(),
        assessment.window.to_date.isoformat(),
        assessment.division or "",
        assessment.scheme.version,
        write_rfc3339(assessment.as_of),
        str(assessment.position),
        str(assessed.run or ""),
    ]
