"""The archive pages (信用档案): the regulator's desk, the enterprise's own, the practitioner's own, his employers'."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlmodel import Session

from credit_scoring.archive.archive import Archive
from credit_scoring.archive.archive_store import archive_of, find_latest, network_of
from credit_scoring.archive.clocks import Month
from credit_scoring.archive.holder import Holder, HolderKind, enterprise, parse_holder
from credit_scoring.archive.holder_store import find_holders, find_practitioners, names_of, place_of
from credit_scoring.errors import ArchiveRefused
from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.store.database import reading
from tracker.store.registry import carriers
from tracker.working_days import local_day_of
from web.accounts.auditing import record
from web.context import Asking, Context
from web.doors.archive_reach import admit_reader, find_volumes, own_enterprise, own_practitioner, sees_documents
from web.doors.archive_taking import account_of, take_volume_told
from web.page_tokens import parse_page_token, write_page_token
from web.pages.frame import show
from web.paths import CarrierCode, typed_division
from web.views.archive_view import Around, Reading, build_archive_page
from web.views.archives_view import build_archives_page, build_practitioners_page

router = APIRouter(include_in_schema=False)
LIST, PAGE = "archives", 50
MEMBER_RECORDS = 50
MONTHS_BACK = 12
FORM = "/regulator/archives/record"
OWN_FORM = "/carrier/archive/record"


@router.get("/regulator/archives")
def show_archives(
    asking: Asking,
    q: Annotated[str, Query(max_length=120)] = "",
    kind: Annotated[HolderKind, Query()] = HolderKind.ENTERPRISE,
    next_: Annotated[str | None, Query(alias="next", max_length=512)] = None,
) -> Response:
    """Holders by kind whose code or name holds what was typed, 50 a page; and the way to open an archive."""
    after = parse_page_token(LIST, next_) if next_ else None
    with reading(asking.engine) as session:
        found = find_holders(session, q.strip(), [kind], after=after, limit=PAGE + 1)
        if kind is HolderKind.PRACTITIONER:
            record(asking.request, Action.ARCHIVE_SEEN, object=kind)
    token = write_page_token(LIST, place_of(found[PAGE - 1])) if len(found) > PAGE else None
    view = build_archives_page(asking.words, found[:PAGE], kind=kind, typed=q, next_token=token, is_first=after is None)
    return _private(show(asking.request, "archives.html", view, section="archives"))


@router.get("/regulator/archives/{holder_kind}/{holder_code:path}")
def show_archive(
    asking: Asking, holder_kind: HolderKind, holder_code: Annotated[str, Path(max_length=129)]
) -> Response:
    """One archive, with what is to be done about it and the forms to enter, change and revoke."""
    holder, account = parse_holder(holder_kind, holder_code), account_of(asking)
    with reading(asking.engine) as session:
        admit_reader(asking.request, session, account, holder)
        archive = archive_of(session, holder)
        around = _around(session, holder) if holder.kind is HolderKind.ENTERPRISE else Around()
    record(asking.request, Action.ARCHIVE_SEEN, object=str(holder))
    return _page(asking, holder, archive, Reading(True, FORM, members_open=True), around, section="archives")


@router.get("/carrier/archive")
def show_own_archive(asking: Asking) -> Response:
    """The enterprise's own archive."""
    return _own_archive(asking)


@router.post("/carrier/archive/volumes")
def declare_volume(asking: Asking) -> Response:
    """A month's volume, declared by a form."""
    form, words = asking.form, asking.words
    try:
        is_new = take_volume_told(
            asking, month=form("month"), division=typed_division(form("division")), parcels=form("parcels").strip()
        )
    except ArchiveRefused as refused:
        return _own_archive(asking, said=words(f"archive_fault.{refused.fault}"), warns=True)
    return _own_archive(asking, said=words("archive.volume_taken" if is_new else "archive.volume_known"))


@router.get("/practitioner")
def show_own_practitioner(asking: Asking) -> Response:
    """A practitioner's own archive."""
    account = account_of(asking)
    with reading(asking.engine) as session:
        holder = own_practitioner(session, account)
        archive = archive_of(session, holder) if holder else Archive({}, {}, {})
    shown = holder or Holder(HolderKind.PRACTITIONER, f"{account.scope.carrier}/{account.login}")
    return _page(asking, shown, archive, Reading(True), section="practitioner")


@router.get("/practitioners")
def show_practitioners(asking: Asking) -> Response:
    """The practitioners within an employer's reach."""
    scope = asking.scope
    with reading(asking.engine) as session:
        found = find_practitioners(session, scope.carrier or "", station=scope.station)
    record(asking.request, Action.ARCHIVE_SEEN, object=f"{HolderKind.PRACTITIONER}:{scope}")
    view = build_practitioners_page(asking.words, found, may_open=account_of(asking).role is Role.CARRIER)
    return _private(show(asking.request, "archives.html", view, section="practitioners"))


@router.get("/practitioners/{code}")
def show_practitioner(asking: Asking, code: CarrierCode) -> Response:
    """A practitioner's archive for his employer: what was found, without the papers."""
    holder, account = Holder(HolderKind.PRACTITIONER, f"{asking.scope.carrier}/{code}"), account_of(asking)
    with reading(asking.engine) as session:
        admit_reader(asking.request, session, account, holder)
        archive = archive_of(session, holder)
    record(asking.request, Action.ARCHIVE_SEEN, object=str(holder))
    declares = account.role is Role.CARRIER
    may = Reading(sees_documents(account, holder), OWN_FORM if declares else None, declares=declares)
    return _page(asking, holder, archive, may, section="practitioners")


def _own_archive(asking: Context, *, said: str = "", warns: bool = False) -> Response:
    account = account_of(asking)
    with reading(asking.engine) as session:
        holder = own_enterprise(session, account)
        archive = archive_of(session, holder) if holder else Archive({}, {}, {})
        around = _around(session, holder, own=account.scope.carrier) if holder else Around()
    shown = holder or enterprise(account.scope.carrier or "")
    may = Reading(True, OWN_FORM if holder else None, declares=holder is not None)
    return _page(asking, shown, archive, may, around, section="own_archive", said=said, warns=warns)


def _around(session: Session, holder: Holder, *, own: str | None = None) -> Around:
    """Franchisees and what is on record about them, and the volumes of the carriers of this enterprise."""
    network = network_of(session)
    franchises = network.franchisees_of(holder.code)
    members = sorted({enterprise(each.uscc) for each in franchises})
    kin = network.kin_of(holder.code)
    codes = sorted(code for code, each in carriers(session).items() if each.uscc in kin)
    return Around(
        franchises=franchises,
        names=names_of(session, members),
        records=find_latest(session, members, limit=MEMBER_RECORDS),
        volumes=find_volumes(session, holder),
        carrier=own or (codes[0] if codes else None),
    )


def _page(
    asking: Context,
    holder: Holder,
    archive: Archive,
    may: Reading,
    around: Around | None = None,
    *,
    section: str,
    said: str = "",
    warns: bool = False,
) -> Response:
    today = local_day_of(asking.now)
    view = build_archive_page(
        asking.words, holder, archive, today=today, reading=may, around=around or Around(),
        months=_months(Month(today.year, today.month)), csrf=asking.csrf, said=said, warns=warns,
    )  # fmt: skip
    return _private(show(asking.request, "archive.html", view, section=section, status=422 if warns else 200))


def _months(present: Month) -> Sequence[str]:
    """The months that may be declared, the last one first."""
    found, month = [], Month(present.year - 1, present.number)
    while month < present:
        found.append(str(month))
        month = month.next
    return found[::-1][:MONTHS_BACK]


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
