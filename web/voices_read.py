"""What pages and JSON read of voices (评价读取): a carrier's figures of the last twelve months, and who may answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from credit_scoring.evidence.intervals import wilson
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.voices.aspects import FEWEST, MOST, Aspect, Rater, indicator_name
from credit_scoring.voices.counts import counts_of_voices
from credit_scoring.voices.rules import FULL
from credit_scoring.voices.voice import Voice
from tracker.access.roles import Role
from tracker.access.roles import Scope as Reach
from tracker.store.parcel_store import parcel_of
from tracker.working_days import local_day_of

SHOWN_FOR = timedelta(days=365)
UNIT = FULL * (MOST - FEWEST)  # what one whole voice counts for


@dataclass(frozen=True, slots=True)
class Figure:
    """One aspect by one class of raters: mean stars with its interval at 95 %; `voices` is the sum of their weights.

    `stars` and `interval` are None where the weights do not add up to one whole voice.
    """

    rater: Rater
    aspect: Aspect
    voices: float
    stars: float | None
    interval: tuple[float, float] | None


def figures_of(session: Session, carrier: str, *, now: datetime) -> tuple[Scope, list[Figure]]:
    """The figures of the last twelve months nationwide, and the scope that they were counted in."""
    today = local_day_of(now)
    scope = Scope(Window(today - SHOWN_FOR, today + timedelta(days=1)), None, now)
    counts = counts_of_voices(session, scope).get(carrier, {})
    return scope, [
        build_figure(rater, aspect, *counts.get(indicator_name(rater, aspect), (0, 0)))
        for rater in Rater
        for aspect in Aspect
    ]


def build_figure(rater: Rater, aspect: Aspect, numerator: int, denominator: int) -> Figure:
    """From an indicator's count: a share from 0 to 1 becomes 1 to 5 stars."""
    voices = denominator / UNIT
    if denominator < UNIT:
        return Figure(rater, aspect, voices, None, None)
    low, high = wilson(numerator, denominator, unit=UNIT)
    return Figure(rater, aspect, voices, _stars(numerator / denominator), (_stars(float(low)), _stars(float(high))))


def may_answer(session: Session, voice: Voice, role: Role | None, reach: Reach) -> bool:
    """Whether an account may put a reply (the carrier's own) or a note (a regulator of its places) under it."""
    if role is Role.CARRIER:
        return reach.carrier == voice.carrier
    if role is not Role.REGULATOR:
        return False
    if reach.prefix is None:
        return True
    parcel = parcel_of(session, voice.thread.partition("/")[2]) if voice.rater is Rater.CONSUMER else None
    places = (parcel.origin, parcel.destination) if parcel else (voice.division,)
    return any(place is not None and place.startswith(reach.prefix) for place in places)


def _stars(share: float) -> float:
    return FEWEST + (MOST - FEWEST) * share
