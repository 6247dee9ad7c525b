"""Objections as JSON (异议接口): a company files one with its evidence; both sides list those within reach."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Base64Bytes, Field

from credit_scoring.governance.objections.objection import Objection, ObjectionState, PointKind, Remedy, StepKind
from credit_scoring.governance.objections.objection_store import find_objections
from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.store.database import reading
from tracker.working_days import local_day_of
from web.accounts.asker import role_of
from web.accounts.auditing import record
from web.api.shapes import Shape, Time
from web.context import Asking
from web.doors.objection_door import reached, take_objection
from web.errors import NotAllowed
from web.page_tokens import parse_numeric_page_token, write_page_token

router = APIRouter(tags=["objections"])
LIST = "objections"
PAGE = 100


class ObjectionIn(Shape):
    """A point by kind and key, a ground of the catalogue, and one file (PDF, PNG or JPEG, 1 MiB) as base64."""

    kind: PointKind
    key: Annotated[str, Field(max_length=200)]
    ground: Annotated[str, Field(max_length=64)]
    evidence: Annotated[Base64Bytes, Field(max_length=1_500_000)]
    parcels: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=50)] = ()


class StepOut(Shape):
    """One thing that happened, without who did it."""

    kind: StepKind
    reason: str
    remedy: Remedy | None
    at: Time


class ObjectionOut(Shape):
    """An objection as it stands; `due` is the last day of what comes next, null where nothing does."""

    objection_no: int
    carrier: str
    kind: PointKind
    key: str
    year: int
    division: str | None
    ground: str
    parcels: list[str]
    evidence_sha256: str
    state: ObjectionState
    due: date | None
    overdue: bool
    filed_at: Time
    steps: list[StepOut]


class ObjectionsOut(Shape):
    """Those within the asker's reach, the newest first."""

    as_of: Time
    objections: list[ObjectionOut]
    next: str | None


@router.get("/api/v1/objections")
def list_objections(
    asking: Asking, response: Response, next_: Annotated[str | None, Query(alias="next", max_length=256)] = None
) -> ObjectionsOut:
    """A company's own, or those in a regulator's division; 100 a page."""
    before = parse_numeric_page_token(LIST, next_) if next_ else None
    scope = asking.scope
    if role_of(asking.request) not in (Role.REGULATOR, Role.ADMINISTRATOR) and scope.carrier is None:
        raise NotAllowed
    record(asking.request, Action.OBJECTION_SEEN, object=str(scope))
    response.headers["Cache-Control"] = "no-store"
    with reading(asking.engine) as session:
        found = find_objections(session, carrier=scope.carrier, prefix=scope.prefix, before=before, limit=PAGE + 1)
    return ObjectionsOut(
        as_of=asking.now,
        objections=[_out(each, local_day_of(asking.now)) for each in found[:PAGE]],
        next=write_page_token(LIST, found[PAGE - 1].objection_no) if len(found) > PAGE else None,
    )


@router.post("/api/v1/objections", status_code=201)
def file_objection(asking: Asking, body: ObjectionIn) -> ObjectionOut:
    """File an objection of one's own company; 422 `objection-refused` says why not."""
    number = take_objection(
        asking, kind=body.kind, key=body.key, ground=body.ground, parcels=body.parcels, content=body.evidence
    )
    with reading(asking.engine) as session:
        return _out(reached(asking, session, number), local_day_of(asking.now))


def _out(objection: Objection, today: date) -> ObjectionOut:
    point = objection.point
    return ObjectionOut(
        objection_no=objection.objection_no,
        carrier=objection.carrier,
        kind=point.kind,
        key=point.key,
        year=point.year,
        division=point.division,
        ground=objection.ground,
        parcels=list(objection.parcels),
        evidence_sha256=objection.evidence_sha256,
        state=objection.state,
        due=objection.due,
        overdue=objection.is_overdue(today),
        filed_at=objection.filed_at,
        steps=[StepOut(kind=each.kind, reason=each.reason, remedy=each.remedy, at=each.at) for each in objection.steps],
    )
