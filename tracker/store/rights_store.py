"""The rights requests (个人信息权利请求) as the store keeps them: no name, no telephone, no document number."""

from dataclasses import fields

import sqlalchemy as sa
from sqlmodel import Session

from tracker.realname.rights_requests import Channel, Requester, RequestKind, RequestState, RightsRequest
from tracker.store.bulk import table_of
from tracker.store.tables.identities import RightsRequestRow

_REQUEST = table_of(RightsRequestRow)
_NAMES = [field.name for field in fields(RightsRequest)]
_ALL = sa.select(*(_REQUEST.c[name] for name in _NAMES))


def append_request(session: Session, request: RightsRequest) -> None:
    """Keep a new request."""
    session.connection().execute(sa.insert(_REQUEST), _row(request))


def save_request(session: Session, request: RightsRequest, *, before: RightsRequest) -> bool:
    """Write a step; whether the request still stood as `before`, else nothing is written."""
    unchanged = (_REQUEST.c.request_no == before.request_no) & (_REQUEST.c.state == before.state.value)
    return bool(session.connection().execute(sa.update(_REQUEST).where(unchanged).values(_row(request))).rowcount)


def request_of(session: Session, request_no: str) -> RightsRequest | None:
    """The request of a number; None where there is none."""
    row = session.connection().execute(_ALL.where(_REQUEST.c.request_no == request_no)).first()
    return _request(row) if row else None


def find_open_requests(session: Session) -> list[RightsRequest]:
    """Those not yet answered or refused, the oldest first."""
    asked = _ALL.where(_REQUEST.c.closed_at.is_(None)).order_by(_REQUEST.c.received_at, _REQUEST.c.request_no)
    return [_request(row) for row in session.connection().execute(asked)]


def find_closed_requests(session: Session, limit: int) -> list[RightsRequest]:
    """The last ones that were answered or refused."""
    asked = _ALL.where(_REQUEST.c.closed_at.is_not(None)).order_by(_REQUEST.c.closed_at.desc()).limit(limit)
    return [_request(row) for row in session.connection().execute(asked)]


def open_request_on(session: Session, waybill_no: str, kind: RequestKind) -> RightsRequest | None:
    """The open request of this kind that was made on a page for a parcel."""
    mine = (_REQUEST.c.waybill_nos == waybill_no) & (_REQUEST.c.kind == kind.value)
    on_page = _REQUEST.c.channel == Channel.PAGE.value
    row = session.connection().execute(_ALL.where(mine, on_page, _REQUEST.c.closed_at.is_(None))).first()
    return _request(row) if row else None


def _row(request: RightsRequest) -> dict[str, object]:
    row = {name: getattr(request, name) for name in _NAMES}
    row |= {name: row[name].value for name in ("kind", "requester", "channel", "state")}
    return row | {"waybill_nos": " ".join(request.waybill_nos)}


def _request(row: "sa.Row[tuple[object, ...]]") -> RightsRequest:
    told = dict(row._mapping)
    told["kind"], told["requester"] = RequestKind(told["kind"]), Requester(told["requester"])
    told["channel"], told["state"] = Channel(told["channel"]), RequestState(told["state"])
    told["waybill_nos"] = tuple(told["waybill_nos"].split())
    return RightsRequest(**told)
