"""Reviewing (消费者评价): only the recipient of a delivered parcel, once with a code, later follow-ups (追评)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from credit_scoring.voices.aspects import Aspect, Rater, Stars, check_stars
from credit_scoring.voices.catalogue import catalogue
from credit_scoring.voices.origins import Origin, is_staff_device, save_origin
from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.rules import Doubt, VoiceRules
from credit_scoring.voices.voice import NewVoice, Weight
from credit_scoring.voices.voice_store import add_voice, thread_of
from tracker.chain.parcel import Parcel
from tracker.chain.state import State


@dataclass(frozen=True, slots=True)
class Review:
    """What a recipient says: stars by aspect, and tags of the catalogue."""

    stars: Stars
    tags: Collection[str] = ()


def check_reviewable(parcel: Parcel, rules: VoiceRules, *, now: datetime) -> None:
    """Raises VoiceRefused unless this parcel was delivered, not too long ago."""
    delivered = parcel.delivered_at
    if parcel.state is not State.DELIVERED or delivered is None:
        raise VoiceRefused(
            Refusal.NOT_DELIVERED, "only a delivered parcel is reviewed; until then there are complaints"
        )
    if now - delivered > rules.open_for:
        raise VoiceRefused(Refusal.REVIEW_CLOSED, f"reviews are taken for {rules.open_for.days} days after delivery")


def record_review(
    session: Session,
    parcel: Parcel,
    review: Review,
    *,
    code_hash: bytes,
    origin: Origin,
    by_staff: bool,
    rules: VoiceRules,
    now: datetime,
) -> int:
    """Record a recipient's review, or what follows it; its number. Raises VoiceRefused.

    `code_hash` comes from a review code that holds for this parcel, `by_staff` says that the browser is logged in as
    the carrier's own. The weight is that of what is known at once; more is found by weighing.
    """
    check_reviewable(parcel, rules, now=now)
    tags = catalogue().order_tags(review.tags)
    if not check_stars(review.stars):
        raise VoiceRefused(Refusal.STARS_INVALID, "`overall` is needed; stars are whole numbers from 1 to 5")
    if tags is None:
        raise VoiceRefused(Refusal.TAGS_INVALID, "tags are those of the catalogue, five at most")
    thread = f"{Rater.CONSUMER}/{parcel.waybill_no}"
    before = thread_of(session, thread)
    if len(before) > rules.follow_ups:
        raise VoiceRefused(Refusal.FOLLOW_UPS_USED, f"a review has at most {rules.follow_ups} follow-ups")
    marks = find_marks(session, parcel, origin, by_staff=by_staff)
    doubts = marks.union(
        *(each.weight.doubts for each in before[:1])
    )  # what follows is believed no more than the first
    new = NewVoice(
        rater=Rater.CONSUMER,
        thread=thread,
        carrier=parcel.carrier,
        stars={aspect: review.stars[aspect] for aspect in Aspect if aspect in review.stars},
        tags=tags,
        waybill_no=parcel.waybill_no,
        code_hash=code_hash,
    )
    weight = Weight(rules.weight_of(doubts), tuple(sorted(doubts)))
    voice_no = add_voice(session, new, weight, rules=rules.version, now=now)
    save_origin(session, voice_no, origin, marks, now=now)
    return voice_no


def find_marks(session: Session, parcel: Parcel, origin: Origin, *, by_staff: bool) -> frozenset[Doubt]:
    """What speaks against a review by itself: the carrier's own people, or a parcel that never left one courier."""
    marks = set()
    if by_staff or is_staff_device(session, origin, parcel.carrier):
        marks.add(Doubt.OWN_STAFF)
    if is_own_parcel(parcel):
        marks.add(Doubt.OWN_PARCEL)
    return frozenset(marks)


def is_own_parcel(parcel: Parcel) -> bool:
    """Whether one and the same courier took the parcel in and signed it off, at one station."""
    same_courier = parcel.first_operator is not None and parcel.first_operator == parcel.last_operator
    return same_courier and parcel.first_station is not None and parcel.first_station == parcel.last_station
