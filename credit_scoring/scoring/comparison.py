"""The comparison (并列比较): who is ahead of whom for certain, and who cannot be told apart.

Certain is what two intervals of 95 % say that do not meet. That is stricter than a test of the difference: where
intervals meet a little, a difference may be there and is not claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from credit_scoring.evidence.indicators import Direction
from credit_scoring.evidence.intervals import Interval
from credit_scoring.scheme.rules import Dimension
from credit_scoring.scoring.ranking import Ranked, Unranked

SCORE = "score"


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing compared between carriers: those that could be, who is `ahead` of whom, and which pairs are alike."""

    known: tuple[str, ...]
    ahead: tuple[tuple[str, tuple[str, ...]], ...]
    alike: tuple[tuple[str, str], ...]


def compare(intervals: Mapping[str, Interval | None], direction: Direction = Direction.HIGHER) -> Compared:
    """Each carrier's interval against each other's; None: unknown, and compared with nobody."""
    known = {code: interval for code, interval in intervals.items() if interval is not None}
    ahead: dict[str, list[str]] = {}
    alike = []
    for one, other in combinations(known, 2):
        higher = _higher(one, other, known)
        if higher is None:
            alike.append((one, other))
            continue
        lower = other if higher == one else one
        best, rest = (higher, lower) if direction is Direction.HIGHER else (lower, higher)
        ahead.setdefault(best, []).append(rest)
    told = tuple((code, tuple(ahead[code])) for code in known if code in ahead)
    return Compared(tuple(known), told, tuple(alike))


def compare_standings(standings: Sequence[Ranked | Unranked]) -> dict[str, Compared]:
    """The score, each dimension and each indicator, by name; scores and dimensions only of carriers with a place."""
    ranked = {each.score.carrier: each.score if isinstance(each, Ranked) else None for each in standings}
    found = {SCORE: compare({code: score.interval if score else None for code, score in ranked.items()})}
    for dimension in Dimension:
        won = {code: score.dimension_interval(dimension) if score else None for code, score in ranked.items()}
        found[dimension.value] = compare(won)
    measures = [{measure.indicator.name: measure for measure in each.score.measures} for each in standings]
    for name, first in measures[0].items() if measures else ():
        told = {each.score.carrier: mine[name].interval for each, mine in zip(standings, measures, strict=True)}
        found[name.value] = compare(told, first.indicator.direction)
    return found


def _higher(one: str, other: str, known: Mapping[str, Interval]) -> str | None:
    """The one whose interval lies above the other's; None where they meet."""
    if known[one].low > known[other].high:
        return one
    return other if known[other].low > known[one].high else None
