"""Rating (商户评价): a platform's stars for a carrier and a month, resting on own parcels that it names."""

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session

from credit_scoring.voices.aspects import Rater, Stars, check_stars
from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.rules import VoiceRules
from credit_scoring.voices.voice import NewVoice, Period, Weight
from credit_scoring.voices.voice_store import add_voice
from tracker.store.event_store import events_of_many
from tracker.wire.details import AnnouncedDetails
from tracker.wire.steps import Step
from tracker.working_days import local_day_of


def month_of(text: str) -> Period:
    """The days of `YYYY-MM`. Raises ValueError."""
    first = date.fromisoformat(f"{text}-01")
    return Period(first, date(first.year + first.month // 12, first.month % 12 + 1, 1))


def record_rating(
    session: Session,
    *,
    platform: str,
    carrier: str,
    month: Period,
    stars: Stars,
    waybill_nos: Collection[str],
    rules: VoiceRules,
    now: datetime,
) -> tuple[int, Weight]:
    """Record a platform's rating of a month that is over; its number and weight. Again, it takes the place of the last.

    It weighs by the parcels named: each must be one that this platform announced to this carrier and that was accepted
    in the month. Raises VoiceRefused.
    """
    if not check_stars(stars):
        raise VoiceRefused(Refusal.STARS_INVALID, "`overall` is needed; stars are whole numbers from 1 to 5")
    if month.until > local_day_of(now):
        raise VoiceRefused(Refusal.PERIOD_NOT_OVER, "a month is rated when it is over")
    named = set(waybill_nos)
    if not 0 < len(named) <= rules.most_parcels or named - find_own_parcels(session, platform, carrier, month, named):
        raise VoiceRefused(
            Refusal.PARCELS_NOT_YOURS,
            f"name 1 to {rules.most_parcels} parcels that you announced and this carrier accepted in the month",
        )
    new = NewVoice(
        rater=Rater.MERCHANT,
        thread=f"{Rater.MERCHANT}/{platform}/{carrier}/{month.since}",
        carrier=carrier,
        period=month,
        stars=stars,
        author=platform,
        parcels=tuple(sorted(named)),
    )
    weight = Weight(rules.weight_of_merchant(len(named)))
    return add_voice(session, new, weight, rules=rules.version, now=now), weight


def find_own_parcels(
    session: Session, platform: str, carrier: str, month: Period, waybill_nos: Collection[str]
) -> set[str]:
    """Of these, the parcels that the platform announced and the carrier accepted in the month."""
    found = set()
    for number, scans in events_of_many(session, waybill_nos).items():
        announced = any(
            isinstance(scan.details, AnnouncedDetails) and scan.details.platform == platform for scan in scans
        )
        accepted = any(
            scan.step is Step.ACCEPTED
            and scan.carrier == carrier
            and month.since <= local_day_of(scan.event_time) < month.until
            for scan in scans
        )
        if announced and accepted:
            found.add(number)
    return found
