"""The objections' views (异议): a list with the overdue first, and one objection with its steps and what may follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from credit_scoring.governance.objections.catalogue import objection_words
from credit_scoring.governance.objections.objection import (
    Objection,
    ObjectionState,
    PointKind,
    Remedy,
    Step,
    StepKind,
)
from tracker.store.registry import Carrier
from web.accounts.forms import Form
from web.views.names import Name, carrier_name
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.views.voice_parts import say
from web.words import Words

TONES = {ObjectionState.FILED: "note", ObjectionState.UPHELD: "warn", ObjectionState.CHANGED: "",
         ObjectionState.REJECTED: "note", ObjectionState.WITHDRAWN: "note"}  # fmt: skip
PATHS = {PointKind.PARCEL: "/t/{key}", PointKind.VOICE: "/carriers/{carrier}/reviews#v{key}"}


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """One objection in a list."""

    number: int
    href: str
    carrier: Name
    kind: str
    key: str
    filed: Moment
    chip: Chip
    due: str
    overdue: Chip | None


@dataclass(frozen=True, slots=True)
class ObjectionsView:
    """Everything the template places; `kinds` are empty for a regulator, who files none."""

    csrf: str
    said: str
    lead: str
    overdue: str
    open: tuple[ObjectionLine, ...]
    closed: tuple[ObjectionLine, ...]
    kinds: tuple[Choice, ...]
    grounds: tuple[Choice, ...]
    key: str
    parcels: str
    next_href: str | None
    first_href: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """One thing that happened."""

    text: str
    why: str
    by: str
    at: Moment


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """One objection; the forms are empty where who asks can do nothing."""

    line: ObjectionLine
    ground: str
    year: int
    parcels: tuple[str, ...]
    point_href: str | None
    evidence_href: str
    evidence_sha256: str
    steps: tuple[StepLine, ...]
    csrf: str
    said: str
    upholding: tuple[Choice, ...]
    rejecting: tuple[Choice, ...]
    remedies: tuple[Choice, ...]
    may_withdraw: bool
    may_change: bool


def build_objections_view(
    words: Words,
    waiting: Sequence[Objection],
    closed: Sequence[Objection],
    known: Mapping[str, Carrier],
    *,
    is_regulator: bool,
    today: date,
    csrf: str,
    said: str,
    chosen: tuple[str, str],
    form: Form | None,
    next_token: str | None,
    is_first: bool,
) -> ObjectionsView:
    """A list: what is open by its due day, then what is closed."""
    path = "/regulator/objections" if is_regulator else "/carrier/objections"
    kind, key = chosen
    late = sum(each.is_overdue(today) for each in waiting)
    ordered = sorted(waiting, key=lambda each: (each.due or date.max, each.objection_no))
    grounds = objection_words().grounds.values()
    return ObjectionsView(
        csrf=csrf,
        said=said,
        lead=words("objections.lead_regulator" if is_regulator else "objections.lead_carrier"),
        overdue=words.count("objections.overdue", late) if late else "",
        open=tuple(_line(words, each, known, today) for each in ordered),
        closed=tuple(_line(words, each, known, today) for each in closed),
        kinds=() if is_regulator else tuple(Choice(e, words(f"point.{e}"), e == kind) for e in PointKind),
        grounds=tuple(
            Choice(each.code, say(words, each), form is not None and form("ground") == each.code) for each in grounds
        ),
        key=key,
        parcels=form("parcels") if form else "",
        next_href=f"{path}?next={next_token}" if next_token else None,
        first_href=path,
        is_first=is_first,
    )


def build_objection_view(
    words: Words,
    objection: Objection,
    known: Mapping[str, Carrier],
    *,
    is_regulator: bool,
    today: date,
    csrf: str,
    said: str,
) -> ObjectionView:
    """One objection as who asks sees it."""
    catalogue, number, point = objection_words(), objection.objection_no, objection.point
    decides = is_regulator and objection.takes(StepKind.UPHELD)
    reasons = [Choice(each.code, say(words, each)) for each in catalogue.reasons.values()] if decides else []
    path = PATHS.get(point.kind)
    return ObjectionView(
        line=_line(words, objection, known, today),
        ground=say(words, catalogue.grounds[objection.ground]),
        year=point.year,
        parcels=objection.parcels,
        point_href=path.format(key=point.key, carrier=objection.carrier) if path else None,
        evidence_href=f"/objections/{number}/evidence",
        evidence_sha256=objection.evidence_sha256,
        steps=(
            StepLine(words("objection.filed"), "", objection.filed_by, full_moment(objection.filed_at)),
            *(_step(words, each) for each in objection.steps),
        ),
        csrf=csrf,
        said=said,
        upholding=tuple(each for each in reasons if each.code in catalogue.upholding),
        rejecting=tuple(each for each in reasons if each.code not in catalogue.upholding),
        remedies=tuple(Choice(each, words(f"remedy.{each}")) for each in Remedy) if decides else (),
        may_withdraw=not is_regulator and objection.takes(StepKind.WITHDRAWN),
        may_change=is_regulator and objection.takes(StepKind.CHANGED),
    )


def _line(words: Words, objection: Objection, known: Mapping[str, Carrier], today: date) -> ObjectionLine:
    due = objection.due
    late = objection.is_overdue(today)
    return ObjectionLine(
        number=objection.objection_no,
        href=f"/objections/{objection.objection_no}",
        carrier=carrier_name(words, objection.carrier, known.get(objection.carrier)),
        kind=words(f"point.{objection.point.kind}"),
        key=objection.point.key,
        filed=full_moment(objection.filed_at),
        chip=Chip(words(f"objection_state.{objection.state}"), TONES[objection.state]),
        due=words("objections.due", day=str(due)) if due else "",
        overdue=Chip(words("objections.late"), "bad") if late else None,
    )


def _step(words: Words, step: Step) -> StepLine:
    reason = objection_words().reasons.get(step.reason)
    parts = [say(words, reason)] if reason and step.kind is not StepKind.CHANGED else []
    parts += [words(f"remedy.{step.remedy}")] if step.remedy else []
    return StepLine(words(f"objection_step.{step.kind}"), " · ".join(parts), step.by, full_moment(step.at))
