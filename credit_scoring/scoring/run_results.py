"""A run's results (考核结果): what a saved ranking says of each carrier, read back from its bytes.

Nothing is computed again: that is for the audit. A carrier without a place has neither score nor interval here, as it
has none on any page.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.window import Window
from credit_scoring.scoring.ranking import UnrankedReason

_NAMES = {name.value: name for name in IndicatorName}


@dataclass(frozen=True, slots=True)
class RunHead:
    """A saved run without what it rests on and what came out."""

    run_id: UUID
    scheme: str
    window: Window
    division: str | None
    as_of: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a ranking, with the best and the worst that chance could have given, the score and its interval.

    `grade` is None where the known indicators were worth too few of the scheme's points.
    """

    rank: int
    best: int
    worst: int
    score: Decimal
    interval: Interval
    grade: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """An indicator's numerator and denominator, known both."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Result:
    """One carrier in a run: its place, or why it has none; `counts` holds the indicators that are known."""

    carrier: str
    parcels: int
    covered_points: int
    place: Place | None
    reason: UnrankedReason | None
    counts: Mapping[IndicatorName, Counted]


@dataclass(frozen=True, slots=True)
class RunResults:
    """A run and the results of every carrier in it, by code: those with a place in order, then the others."""

    run: RunHead
    results: Mapping[str, Result]


def parse_results(run: RunHead, content: bytes) -> RunResults:
    """The results from the canonical bytes that `save_run` kept."""
    ranking = json.loads(content)
    found = [*(_ranked(row) for row in ranking["rows"]), *(_unranked(row) for row in ranking["unranked"])]
    return RunResults(run, {result.carrier: result for result in found})


def _ranked(row: dict[str, Any]) -> Result:
    low, high = row["interval"]
    place = Place(
        rank=row["rank"],
        best=row["best_place"],
        worst=row["worst_place"],
        score=Decimal(row["score"]),
        interval=Interval(Decimal(low), Decimal(high)),
        grade=row["grade"],
    )
    return Result(row["carrier"], row["parcels"], row["covered_points"], place, None, _counts(row))


def _unranked(row: dict[str, Any]) -> Result:
    reason = UnrankedReason(row["reason"])
    return Result(row["carrier"], row["parcels"], row["covered_points"], None, reason, _counts(row))


def _counts(row: dict[str, Any]) -> dict[IndicatorName, Counted]:
    """Of the indicators that there still are."""
    return {
        _NAMES[name]: Counted(told["numerator"], told["denominator"])
        for name, told in row["indicators"].items()
        if name in _NAMES and told["denominator"]
    }
