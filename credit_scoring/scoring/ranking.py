"""The ranking (信用排名): scores in order, ties sharing a place, the unjudged last.

Places. A carrier stands by its score, then by its parcels; carriers equal in both share a place, and the next place
is left free for each of them (1, 1, 3). The interval of every score gives the places that chance could have given:

- the best place has before it only the carriers that are ahead for certain: their low end beats my high end;
- the worst place has before it all that may be ahead: their high end beats my low end.

Where two ends are equal, parcels decide, as they decide between equal scores. Each end is compared as the pair
(end, parcels) and low <= score <= high, so who is ahead for certain is ahead in the ranking, and who is ahead in the
ranking may be ahead: best_place <= rank <= worst_place always holds. Only ranked carriers take places.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from credit_scoring.scoring.score import Score

Standing = tuple[Decimal, int]  # a score or an end of its interval, then parcels


class UnrankedReason(StrEnum):
    """Why a carrier has no place (未排名原因)."""

    NO_PARCELS = "no_parcels"  # it accepted nothing in this scope
    TOO_FEW_PARCELS = "too_few_parcels"  # fewer than the scheme's minimum
    NO_SCORE = "no_score"  # every indicator is unknown


@dataclass(frozen=True, slots=True)
class Ranked:
    """A carrier with its place, and its best and worst possible one."""

    rank: int
    best_place: int
    worst_place: int
    score: Score


@dataclass(frozen=True, slots=True)
class Unranked:
    """A carrier without a place; its score must not be shown, its counts may."""

    reason: UnrankedReason
    score: Score


@dataclass(frozen=True, slots=True)
class Ranking:
    """Those with a place in order, then those without, the larger first."""

    rows: tuple[Ranked, ...]
    unranked: tuple[Unranked, ...]


def build_ranking(scores: Iterable[Score], *, minimum_parcels: int) -> Ranking:
    """The ranking of scores, each carrier once, given in any order; the least parcels are the scheme's."""
    entries, unranked = [], []
    for score in sorted(scores, key=lambda score: (-score.parcels, score.carrier)):
        reason, entry = _why_unranked(score, minimum_parcels), _entry(score)
        if reason is None and entry is not None:
            entries.append(entry)
        else:
            unranked.append(Unranked(reason or UnrankedReason.NO_SCORE, score))
    return Ranking(rows=_places(entries), unranked=tuple(unranked))


def _why_unranked(score: Score, minimum_parcels: int) -> UnrankedReason | None:
    if score.parcels == 0:
        return UnrankedReason.NO_PARCELS
    if score.parcels < minimum_parcels:
        return UnrankedReason.TOO_FEW_PARCELS
    return UnrankedReason.NO_SCORE if score.score is None else None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A score that takes part, with what its place depends on."""

    score: Score
    standing: Standing
    low: Standing
    high: Standing


def _places(entries: list[_Entry]) -> tuple[Ranked, ...]:
    standings = sorted(entry.standing for entry in entries)
    lows, highs = sorted(entry.low for entry in entries), sorted(entry.high for entry in entries)
    return tuple(
        Ranked(
            rank=1 + _above(standings, entry.standing),
            best_place=1 + _above(lows, entry.high),
            worst_place=1 + _above(highs, entry.low) - (entry.high > entry.low),  # nobody is before himself
            score=entry.score,
        )
        for entry in sorted(entries, key=lambda entry: entry.standing, reverse=True)  # stable: ties by carrier code
    )


def _entry(score: Score) -> _Entry | None:
    """None where there is no score."""
    if score.score is None or score.interval is None:
        return None
    parcels, interval = score.parcels, score.interval
    return _Entry(score, (score.score, parcels), (interval.low, parcels), (interval.high, parcels))


def _above(standings: list[Standing], mine: Standing) -> int:
    """How many of the sorted standings are strictly higher."""
    return len(standings) - bisect_right(standings, mine)
