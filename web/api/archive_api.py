"""Archives for programs (档案接口): read one, enter or declare a record, declare a volume."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Response
from pydantic import Field

from credit_scoring.archive.archive_store import archive_of
from credit_scoring.archive.holder import HolderKind, parse_holder
from tracker.access.audit import Action
from tracker.store.database import reading
from web.accounts.auditing import record
from web.api.archive_json import archive_json, volume_json
from web.api.shapes import Shape
from web.context import Asking
from web.doors.archive_reach import admit_reader, find_volumes, sees_documents
from web.doors.archive_taking import account_of, take_told, take_volume_told
from web.errors import ArchiveNotFound

router = APIRouter(tags=["archives"])
MOST_FIELDS = 40
Told = Annotated[dict[str, str | int | bool | list[str] | None], Body(max_length=MOST_FIELDS)]


class TakenOut(Shape):
    """A record's fate; `known`: the very same was told before."""

    record_id: str
    outcome: Literal["recorded", "known"]


class VolumeIn(Shape):
    """A month's volume; without `division` nationwide; a carrier leaves `carrier` out: it is its own."""

    month: Annotated[str, Field(max_length=7)]
    parcels: int
    division: Annotated[str, Field(max_length=6)] | None = None
    carrier: Annotated[str, Field(max_length=64)] | None = None


class VolumeOut(Shape):
    """`known`: the same figure stood already."""

    outcome: Literal["recorded", "known"]


@router.get("/api/v1/archives/{holder_kind}/{holder_code:path}")
def read_archive(
    asking: Asking, response: Response, holder_kind: HolderKind, holder_code: Annotated[str, Path(max_length=129)]
) -> dict[str, Any]:
    """One holder's archive, so far as the account reaches; 404 `archive-not-found` where there is none."""
    response.headers["Cache-Control"] = "no-store"
    holder, account = parse_holder(holder_kind, holder_code), account_of(asking)
    with reading(asking.engine) as session:
        admit_reader(asking.request, session, account, holder)
        archive = archive_of(session, holder)
        volumes = find_volumes(session, holder)
    if not archive.entries:
        raise ArchiveNotFound(str(holder))
    record(asking.request, Action.ARCHIVE_SEEN, object=str(holder))
    told = archive_json(holder, archive, documents=sees_documents(account, holder))
    return told | {"volumes": [volume_json(each) for each in volumes]}


@router.post("/api/v1/archives/records", status_code=201, responses={200: {"model": TakenOut}})
def take_record(asking: Asking, response: Response, told: Told) -> TakenOut:
    """Enter (regulator) or declare (carrier) one record: 201 where it is new, 200 where it stands already."""
    taken = take_told(asking, told)
    response.status_code = 201 if taken.is_new else 200
    return TakenOut(record_id=str(taken.entry.record_id), outcome="recorded" if taken.is_new else "known")


@router.post("/api/v1/archives/volumes", status_code=201, responses={200: {"model": VolumeOut}})
def take_volume(asking: Asking, response: Response, told: VolumeIn) -> VolumeOut:
    """Declare (carrier) or enter (regulator) what a carrier accepted in a month that is over."""
    place, carrier = told.division or "", told.carrier or ""
    is_new = take_volume_told(asking, month=told.month, division=place, parcels=told.parcels, carrier=carrier)
    response.status_code = 201 if is_new else 200
    return VolumeOut(outcome="recorded" if is_new else "known")
