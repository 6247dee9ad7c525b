"""The regulator's evaluations (监管评价): a checklist for a carrier or one of its stations, and those made before."""

from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from credit_scoring.voices.aspects import Rater
from credit_scoring.voices.checklist import Answer
from credit_scoring.voices.inspecting import record_inspection
from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.rules import voice_rules
from credit_scoring.voices.voice_store import find_voices
from tracker.access.audit import Action
from tracker.access.roles import Scope
from tracker.store.database import reading, transaction
from tracker.store.registry import Station, carriers, stations_of
from tracker.wire.topics import is_code
from tracker.working_days import local_day_of
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.accounts.forms import Form
from web.context import Asking, Context
from web.errors import CarrierNotFound, NotAllowed, StationNotFound
from web.pages.frame import show
from web.views.evaluations_view import build_evaluations_view

router = APIRouter(include_in_schema=False)
PAGE = 50
Typed = Annotated[str, Query(max_length=64)]


@router.get("/regulator/evaluations")
def show_evaluations(asking: Asking, carrier: Typed = "", station: Typed = "") -> Response:
    """Whom to evaluate, the checklist once that is chosen, and the own evaluations of before."""
    return _page(asking, carrier, station)


@router.post("/regulator/evaluations")
def take_evaluation(asking: Asking) -> Response:
    """Record what was found, or the form again with what is missing."""
    form, account = asking.form, asker_of(asking.request).account
    assert account is not None, "web.access lets nobody else through"
    carrier, station = form("carrier"), form("station").strip()
    try:
        with transaction(asking.engine) as session:
            known = _find_station(asking, carrier, station)
            number = record_inspection(
                session,
                inspection=UUID(form("inspection")),
                carrier=carrier,
                station=station or None,
                division=known.division if known else account.scope.division,
                day=_day(form("day"), today=local_day_of(asking.now)),
                answers=_answers(form),
                author=account.login,
                rules=voice_rules(),
                now=asking.now,
            )
            note(session, asking.request, Action.INSPECTION_RECORDED, object=str(number))
    except ValueError as error:  # VoiceRefused is one
        code = error.code if isinstance(error, VoiceRefused) else Refusal.ANSWERS_INVALID
        return _page(asking, carrier, station, said=asking.words(f"voice_refused.{code}"), form=form)
    return RedirectResponse("/regulator/evaluations", 303, headers={"Cache-Control": "no-store"})


def _answers(form: Form) -> dict[str, Answer]:
    """Raises ValueError for an answer that is none."""
    told = {name.removeprefix("item."): form(name) for name in form.fields if name.startswith("item.")}
    return {code: Answer(text) for code, text in told.items()}


def _day(text: str, *, today: date) -> date:
    day = date.fromisoformat(text)
    if day > today:
        raise ValueError("an inspection is recorded after it was made")
    return day


def _find_station(asking: Context, carrier: str, code: str) -> Station | None:
    """The station within reach; None for the carrier itself. Raises CarrierNotFound, StationNotFound or NotAllowed."""
    with reading(asking.engine) as session:
        if carrier not in carriers(session):
            raise CarrierNotFound(carrier if is_code(carrier) else "-")
        known = stations_of(session, [(carrier, code)]).get((carrier, code)) if code else None
    if code and known is None:
        raise StationNotFound(code if is_code(code) else "-")
    reach: Scope = asking.scope
    if known and not reach.holds_station(carrier, code, known.division):
        raise NotAllowed
    return known


def _page(asking: Context, carrier: str, station: str, *, said: str = "", form: Form | None = None) -> Response:
    account = asker_of(asking.request).account
    assert account is not None, "web.access lets nobody else through"
    chosen = _find_station(asking, carrier, station.strip()) if carrier else None
    with reading(asking.engine) as session:
        known = carriers(session)
        made = find_voices(session, rater=Rater.REGULATOR, author=account.login, limit=PAGE)
    view = build_evaluations_view(
        asking.words,
        known,
        made,
        carrier=carrier,
        station=chosen,
        inspection=uuid4(),
        today=local_day_of(asking.now),
        csrf=asking.csrf,
        said=said,
        form=form,
    )
    response = show(asking.request, "evaluations.html", view, section="evaluations", status=422 if said else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
