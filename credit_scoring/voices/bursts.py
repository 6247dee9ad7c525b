"""Bursts (短时集中评价): far more reviews within hours than a carrier usually has, and of one opinion."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median

from credit_scoring.voices.heard import Heard
from credit_scoring.voices.rules import DoubtRule
from tracker.working_days import local_day_of

SIGMAS = 4  # how far above what is usual, in standard deviations of a Poisson count
OVER = 3, 2  # an opinion stands out with more than 3/2 of its usual share
OPINIONS = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Usual:
    """What a carrier usually has: reviews a day (the median, which a few bursts do not move), and of which opinions."""

    a_day: float
    opinions: Counter[int]


def find_bursts(ordered: Sequence[Heard], rule: DoubtRule) -> set[int]:
    """The numbers of one carrier's reviews, in order of time, that belong to a burst.

    Held against the local days before, as far as there are enough of them, with an allowance for evenings and sales. Of
    a burst only the opinions that stand out against the usual ones are named: honest reviews go on meanwhile.
    """
    hours, found = timedelta(hours=rule["hours"]), set[int]()
    days = _days(ordered)
    window: deque[Heard] = deque()
    usual_on: dict[date, Usual | None] = {}
    for each in ordered:
        window.append(each)
        while each.at - window[0].at > hours:
            window.popleft()
        day = local_day_of(each.at)
        if day not in usual_on:
            usual_on[day] = _usual(days, day, rule)
        usual = usual_on[day]
        if usual is None:
            continue
        mean = usual.a_day * rule["allowance"] * (hours / ONE_DAY)
        if len(window) > rule["least"] + mean + SIGMAS * sqrt(mean):
            found |= _outstanding(window, usual)
    return found


def _days(ordered: Iterable[Heard]) -> dict[date, Counter[int]]:
    days: dict[date, Counter[int]] = {}
    for each in ordered:
        days.setdefault(local_day_of(each.at), Counter())[each.overall] += 1
    return days


def _usual(days: dict[date, Counter[int]], day: date, rule: DoubtRule) -> Usual | None:
    """None where the carrier was not heard of long enough to say what is usual."""
    known = min((day - min(days)).days, rule["base_days"])
    if known < rule["least_days"]:
        return None
    before = [days.get(day - ONE_DAY * back, Counter()) for back in range(1, known + 1)]
    return Usual(median(each.total() for each in before), sum(before, Counter()))


def _outstanding(window: Iterable[Heard], usual: Usual) -> set[int]:
    reviews = list(window)
    now, base = Counter(each.overall for each in reviews), usual.opinions.total()
    over, under = OVER
    loud = {
        opinion
        for opinion, count in now.items()
        if count * (base + OPINIONS) * under > over * (usual.opinions[opinion] + 1) * len(reviews)
    }
    return {each.voice_no for each in reviews if each.overall in loud}
