"""The counter's server (柜台服务): one page, and what it asks: sign in, read, check, accept, scan, undo, the day."""

import sqlite3
from asyncio import to_thread
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from scanners.capture import NotAWaybill
from scanners.counter.accepted_here import AlreadyAccepted
from scanners.counter.answers import tell_card, tell_day, tell_decision, tell_kept, tell_outcome
from scanners.counter.card_reader import CardReader, NoCard
from scanners.counter.day_list import read_day
from scanners.counter.desk import CannotUndo, CodeForWaybill, Desk
from scanners.counter.forms import (
    AcceptForm,
    EventForm,
    Form,
    FormUnreadable,
    ScanForm,
    SignInForm,
    TypedForm,
)
from scanners.counter.handling import (
    BAG_STEPS,
    CONSENTS,
    PLACES,
    PROOFS,
    REASONS,
    RESULTS,
    SIGNERS,
    STEPS,
    Missing,
    Personal,
)
from scanners.counter.labels import NotPrinted
from scanners.counter.machines import machine_of
from scanners.counter.operators import load_operators
from scanners.counter.shelf import CodeLocked, CodeRefused
from scanners.counter.shifts import (
    CounterpartRefused,
    NotSignedIn,
    PinNeeded,
    Shift,
    Shifts,
    SignInLocked,
    SignInRefused,
)
from scanners.counter.sign_off import NoCodeKey
from scanners.label.errors import LabelError
from scanners.outbox import Outbox, OutboxError
from scanners.sealed_records import NotAnImage
from tracker.wire.details import LOCAL
from tracker.wire.document_kinds import DocumentKind
from tracker.wire.goods import Category, InspectionResult
from tracker.wire.steps import Step
from tracker.wire.vault_keys import NoSealingKey

log = structlog.get_logger()

COOKIE = "jixin-counter"
LONGEST_BODY = 1024 * 1024
FormT = TypeVar("FormT", bound=Form)

# A fault as the page hears it: its status and its word, for which the page has the sentence in either language.
FAULTS: dict[type[Exception], tuple[int, str]] = {
    NotSignedIn: (401, "signed_out"),
    SignInLocked: (429, "sign_in_locked"),
    SignInRefused: (403, "sign_in_refused"),
    PinNeeded: (422, "pin_needed"),
    FormUnreadable: (422, "form_unreadable"),
    NotAWaybill: (422, "not_a_waybill"),
    Missing: (422, "missing"),
    Personal: (422, "personal_number"),
    CodeForWaybill: (422, "code_for_waybill"),
    NoCard: (409, "no_card"),
    NotAnImage: (422, "not_an_image"),
    NotPrinted: (503, "not_printed"),
    LabelError: (503, "label_unmade"),
    AlreadyAccepted: (409, "already_accepted"),
    CannotUndo: (409, "cannot_undo"),
    CounterpartRefused: (403, "counterpart_refused"),
    CodeRefused: (403, "code_refused"),
    CodeLocked: (429, "code_locked"),
    NoCodeKey: (503, "no_code_key"),
    sqlite3.Error: (507, "outbox"),
    NoSealingKey: (503, "no_sealing_key"),
    OutboxError: (507, "outbox"),
}


@dataclass(frozen=True, slots=True)
class Counter:
    """What the page stands on. `is_online` says whether the broker is there; `tokens` is the look's CSS file."""

    desk: Desk
    outbox: Outbox
    shifts: Shifts
    operators_file: Path
    is_online: Callable[[], bool]
    tokens: Path
    secure: bool
    card_reader: CardReader | None = None


def build_app(counter: Counter) -> FastAPI:
    """The routes. Requests are answered one after the other on one thread: the refusals' file is used by one."""
    app = FastAPI(openapi_url=None)
    _add_page(app, counter)
    _add_shift(app, counter)
    _add_accepting(app, counter)
    _add_handling(app, counter)
    for fault in FAULTS:
        app.add_exception_handler(fault, _tell_fault)
    return app


def _add_page(app: FastAPI, counter: Counter) -> None:
    static = Path(str(files("scanners.counter").joinpath("static")))

    @app.get("/")
    async def show_page() -> Response:
        return Response((static / "index.html").read_bytes(), media_type="text/html; charset=utf-8")

    @app.get("/tokens.css")
    async def show_tokens() -> Response:
        return Response(counter.tokens.read_bytes(), media_type="text/css; charset=utf-8")

    app.mount("/static", StaticFiles(directory=static))

    @app.get("/api/choices")
    async def show_choices() -> dict[str, Any]:
        return {
            "kinds": [each.value for each in DocumentKind],
            "categories": [each.value for each in Category],
            "results": [each.value for each in InspectionResult],
            "steps": [each.value for each in STEPS],
            "reasons": {step.value: list(reasons) for step, reasons in REASONS.items()},
            "places": PLACES, "consents": CONSENTS, "signers": SIGNERS, "proofs": PROOFS, "bag_steps": BAG_STEPS,
            "lane_results": RESULTS,
        }  # fmt: skip


