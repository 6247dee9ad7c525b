"""The export (公示格式): an assessment as the JSON that leaves the house, and as canonical bytes."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from credit_scoring.evidence.intervals import Interval
from credit_scoring.scoring.assess import Assessment, CarrierAssessment
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score import Reason, Score

Json = dict[str, Any]


def canonical_json(value: Json) -> bytes:
    """The same value, the same bytes: keys sorted, no spaces, UTF-8, no NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def time_json(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ranking_json(assessment: Assessment, *, run: UUID | None = None) -> Json:
    """A ranking; `run` is the saved run's id, null when it was computed live."""
    return {
        **_head_json(assessment, run),
        "rows": [ranked_json(row) for row in assessment.rows],
        "unranked": [unranked_json(row) for row in assessment.unranked],
    }


def carrier_json(credit: CarrierAssessment, *, run: UUID | None = None) -> Json:
    """One carrier's credit: its row of the ranking (`rank` null and a `reason` where it has none) and its reasons."""
    standing = credit.standing
    row = ranked_json(standing) if isinstance(standing, Ranked) else {"rank": None, **unranked_json(standing)}
    for reason in standing.score.reasons:
        row["indicators"][reason.rule.indicator.value]["parcels_lost"] = credit.lost[reason.rule.indicator]
    return {**_head_json(credit.assessment, run), **row}


def ranked_json(row: Ranked) -> Json:
    """One row of the ranking."""
    score = row.score
    return {
        "rank": row.rank,
        "carrier": score.carrier,
        "score": score.score,
        "grade": score.grade,
        "interval": _interval_json(score.interval, digits=1),
        "covered_points": score.covered_points,
        "parcels": score.parcels,
        "best_place": row.best_place,
        "worst_place": row.worst_place,
        "indicators": _indicators_json(score),
    }


def unranked_json(row: Unranked) -> Json:
    """One carrier without a place: no score and no grade, but what was counted."""
    return {
        "carrier": row.score.carrier,
        "score": None,
        "grade": None,
        "interval": _interval_json(row.score.interval, digits=1),
        "covered_points": row.score.covered_points,
        "parcels": row.score.parcels,
        "reason": row.reason.value,
        "indicators": _indicators_json(row.score),
    }


def _head_json(assessment: Assessment, run: UUID | None) -> Json:
    return {
        "as_of": time_json(assessment.as_of),
        "position": assessment.position,
        "scheme": assessment.scheme.version,
        "from": assessment.window.from_date.isoformat(),
        "to": assessment.window.to_date.isoformat(),
        "division": assessment.division,
        "run": None if run is None else str(run),
    }


def _indicators_json(score: Score) -> Json:
    return {reason.rule.indicator.value: _reason_json(reason) for reason in score.reasons}


def _reason_json(reason: Reason) -> Json:
    """Values with six digits, points with one; an unknown value is null and says why."""
    measure = reason.measure
    known = {
        "value": None if measure.value is None else round(measure.value, 6),
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "interval": _interval_json(measure.interval, digits=6),
        "points": None if reason.points is None else round(reason.points, 1),
        "weight": reason.rule.points,
    }
    return known if measure.reason is None else {**known, "reason": measure.reason.value}


def _interval_json(interval: Interval | None, *, digits: int) -> list[float] | None:
    return None if interval is None else [round(interval.low, digits), round(interval.high, digits)]
