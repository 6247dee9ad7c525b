"""Objections (异议): a company files and follows them, a regulator reviews and decides; the overdue stand first."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import RedirectResponse

from credit_scoring.governance.objections.evidence_file import ENDINGS
from credit_scoring.governance.objections.objecting import decide, take_step
from credit_scoring.governance.objections.objection import PointKind, Remedy, StepKind
from credit_scoring.governance.objections.objection_store import find_objections, open_objections
from credit_scoring.governance.objections.refusals import ObjectionRefusal, ObjectionRefused
from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.store.database import reading, transaction
from tracker.store.registry import carriers
from tracker.working_days import local_day_of
from web.accounts.asker import asker_of, role_of
from web.accounts.auditing import note
from web.accounts.forms import Form
from web.context import Asking, Context
from web.doors.objection_door import open_evidence, reached, see_objection, take_objection
from web.errors import NotAllowed
from web.page_tokens import parse_numeric_page_token, write_page_token
from web.pages.frame import show
from web.views.objections_view import build_objection_view, build_objections_view

router = APIRouter(include_in_schema=False)
LIST = "objections"
PAGE = 50
Number = Annotated[int, Path(ge=1, le=2**62)]
Next = Annotated[str | None, Query(alias="next", max_length=256)]
Typed = Annotated[str, Query(max_length=200)]


@router.get("/carrier/objections")
def show_own(asking: Asking, next_: Next = None, kind: Typed = "", key: Typed = "") -> Response:
    """A company's objections, and the form for another; `kind` and `key` name the point that a page led from."""
    return _list(asking, next_, chosen=(kind, key))


@router.post("/carrier/objections")
def file_one(asking: Asking) -> Response:
    """File one, or the form again with what was wrong; the file has to be chosen anew."""
    form = asking.form
    try:
        number = take_objection(
            asking,
            kind=_kind(form("kind")),
            key=form("key").strip(),
            ground=form("ground"),
            parcels=form("parcels").split(),
            content=form.files.get("evidence", b""),
        )
    except ObjectionRefused as refused:
        said = asking.words(f"objection_refused.{refused.code}")
        return _list(asking, None, said=said, chosen=(form("kind"), form("key")), form=form)
    return _go(f"/objections/{number}")


@router.get("/regulator/objections")
def show_desk(asking: Asking, next_: Next = None) -> Response:
    """The desk: what is open within reach, the most overdue first, then what is closed."""
    return _list(asking, next_)


@router.get("/objections/{objection_no}")
def show_one(asking: Asking, objection_no: Number) -> Response:
    """One objection with its steps, and what who asks may do next. Seeing it tells that side."""
    see_objection(asking, objection_no)
    return _one(asking, objection_no)


@router.post("/objections/{objection_no}")
def act(asking: Asking, objection_no: Number) -> Response:
    """Decide, say that it was changed, or withdraw; or the page again with why not."""
    form, account = asking.form, asker_of(asking.request).account
    assert account is not None, "web.access lets nobody else through"
    try:
        with transaction(asking.engine) as session:
            objection = reached(asking, session, objection_no)
            if account.role is Role.CARRIER:
                take_step(session, objection, StepKind.WITHDRAWN, by=account.login, now=asking.now)
            elif form("act") == StepKind.CHANGED:
                take_step(session, objection, StepKind.CHANGED, by=account.login, now=asking.now)
            else:
                remedy = Remedy(form("remedy")) if form("remedy") in set(Remedy) else None
                decide(session, objection, reason=form("reason"), remedy=remedy, by=account.login, now=asking.now)
            note(session, asking.request, Action.OBJECTION_DECIDED, object=f"{objection_no} {form('act')}"[:64])
    except ObjectionRefused as refused:
        return _one(asking, objection_no, said=asking.words(f"objection_refused.{refused.code}"))
    return _go(f"/objections/{objection_no}")


@router.get("/objections/{objection_no}/evidence")
def show_evidence(asking: Asking, objection_no: Number) -> Response:
    """What was attached, as a file to keep."""
    objection, content = open_evidence(asking, objection_no)
    name = f"objection-{objection_no}.{ENDINGS[objection.evidence_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=objection.evidence_type, headers=headers)


def _list(
    asking: Context, next_: str | None, *, said: str = "", chosen: tuple[str, str] = ("", ""), form: Form | None = None
) -> Response:
    before = parse_numeric_page_token(LIST, next_) if next_ else None
    scope, is_regulator = asking.scope, role_of(asking.request) is Role.REGULATOR
    if not is_regulator and scope.carrier is None:
        raise NotAllowed
    with reading(asking.engine) as session:
        waiting = open_objections(session, carrier=scope.carrier, prefix=scope.prefix)
        found = find_objections(session, carrier=scope.carrier, prefix=scope.prefix, before=before, limit=PAGE + 1)
        known = carriers(session)
    view = build_objections_view(
        asking.words,
        waiting if before is None else [],
        [each for each in found[:PAGE] if not each.is_open],
        known,
        is_regulator=is_regulator,
        today=local_day_of(asking.now),
        csrf=asking.csrf,
        said=said,
        chosen=chosen,
        form=form,
        next_token=write_page_token(LIST, found[PAGE - 1].objection_no) if len(found) > PAGE else None,
        is_first=before is None,
    )
    section = "objections" if is_regulator else "own_objections"
    response = show(asking.request, "objections.html", view, section=section, status=422 if said else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _one(asking: Context, objection_no: int, *, said: str = "") -> Response:
    is_regulator = role_of(asking.request) is Role.REGULATOR
    with reading(asking.engine) as session:
        objection = reached(asking, session, objection_no)
        known = carriers(session)
    view = build_objection_view(
        asking.words,
        objection,
        known,
        is_regulator=is_regulator,
        today=local_day_of(asking.now),
        csrf=asking.csrf,
        said=said,
    )
    section = "objections" if is_regulator else "own_objections"
    response = show(asking.request, "objection.html", view, section=section, status=422 if said else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _kind(text: str) -> PointKind:
    if text not in set(PointKind):
        raise ObjectionRefused(ObjectionRefusal.POINT_UNKNOWN, "no such kind of point")
    return PointKind(text)


def _go(page: str) -> RedirectResponse:
    return RedirectResponse(page, 303, headers={"Cache-Control": "no-store"})
