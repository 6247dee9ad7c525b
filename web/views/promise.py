"""The promise on the trace page (时限): early or late, and by how much."""

from dataclasses import dataclass
from datetime import datetime

from tracker.chain.parcel import Parcel
from tracker.chain.state import FINAL, State
from web.views.times import Moment, long_moment, write_span
from web.words import Words


@dataclass(frozen=True, slots=True)
class Due:
    """By when it should be where it goes."""

    label: str
    at: Moment


def feed_ends_early(parcel: Parcel) -> bool:
    """Imported history that tells nothing after acceptance: silence is the data's, not the carrier's."""
    return parcel.imported and not parcel.on_the_way


def is_overdue(parcel: Parcel, now: datetime) -> bool:
    """Accepted, not at its end, and past what was promised."""
    if parcel.state in FINAL or feed_ends_early(parcel) or parcel.accepted_at is None:
        return False
    return parcel.due_at is not None and now > parcel.due_at


def build_summary(words: Words, parcel: Parcel, now: datetime) -> list[str]:
    """How the parcel stands against its promise, and how long it has taken."""
    if parcel.accepted_at is None:
        return _before_acceptance(words, parcel, now)
    if feed_ends_early(parcel):
        return against(words, "pickup", parcel.pickup_due, parcel.accepted_at)
    if parcel.final_at is not None:
        said = against(words, _promise_key(parcel), parcel.due_at, parcel.delivered_at)
    elif is_overdue(parcel, now) and parcel.due_at is not None:
        said = [words(f"trace.{_promise_key(parcel)}_passed", span=write_span(words, now - parcel.due_at))]
    else:
        said = []
    return [*said, *write_duration(words, parcel, now)]


def write_duration(words: Words, parcel: Parcel, now: datetime) -> list[str]:
    """How long it took from acceptance to its end, or how long it has been under way; nothing where neither is known.

    The one rule for every page: what has not ended goes on until `now`, not until its last scan.
    """
    if parcel.accepted_at is None or feed_ends_early(parcel):
        return []
    key = "trace.took" if parcel.final_at else "trace.under_way"
    return [words(key, span=write_span(words, (parcel.final_at or now) - parcel.accepted_at))]


def _before_acceptance(words: Words, parcel: Parcel, now: datetime) -> list[str]:
    if parcel.state is not State.ANNOUNCED or parcel.pickup_due is None:
        return []
    if now > parcel.pickup_due:
        return [words("trace.pickup_passed", span=write_span(words, now - parcel.pickup_due))]
    return [words("trace.pickup_by", moment=long_moment(words, parcel.pickup_due, now=now).text)]


def _promise_key(parcel: Parcel) -> str:
    return "promise" if parcel.delivery_due is not None else "term"


def against(words: Words, key: str, due: datetime | None, done: datetime | None) -> list[str]:
    """How much before or after what was due."""
    if due is None or done is None:
        return []
    if done <= due:
        return [words(f"trace.{key}_early", span=write_span(words, due - done))]
    return [words(f"trace.{key}_late", span=write_span(words, done - due))]


def build_due(words: Words, parcel: Parcel, now: datetime) -> Due | None:
    """By when it should be delivered; None where nothing can be said."""
    if parcel.due_at is None or feed_ends_early(parcel):
        return None
    key = _promise_key(parcel)
    return Due(words(f"trace.{key}"), long_moment(words, parcel.due_at, now=now))


def write_lateness(words: Words, parcel: Parcel) -> str | None:
    """How a delivery stood against its promise; None where there was none."""
    said = against(words, _promise_key(parcel), parcel.due_at, parcel.delivered_at)
    return said[0] if said else None
