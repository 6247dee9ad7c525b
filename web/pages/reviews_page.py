"""A carrier's reviews (企业评价): everything that was said, with its weight and why, and what was answered."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import RedirectResponse

from credit_scoring.voices.catalogue import catalogue
from credit_scoring.voices.inspecting import record_note
from credit_scoring.voices.rules import voice_rules
from credit_scoring.voices.voice_store import find_voices, voice_of
from tracker.access.audit import Action
from tracker.access.roles import EVERYTHING, Role
from tracker.store.database import reading, transaction
from web.access import sees_more
from web.accounts.asker import asker_of, role_of
from web.accounts.auditing import note
from web.context import Asking
from web.errors import NotAllowed, ReviewNotFound
from web.page_tokens import parse_numeric_page_token, write_page_token
from web.pages.frame import show
from web.paths import CarrierCode
from web.reads import known_carrier
from web.views.reviews_view import build_reviews_view
from web.views.voice_rules_view import build_rules_view
from web.voices_read import figures_of, may_answer

router = APIRouter(include_in_schema=False)
LIST = "reviews"
PAGE = 20
Number = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/carriers/{code}/reviews")
def show_reviews(
    asking: Asking, code: CarrierCode, next_: Annotated[str | None, Query(alias="next", max_length=256)] = None
) -> Response:
    """The figures of twelve months and the voices, the newest first, 20 a page."""
    before = parse_numeric_page_token(LIST, next_) if next_ else None
    account = asker_of(asking.request).account if sees_more(asking.request) else None
    role, reach = (account.role, account.scope) if account else (None, EVERYTHING)
    with reading(asking.engine) as session:
        carrier = known_carrier(session, code)
        scope, figures = figures_of(session, carrier.code, now=asking.now)
        found = find_voices(session, carrier=carrier.code, before=before, limit=PAGE + 1)
        open_to = {each.voice_no for each in found[:PAGE] if may_answer(session, each, role, reach)}
    phrases = catalogue().notes if role is Role.REGULATOR else catalogue().replies
    view = build_reviews_view(
        asking.words,
        carrier,
        found[:PAGE],
        figures,
        scope=scope,
        replies={number: list(phrases.values()) for number in open_to},
        csrf=asking.csrf,
        next_token=write_page_token(LIST, found[PAGE - 1].voice_no) if len(found) > PAGE else None,
        is_first=before is None,
    )
    return show(asking.request, "reviews.html", view, section="rankings")


@router.post("/carriers/{code}/reviews/{voice_no}/notes")
def answer(asking: Asking, code: CarrierCode, voice_no: Number) -> Response:
    """A carrier's reply to what was said of it, or a regulator's note; nothing is ever taken away."""
    account = asker_of(asking.request).account
    assert account is not None, "web.access lets nobody else through"
    role = role_of(asking.request)
    with transaction(asking.engine) as session:
        voice = voice_of(session, voice_no)
        if voice is None or voice.carrier != known_carrier(session, code).code:
            raise ReviewNotFound(str(voice_no))
        if role is None or not may_answer(session, voice, role, account.scope):
            raise NotAllowed
        author = voice.carrier if role is Role.CARRIER else account.login
        phrase = asking.form("phrase")
        record_note(session, voice, phrase, role=role, author=author, rules=voice_rules(), now=asking.now)
        note(session, asking.request, Action.REVIEW_ANSWERED, object=f"{voice_no} {phrase}")
    return RedirectResponse(f"/carriers/{code}/reviews#v{voice_no}", 303, headers={"Cache-Control": "no-store"})


@router.get("/voices/rules")
def show_rules(asking: Asking) -> Response:
    """Who may speak, what counts, what weighs less: the rules as they are used."""
    return show(asking.request, "voice_rules.html", build_rules_view(asking.words, voice_rules()), section="schemes")
