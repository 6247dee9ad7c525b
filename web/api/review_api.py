"""Reviews as JSON (评价接口): a carrier's reviews, a code for the recipient's digits, and a review with it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.rules import Doubt, voice_rules
from credit_scoring.voices.voice import Voice
from credit_scoring.voices.voice_store import find_voices
from tracker.store.database import reading
from web.api.shapes import Shape, Time
from web.context import Asking
from web.doors.review_door import ask_code, take_review
from web.errors import TailWrong, TooManyTries
from web.page_tokens import parse_numeric_page_token, write_page_token
from web.paths import CarrierCode, Waybill
from web.reads import known_carrier, trace_of
from web.voices_read import figures_of

router = APIRouter(tags=["voices"])
LIST = "reviews"
PAGE = 100


class NoteOut(Shape):
    """A carrier's reply or a regulator's note, by its code in the catalogue."""

    role: str
    code: str
    recorded_at: Time


class VoiceOut(Shape):
    """One voice; `weight` is in hundredths, `doubts` say why it is not 100."""

    voice_no: int
    rater: Rater
    follow_up: bool
    station: str | None
    stars: dict[Aspect, int]
    tags: list[str]
    weight: int
    doubts: list[Doubt]
    recorded_at: Time
    notes: list[NoteOut]


class FigureOut(Shape):
    """Mean stars of one aspect by one class of raters, at 95 %; null where the weights make no whole voice."""

    rater: Rater
    aspect: Aspect
    voices: float
    stars: float | None
    interval: tuple[float, float] | None


class ReviewsOut(Shape):
    """A carrier's reviews, the newest first; the figures are those of the last twelve months nationwide."""

    as_of: Time
    carrier: str
    rules: str
    figures: list[FigureOut]
    reviews: list[VoiceOut]
    next: str | None


class TailIn(Shape):
    """The last four digits of the recipient's telephone."""

    tail: Annotated[str, Field(max_length=20)]


class CodeOut(Shape):
    """A code for one review of this parcel."""

    code: str
    valid_until: Time


class ReviewIn(Shape):
    """Stars from 1 to 5, `overall` needed; tags of the catalogue, five at most."""

    code: Annotated[str, Field(max_length=200)]
    stars: dict[Aspect, Annotated[int, Field(ge=1, le=5)]]
    tags: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class ReviewedOut(Shape):
    """The review's number."""

    voice_no: int


@router.get("/api/v1/carriers/{code}/reviews")
def show_reviews(
    asking: Asking,
    code: CarrierCode,
    response: Response,
    next_: Annotated[str | None, Query(alias="next", max_length=256)] = None,
) -> ReviewsOut:
    """A carrier's reviews, 100 a page, with figures."""
    before = parse_numeric_page_token(LIST, next_) if next_ else None
    response.headers["Cache-Control"] = "no-cache"
    with reading(asking.engine) as session:
        carrier = known_carrier(session, code)
        _, figures = figures_of(session, carrier.code, now=asking.now)
        found = find_voices(session, carrier=carrier.code, before=before, limit=PAGE + 1)
    return ReviewsOut(
        as_of=asking.now,
        carrier=carrier.code,
        rules=voice_rules().version,
        figures=[
            FigureOut(
                rater=each.rater, aspect=each.aspect, voices=each.voices, stars=each.stars, interval=each.interval
            )
            for each in figures
        ],
        reviews=[_voice(each) for each in found[:PAGE]],
        next=write_page_token(LIST, found[PAGE - 1].voice_no) if len(found) > PAGE else None,
    )


@router.post("/api/v1/parcels/{waybill_no}/review-codes", status_code=201)
def give_code(asking: Asking, waybill: Waybill, body: TailIn) -> CodeOut:
    """A one-time code for the recipient: 403 `tail-wrong`, 429 after too many, 422 `voice-refused` if none may."""
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
    visit, code = ask_code(asking, trace, body.tail)
    if visit.wait is not None:
        raise TooManyTries(visit.wait)
    if not code:
        raise TailWrong
    return CodeOut(code=code, valid_until=_until(asking.now))


@router.post("/api/v1/parcels/{waybill_no}/reviews", status_code=201)
def take(asking: Asking, waybill: Waybill, body: ReviewIn) -> ReviewedOut:
    """Record a review, or a follow-up, with its one-time code; 422 `voice-refused` says why not.

    From the recipient's own browser: where a server speaks for many, their reviews come from one device and weigh less.
    """
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
    return ReviewedOut(voice_no=take_review(asking, trace, body.code, body.stars, body.tags))


def _voice(voice: Voice) -> VoiceOut:
    return VoiceOut(
        voice_no=voice.voice_no,
        rater=voice.rater,
        follow_up=voice.rater is Rater.CONSUMER and voice.turn > 0,
        station=voice.station,
        stars=dict(voice.stars),
        tags=list(voice.tags),
        weight=voice.weight.hundredths,
        doubts=list(voice.weight.doubts),
        recorded_at=voice.recorded_at,
        notes=[NoteOut(role=each.role, code=each.code, recorded_at=each.recorded_at) for each in voice.notes],
    )


def _until(now: datetime) -> datetime:
    return now + voice_rules().code_holds
