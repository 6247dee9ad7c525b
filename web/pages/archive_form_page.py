"""The form pages of archives (档案录入): a record entered by the regulator, or declared by the enterprise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse

from credit_scoring.archive.archive_store import archive_of, entry_of
from credit_scoring.archive.commitments import load_templates, prove_commitment
from credit_scoring.archive.holder import Holder, HolderKind, parse_holder
from credit_scoring.archive.kinds import RecordKind, kind_of
from credit_scoring.archive.record import Entry
from credit_scoring.errors import ArchiveRefused
from tracker.access.roles import Role
from tracker.store.database import reading
from tracker.working_days import local_day_of
from web.accounts.forms import FIELD
from web.context import Asking, Context
from web.doors.archive_reach import admit_reader, own_enterprise
from web.doors.archive_taking import account_of, take_told
from web.errors import NotAllowed, RequestMalformed
from web.pages.frame import show
from web.views.archive_form_view import build_form_page

router = APIRouter(include_in_schema=False)
MANY = ("measures", "parts")
Code = Annotated[str, Query(max_length=129)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which form was asked for."""

    kind: str
    holder_kind: HolderKind
    holder: str
    replaces: UUID | None


async def _wanted(
    kind: Code = "",
    holder_kind: HolderKind = HolderKind.ENTERPRISE,
    holder: Code = "",
    replaces: UUID | None = None,
) -> Wanted:
    return Wanted(kind, holder_kind, holder, replaces)


@router.get("/regulator/archives/record")
@router.get("/carrier/archive/record")
def show_form(asking: Asking, wanted: Annotated[Wanted, Depends(_wanted)], revokes: bool = False) -> Response:
    """The form for a record of a kind about a holder, or for a change or the revocation of a record."""
    replaced = _replaced(asking, str(wanted.replaces)) if wanted.replaces else None
    about = replaced.told.holder if replaced else _holder(asking, wanted.holder_kind, wanted.holder)
    kind = replaced.told.kind if replaced else wanted.kind
    return _form(asking, about, kind, replaced=replaced, revokes=revokes and replaced is not None)


@router.post("/regulator/archives/record")
@router.post("/carrier/archive/record")
def take_form(asking: Asking) -> Response:
    """Take what the form tells, and go to the archive; or the form again with what is wrong."""
    form = asking.form
    told: dict[str, Any] = {name: values if name in MANY else values[0] for name, values in form.fields.items()}
    told.pop(FIELD, None)
    about = _holder(asking, form("holder_kind"), form("holder"))
    told["holder"] = about.code
    if told.get("kind") == RecordKind.COMMITMENT and not told.get("revokes"):
        told |= _signed(asking, about)
    try:
        taken = take_told(asking, told)
    except ArchiveRefused as refused:
        replaced = _replaced(asking, form("replaces")) if form("replaces") else None
        return _form(
            asking, about, form("kind"), replaced=replaced, revokes=bool(form("revokes")), fault=refused,
            typed={name: values for name, values in form.fields.items() if any(values)},
        )  # fmt: skip
    return RedirectResponse(f"{_archive_path(asking, taken.entry.told.holder)}#{taken.entry.record_id}", 303)


def _signed(asking: Context, about: Holder) -> dict[str, str]:
    """A commitment that is signed here: today's, of the newest template, proved by its own text."""
    template, day = list(load_templates().values())[-1], local_day_of(asking.now)
    proof = prove_commitment(template, about, day)
    return {
        "template": template.code, "document_date": day.isoformat(), "published_on": day.isoformat(),
        "proof_sha256": proof.sha256, "proof_type": proof.type, "proof_name": proof.name,
        "proof_held_by": proof.held_by,
    }  # fmt: skip


def _form(
    asking: Context,
    about: Holder,
    kind: str,
    *,
    replaced: Entry | None,
    revokes: bool,
    typed: Mapping[str, list[str]] | None = None,
    fault: ArchiveRefused | None = None,
) -> Response:
    account = account_of(asking)
    declares = account.role is Role.CARRIER
    here = {} if replaced or declares or not account.scope.division else {"division": [account.scope.division]}
    view = build_form_page(
        asking.words,
        about,
        kind_of(kind, about.kind),
        action=asking.request.url.path,
        back_href=_archive_path(asking, about),
        csrf=asking.csrf,
        today=local_day_of(asking.now),
        typed={"holder": [about.code], **(typed or here)} if typed or here else {},
        replaced=replaced,
        revokes=revokes,
        declares=declares,
        holder_open=replaced is None and kind == RecordKind.IDENTITY and about.kind not in _own_kinds(declares),
        records=_concerned(asking, about, kind),
        fault=fault,
    )
    response = show(
        asking.request, "archive_form.html", view,
        section="own_archive" if declares else "archives", status=422 if fault else 200,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def _concerned(asking: Context, about: Holder, kind: str) -> list[Entry]:
    """The records that one of this kind may be about."""
    wanted = {RecordKind.PENALTY_NOTICE: RecordKind.PENALTY, RecordKind.COMMITMENT_JUDGEMENT: RecordKind.COMMITMENT}
    if kind not in wanted:
        return []
    with reading(asking.engine) as session:
        admit_reader(asking.request, session, account_of(asking), about)
        return archive_of(session, about).of_kind(wanted[RecordKind(kind)])


def _own_kinds(declares: bool) -> tuple[HolderKind, ...]:
    """The holders whose code is not typed: an enterprise declares about itself."""
    return (HolderKind.ENTERPRISE,) if declares else ()


def _holder(asking: Context, kind: str, code: str) -> Holder:
    """Whom the form is about: a carrier's own enterprise where nobody else is named; empty where it is typed yet."""
    account = account_of(asking)
    if account.role is Role.CARRIER and kind == HolderKind.ENTERPRISE:
        with reading(asking.engine) as session:
            own = own_enterprise(session, account)
        if own is None:
            raise NotAllowed
        return own
    if kind not in set(HolderKind):
        raise RequestMalformed("holder_kind")
    try:
        return parse_holder(kind, code)
    except ArchiveRefused:
        return Holder(HolderKind(kind), code.strip())


def _replaced(asking: Context, record_id: str) -> Entry | None:
    """The record to be replaced; None where there is none. Raises NotAllowed where it may not even be seen."""
    try:
        wanted = UUID(record_id)
    except ValueError:
        return None
    with reading(asking.engine) as session:
        found = entry_of(session, wanted)
        if found is not None:
            admit_reader(asking.request, session, account_of(asking), found.told.holder)
    return found


def _archive_path(asking: Context, about: Holder) -> str:
    if account_of(asking).role is not Role.CARRIER:
        return f"/regulator/archives/{about.kind}/{about.code}" if about.code else "/regulator/archives"
    if about.kind is HolderKind.PRACTITIONER:
        return f"/practitioners/{about.code.partition('/')[2]}" if about.carrier else "/practitioners"
    return "/carrier/archive"
