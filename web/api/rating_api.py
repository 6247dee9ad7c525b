"""A platform's rating (商户评价): stars for a carrier and a month, resting on own parcels that it names."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from credit_scoring.voices.aspects import Aspect
from credit_scoring.voices.rating import month_of, record_rating
from credit_scoring.voices.rules import voice_rules
from tracker.access.audit import Action
from tracker.store.database import transaction
from tracker.wire.topics import CODE_PATTERN
from web.accounts.auditing import note
from web.api.shapes import Shape
from web.context import Asking
from web.errors import NotAllowed
from web.reads import known_carrier

router = APIRouter(tags=["voices"])
Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN.replace(r"(?!\n)", ""))]


class RatingIn(Shape):
    """A month that is over, stars from 1 to 5 (`overall` needed), and 1 to 200 parcels that the rating rests on."""

    carrier: Code
    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    stars: dict[Aspect, Annotated[int, Field(ge=1, le=5)]]
    waybill_nos: Annotated[list[Code], Field(min_length=1, max_length=200)]


class RatedOut(Shape):
    """The rating's number, and what it weighs in hundredths."""

    voice_no: int
    weight: int


@router.post("/api/v1/ratings", status_code=201, responses={404: {}})
def rate(asking: Asking, body: RatingIn) -> RatedOut:
    """Rate a carrier for a month; once more for the same month takes the place of the last. 422 `voice-refused`."""
    platform = asking.scope.platform
    if platform is None:
        raise NotAllowed
    with transaction(asking.engine) as session:
        carrier = known_carrier(session, body.carrier)
        number, weight = record_rating(
            session,
            platform=platform,
            carrier=carrier.code,
            month=month_of(body.month),
            stars=body.stars,
            waybill_nos=body.waybill_nos,
            rules=voice_rules(),
            now=asking.now,
        )
        note(session, asking.request, Action.RATING_RECORDED, object=str(number))
    return RatedOut(voice_no=number, weight=weight.hundredths)