def _add_shift(app: FastAPI, counter: Counter) -> None:
    @app.get("/api/state")
    async def show_state(request: Request) -> dict[str, Any]:
        """Who is signed in here; asking does not keep the screen open."""
        post, desk = counter.desk.post, counter.desk
        known = load_operators(counter.operators_file)
        told: dict[str, Any] = {
            "carrier": post.carrier, "station": post.station, "operator": None,
            "has_operators": any(each.pin for each in known.operators),
        }  # fmt: skip
        try:
            shift = counter.shifts.find(request.cookies.get(COOKIE), known, touch=False)
        except NotSignedIn:
            return told
        day = read_day(counter.outbox, desk.refusals, post=post, now=desk.now())
        return told | {
            "operator": shift.operator, "online": counter.is_online(), "waiting": counter.outbox.waiting(),
            "can_seal": desk.can_seal(), "has_reader": counter.card_reader is not None,
            "has_printer": desk.labels.printer is not None, "has_labels": desk.labels.base is not None,
            "day": tell_day(day),
        }  # fmt: skip

    @app.post("/api/sign-in")
    async def sign_in(request: Request, response: Response) -> dict[str, Any]:
        form = await _form(request, SignInForm)
        counter.shifts.sign_out(request.cookies.get(COOKIE))
        known = load_operators(counter.operators_file)
        machine = machine_of(request)
        token = counter.shifts.sign_in(known, code=form.code, pin=form.pin, badge=form.badge, machine=machine)
        response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=counter.secure)
        log.info("signed_in", operator=counter.shifts.find(token, known).operator)
        return {}

    @app.post("/api/sign-out")
    async def sign_out(request: Request, response: Response) -> dict[str, Any]:
        counter.shifts.sign_out(request.cookies.get(COOKIE))
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=counter.secure)
        return {}


def _add_accepting(app: FastAPI, counter: Counter) -> None:
    desk = counter.desk

    @app.post("/api/read")
    async def read(request: Request) -> dict[str, Any]:
        _shift(counter, request)
        form = await _form(request, TypedForm)
        found = desk.read_for_acceptance(form.typed)
        if isinstance(found, str):
            return {"waybill_nos": [], "voucher": found}
        return {"waybill_nos": [each.waybill_no for each in found], "voucher": None}

    @app.post("/api/card")
    async def read_card(request: Request) -> dict[str, Any]:
        """Read the card that lies on the reader; it stays with this screen until it is sealed or put away."""
        shift = _shift(counter, request)
        if counter.card_reader is None:
            raise NoCard
        shift.card = counter.card_reader.read(desk.now().astimezone(LOCAL).date())
        return tell_card(shift.card)

    @app.post("/api/put-away")
    async def put_away(request: Request) -> dict[str, Any]:
        _shift(counter, request).card = None
        return {}

    @app.post("/api/check")
    async def check(request: Request) -> dict[str, Any]:
        shift = _shift(counter, request)
        outcome = desk.check(await _form(request, AcceptForm), shift.card)
        return tell_decision(outcome, is_usual=desk.is_usual(outcome.waybill_no))

    @app.post("/api/accept")
    async def accept(request: Request) -> dict[str, Any]:
        shift = _shift(counter, request)
        outcome = desk.accept(await _form(request, AcceptForm), shift.card, operator=shift.operator)
        shift.card = None
        return tell_outcome(outcome)

    @app.post("/api/print")
    async def print_label(request: Request) -> dict[str, Any]:
        _shift(counter, request)
        form = await _form(request, EventForm)
        await to_thread(desk.labels.print, form.event_id)
        return {}

    @app.get("/labels/{event_id}.png")
    async def show_label(event_id: UUID, request: Request) -> Response:
        _shift(counter, request)
        picture = await to_thread(desk.labels.draw, event_id)
        return Response(status_code=404) if picture is None else Response(picture, media_type="image/png")


def _add_handling(app: FastAPI, counter: Counter) -> None:
    desk = counter.desk

    @app.post("/api/scan")
    async def scan(request: Request) -> dict[str, Any]:
        shift = _shift(counter, request)
        form = await _form(request, ScanForm)
        counterpart = None
        if form.step is Step.HANDED_OVER and form.badge:
            known = load_operators(counter.operators_file)
            counterpart = counter.shifts.find_counterpart(
                known, form.badge, operator=shift.operator, machine=machine_of(request)
            )
        try:
            kept = desk.handle(form, operator=shift.operator, counterpart=counterpart)
        except msgspec.ValidationError as error:
            raise FormUnreadable from error
        return {"kept": [tell_kept(each) for each in kept]}

    @app.post("/api/undo")
    async def undo(request: Request) -> dict[str, Any]:
        shift = _shift(counter, request)
        return tell_kept(desk.undo(await _form(request, EventForm), operator=shift.operator))


def _shift(counter: Counter, request: Request) -> Shift:
    """The sitting of the screen that asks. Raises NotSignedIn."""
    return counter.shifts.find(request.cookies.get(COOKIE), load_operators(counter.operators_file))


async def _form(request: Request, model: type[FormT]) -> FormT:
    """The form in a body. Raises FormUnreadable, which repeats nothing of it."""
    octets = b""
    async for piece in request.stream():
        octets += piece
        if len(octets) > LONGEST_BODY:
            raise FormUnreadable
    try:
        return msgspec.json.decode(octets, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise FormUnreadable from None


async def _tell_fault(_request: Request, error: Exception) -> Response:
    status, word = next(FAULTS[kind] for kind in type(error).__mro__ if kind in FAULTS)
    told: dict[str, Any] = {"fault": word}
    if isinstance(error, SignInLocked | CodeLocked):
        told["seconds"] = int(error.seconds) + 1
    if isinstance(error, NotPrinted | CodeRefused | CounterpartRefused):
        told["why"] = error.why
    if isinstance(error, Missing):
        told["field"] = error.field
    if isinstance(error, AlreadyAccepted):
        told["when"] = f"{error.when.astimezone(LOCAL):%m-%d %H:%M}"
    return Response(msgspec.json.encode(told), status_code=status, media_type="application/json")
