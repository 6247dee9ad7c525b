"""The review page's view (消费者评价): digits, form, what was recorded, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from credit_scoring.voices.aspects import MOST, Aspect
from credit_scoring.voices.catalogue import MOST_TAGS, catalogue
from credit_scoring.voices.rules import VoiceRules
from credit_scoring.voices.voice import Voice
from tracker.chain.parcel import Parcel
from tracker.store.registry import Carrier
from web.accounts.forms import Form
from web.views.names import Name, carrier_name
from web.views.parts import Choice, Waybill, write_waybill
from web.views.times import full_moment
from web.views.voice_parts import VoiceCard, build_card, say
from web.words import Words


class ReviewStep(StrEnum):
    """How far the one who reviews has come."""

    CLOSED = "closed"
    DIGITS = "digits"
    FORM = "form"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class AspectField:
    """One aspect to give stars for."""

    code: str
    title: str
    is_needed: bool
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Everything the template places."""

    step: str
    waybill: Waybill
    carrier: Name
    said: str
    lead: str
    action: str
    code: str
    csrf: str
    aspects: tuple[AspectField, ...]
    tags: tuple[Choice, ...]
    tags_help: str
    before: tuple[VoiceCard, ...]
    may_follow: bool
    trace_href: str
    reviews_href: str
    as_of: str


def build_review_view(
    words: Words,
    parcel: Parcel,
    carrier: Carrier | None,
    step: ReviewStep,
    *,
    rules: VoiceRules,
    before: Sequence[Voice],
    said: str,
    code: str,
    form: Form | None,
    csrf: str,
    now: datetime,
) -> ReviewView:
    """The page at a step; what was reviewed before is shown to who has come past the door only."""
    number = parcel.waybill_no
    shows = step in (ReviewStep.FORM, ReviewStep.DONE)
    return ReviewView(
        step=step,
        waybill=write_waybill(number),
        carrier=carrier_name(words, parcel.carrier, carrier),
        said=said,
        lead=words("review.lead_follow_up" if shows and before else "review.lead", minutes=_minutes(rules)),
        action=f"/t/{number}/review",
        code=code,
        csrf=csrf,
        aspects=tuple(_field(words, aspect, form(aspect) if form else "") for aspect in Aspect),
        tags=tuple(
            Choice(each.code, say(words, each), form is not None and each.code in form.all("tag"))
            for each in catalogue().tags.values()
        ),
        tags_help=words("review.tags_help", most=MOST_TAGS),
        before=tuple(build_card(words, each) for each in before) if shows else (),
        may_follow=len(before) <= rules.follow_ups,
        trace_href=f"/t/{number}",
        reviews_href=f"/carriers/{parcel.carrier}/reviews",
        as_of=words("review.as_of", moment=full_moment(now).text),
    )


def _field(words: Words, aspect: Aspect, chosen: str) -> AspectField:
    needed = aspect is Aspect.OVERALL
    stars = [Choice(str(each), words("voice.stars", stars=each), chosen == str(each)) for each in range(1, MOST + 1)]
    none = [] if needed else [Choice("", words("voice.no_stars"), not chosen)]
    return AspectField(aspect, words(f"aspect.{aspect}"), needed, (*stars, *none))


def _minutes(rules: VoiceRules) -> int:
    return int(rules.code_holds.total_seconds()) // 60
