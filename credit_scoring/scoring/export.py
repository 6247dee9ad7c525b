"""The export (公示格式): an assessment as the JSON that leaves the house, and as canonical bytes."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.measure import Measure
from credit_scoring.evidence.numbers import rounded
from credit_scoring.scoring.assess import Assessment, CarrierAssessment
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score import SCORE_PLACES, Reason, Score

Json = dict[str, Any]
VALUE_PLACES = 9  # a rate of one in a million has three of them
POINT_PLACES = 1


def canonical_json(value: Json) -> bytes:
    """The same value, the same bytes: keys sorted, no spaces, UTF-8; decimals as strings, as they are written."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_as_written
    )
    return text.encode()


def plain_json(value: Any) -> Any:
    """The same with decimals as JSON numbers: what programs read, where the sealed bytes have strings."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain_json(each) for key, each in value.items()}
    return [plain_json(each) for each in value] if isinstance(value, list) else value


def time_json(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ranking_json(assessment: Assessment, *, run: UUID | None = None) -> Json:
    """A ranking; `run` is the saved run's id, null when it was computed live."""
    return {
        **head_json(assessment, run),
        "rows": [ranked_json(row) for row in assessment.rows],
        "unranked": [unranked_json(row) for row in assessment.unranked],
    }


def carrier_json(credit: CarrierAssessment, *, run: UUID | None = None) -> Json:
    """One carrier's credit: its row of the ranking (`rank` null and a `reason` where it has none) and its reasons."""
    standing = credit.standing
    row = ranked_json(standing) if isinstance(standing, Ranked) else {"rank": None, **unranked_json(standing)}
    for name, parcels in credit.lost.items():
        row["indicators"][name.value]["parcels_lost"] = parcels
    return {**head_json(credit.assessment, run), **row}


def ranked_json(row: Ranked) -> Json:
    """One row of the ranking."""
    score = row.score
    return {
        "rank": row.rank,
        "score": score.score,
        "grade": score.grade,
        "best_place": row.best_place,
        "worst_place": row.worst_place,
        **_score_json(score),
    }


def unranked_json(row: Unranked) -> Json:
    """One carrier without a place: no score and no grade, but what was counted."""
    return {"score": None, "grade": None, "reason": row.reason.value, **_score_json(row.score)}


def _score_json(score: Score) -> Json:
    return {
        "carrier": score.carrier,
        "interval": _interval_json(score.interval, places=SCORE_PLACES),
        "covered_points": score.covered_points,
        "parcels": score.parcels,
        "expected": score.expected,
        "indicators": _indicators_json(score),
    }


def head_json(assessment: Assessment, run: UUID | None) -> Json:
    """What every answer about one assessment begins with."""
    return {
        "as_of": time_json(assessment.as_of),
        "position": assessment.log.position,
        "rolling_sha256": assessment.log.rolling,
        "scheme": assessment.scheme.version,
        "from": assessment.window.from_date.isoformat(),
        "to": assessment.window.to_date.isoformat(),
        "division": assessment.division,
        "run": None if run is None else str(run),
    }


def _indicators_json(score: Score) -> Json:
    judged = {reason.measure.indicator.name.value: _reason_json(reason) for reason in score.reasons}
    told = {measure.indicator.name.value: _measure_json(measure) for measure in score.told}
    return {**judged, **{name: {**known, "points": None, "weight": 0} for name, known in told.items()}}


def _reason_json(reason: Reason) -> Json:
    points = None if reason.points is None else rounded(reason.points, POINT_PLACES)
    return {**_measure_json(reason.measure), "points": points, "weight": reason.rule.points}


def _measure_json(measure: Measure) -> Json:
    """An unknown value is null and says why."""
    known = {
        "value": None if measure.value is None else rounded(measure.value, VALUE_PLACES),
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "interval": _interval_json(measure.interval, places=VALUE_PLACES),
    }
    return known if measure.reason is None else {**known, "reason": measure.reason.value}


def _interval_json(interval: Interval | None, *, places: int) -> list[Decimal] | None:
    return None if interval is None else [rounded(interval.low, places), rounded(interval.high, places)]


def _as_written(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no canonical form")
