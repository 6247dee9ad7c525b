"""The credit report's content (信用报告内容): the facts as canonical JSON, decimals as strings, times in UTC."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.measure import Measure
from credit_scoring.evidence.numbers import divide, rounded
from credit_scoring.governance.objections.objection import Objection
from credit_scoring.scheme.rules import Dimension, Rule
from credit_scoring.scoring.export import POINT_PLACES, canonical_json, ranked_json, time_json, unranked_json
from credit_scoring.scoring.ranking import Ranked
from credit_scoring.scoring.score import SCORE_PLACES, Reason
from web.api.archive_json import entry_json
from web.api.objection_marks import objection_json
from web.report.facts import Facts
from web.report.signed import KIND, VERSION
from web.runs.assessed import Since

Json = dict[str, Any]
CHANGE_PLACES = 6


def write_report(facts: Facts, *, certificate: str) -> bytes:
    """The bytes that are signed: of the same run and the same objections always the same. `certificate` is the
    SHA-256 of the one that signs the PDF."""
    return canonical_json(
        {
            "v": VERSION,
            "kind": KIND,
            "audience": facts.audience.value,
            "enterprise": _enterprise(facts),
            "run": _run(facts),
            "scheme": _scheme(facts),
            "score": _score(facts),
            "dimensions": _dimensions(facts),
            "indicators": _indicators(facts),
            "objections_as_of": time_json(facts.objections_as_of),
            "objections": [_objection(each, whole=facts.is_private) for each in facts.objections],
            "since": _since(facts.since) if facts.since else None,
            "records": [entry_json(each, documents=False) for each in facts.records],
            "pdf_certificate_sha256": certificate,
        }
    )


def _enterprise(facts: Facts) -> Json:
    carrier = facts.carrier
    return {
        "carrier": carrier.code,
        "carriers": list(facts.codes),
        "name_zh": carrier.name_zh,
        "name_en": carrier.name_en,
        "uscc": carrier.uscc,
        "verified": carrier.verified,
        "dataset": carrier.is_dataset,
    }


def _run(facts: Facts) -> Json:
    run = facts.run
    return {
        "id": str(run.run_id),
        "from": run.window.from_date.isoformat(),
        "to": run.window.to_date.isoformat(),
        "division": run.division,
        "as_of": time_json(run.as_of),
        "created_at": time_json(run.created_at),
        "position": run.position,
        "rolling_sha256": facts.assessment.log.rolling,
        "evidence_sha256": run.evidence_sha256,
    }


def _scheme(facts: Facts) -> Json:
    scheme = facts.assessment.scheme
    return {
        "version": scheme.version,
        "sha256": scheme.sha256,
        "level": scheme.level.value,
        "division": scheme.division,
        "status": "proposal" if scheme.proposal else "adopted",
        "title": {"zh": scheme.title.zh, "en": scheme.title.en},
        "minimum_parcels": scheme.minimum_parcels,
        "signed_at": [time_json(each) for each in facts.signed_at],
    }


def _score(facts: Facts) -> Json:
    """The row of the ranking; without a place also without a score and its interval, as nothing else shows them."""
    standing = facts.standing
    if isinstance(standing, Ranked):
        row = ranked_json(standing)
    else:
        row = unranked_json(standing) | {"rank": None, "interval": None}
    kept = {name: value for name, value in row.items() if name not in ("indicators", "carrier")}
    return {**kept, "ranked": len(facts.assessment.rows), "unranked": len(facts.assessment.unranked)}


def _dimensions(facts: Facts) -> list[Json]:
    score, is_ranked = facts.standing.score, isinstance(facts.standing, Ranked)
    return [
        {
            "dimension": each.value,
            "points": points,
            "score": score.dimension_share(each) if is_ranked else None,
            "interval": _interval(score.dimension_interval(each), SCORE_PLACES) if is_ranked else None,
        }
        for each, points in facts.assessment.scheme.dimensions.items()
    ]


def _indicators(facts: Facts) -> list[Json]:
    """Those with points by dimension, then those that are only told."""
    is_ranked, score = isinstance(facts.standing, Ranked), facts.standing.score
    judged = [
        _measure(facts, reason.measure, reason.rule) | _points(reason, is_ranked=is_ranked)
        for dimension in Dimension
        for reason in score.reasons_in(dimension)
    ]
    return [*judged, *(_measure(facts, measure, None) for measure in score.told)]


def _measure(facts: Facts, measure: Measure, rule: Rule | None) -> Json:
    indicator = measure.indicator
    return {
        "indicator": indicator.name.value,
        "title": {"zh": indicator.title_zh, "en": indicator.title_en},
        "rule": {"zh": rule.text.zh, "en": rule.text.en} if rule else None,
        "dimension": rule.dimension.value if rule else None,
        "citation": indicator.citation,
        "unit": indicator.unit.value,
        "value": _rounded(measure.value, 9),
        "interval": _interval(measure.interval, 9),
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "unknown": measure.reason.value if measure.reason else None,
        "weight": rule.points if rule else 0,
        "points": None,
        "lost": None,
        "objections": [
            {"objection_no": each.objection_no, "state": each.state.value}
            for each in facts.disputed.get(indicator.name, ())
        ],
    }


def _points(reason: Reason, *, is_ranked: bool) -> Json:
    if not is_ranked:
        return {}
    return {"points": _rounded(reason.points, POINT_PLACES), "lost": _rounded(reason.lost, POINT_PLACES)}


def _objection(objection: Objection, *, whole: bool) -> Json:
    """`whole` for the enterprise itself: the point and the grounds too."""
    if not whole:
        return objection_json(objection)
    decision = objection.decision
    own = {"key": objection.point.key, "ground": objection.ground, "evidence_sha256": objection.evidence_sha256}
    return {**objection_json(objection), **own, "reason": decision.reason if decision else None}


def _since(since: Since) -> Json:
    assessment, change = since.before.assessment, since.change
    return {
        "run": str(since.before.run),
        "as_of": time_json(assessment.as_of),
        "scheme": assessment.scheme.version,
        "difference": _fraction(change.difference),
        "covered_points": list(change.covered_points),
        "changes": [
            {"indicator": each.indicator.value, "points": _fraction(each.points), "turn": each.turn.value}
            for each in change.changes
        ],
    }


def _interval(interval: Interval | None, places: int) -> list[Decimal] | None:
    return None if interval is None else [rounded(each, places) for each in (interval.low, interval.high)]


def _rounded(value: Decimal | None, places: int) -> Decimal | None:
    return None if value is None else rounded(value, places)


def _fraction(value: Fraction) -> Decimal:
    return rounded(divide(value.numerator, value.denominator), CHANGE_PLACES)
