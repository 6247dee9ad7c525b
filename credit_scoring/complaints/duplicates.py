"""Duplicates (重复投诉): whether two cases tell of one matter, by points that anybody can follow; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from credit_scoring.complaints.case import Case
from credit_scoring.complaints.codes.categories import Category, Cause

MERGE, REVIEW = 85, 65  # points: merged at once; shown to a person
NEAR, APART, FORGOTTEN = timedelta(days=3), timedelta(days=10), timedelta(days=30)
RELATED = tuple(
    map(
        frozenset,
        (
            {Category.DELAY, Category.LOSS},
            {Category.DELAY, Category.DELIVERY},
            {Category.DELIVERY, Category.LOSS},
            {Category.LOSS, Category.DAMAGE},
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two cases are alike: points, and the reasons for them as codes with their sign."""

    other: Case
    points: int
    reasons: tuple[str, ...]

    @property
    def merges(self) -> bool:
        """Whether the points are enough without a person."""
        return self.points >= MERGE

    @property
    def asks(self) -> bool:
        """Whether a person should look."""
        return REVIEW <= self.points < MERGE


def likeness(new: Case, known: Case) -> Likeness:
    """What speaks for and against two cases being one matter."""
    told: list[tuple[int, str]] = [(50, "same_parcel") if new.waybill_no == known.waybill_no else (0, "other_parcel")]
    told.append(_matter(new, known))
    told.append(_distance(abs(new.received_at - known.received_at)))
    if new.channel != known.channel:
        told.append((5, "other_channel"))
    return Likeness(known, sum(points for points, _ in told), tuple(f"{reason}{points:+}" for points, reason in told))


def find_duplicate(new: Case, known: Iterable[Case]) -> Likeness | None:
    """The case that a new one is most like; of equals the one that came first. None where no person need look."""
    found = [each for other in known if (each := likeness(new, other)).points >= REVIEW]
    return min(found, key=lambda each: (-each.points, each.other.received_at, each.other.case_no), default=None)


def _matter(new: Case, known: Case) -> tuple[int, str]:
    """Two complaints of one parcel may be two matters: a delay, and later what was broken in it."""
    if new.category is known.category:
        if Cause.NOT_TOLD in (new.cause, known.cause):
            return 30, "same_category"
        return (40, "same_cause") if new.cause is known.cause else (10, "same_category_other_cause")
    return (10, "related_category") if {new.category, known.category} in RELATED else (-30, "other_category")


def _distance(apart: timedelta) -> tuple[int, str]:
    if apart <= NEAR:
        return 15, "within_3_days"
    if apart <= APART:
        return 5, "within_10_days"
    return (-15, "within_30_days") if apart <= FORGOTTEN else (-50, "long_apart")
