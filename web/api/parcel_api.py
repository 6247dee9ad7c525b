"""A parcel's trace and proof as JSON (轨迹与证明)."""

from fastapi import APIRouter, Response

from tracker.access.audit import Action
from tracker.store.database import reading
from tracker.store.event_store import log_head, proofs_of
from tracker.store.key_record import recorded_keys
from tracker.store.masked_parties import masked_parties_of
from tracker.store.registry import public_keys_of
from web.access import sees_more
from web.accounts.auditing import record
from web.api.proof_json import ProofOut, build_proof
from web.api.trace_json import OpenedTraceOut, TraceOut, build_trace_out, open_trace_out
from web.context import Asking
from web.doors.door import LabelToken
from web.errors import EventsArchived, TooManyTries
from web.paths import Waybill
from web.reads import directory_of, trace_of

router = APIRouter(tags=["parcels"])


@router.get(
    "/api/v1/parcels/{waybill_no}/trace", responses={429: {"description": "Too many wrong tokens; see `Retry-After`"}}
)
def show_trace(
    asking: Asking, waybill: Waybill, response: Response, token: LabelToken = None
) -> OpenedTraceOut | TraceOut:
    """The trace: events in order of `event_time`, anomalies, what was corrected.

    With the token of the parcel's label also each step's open details and the masked parties. A wrong token shows the
    trace as it is for everybody, and is counted: 429 after too many.
    """
    response.headers["Cache-Control"] = "no-cache" if token is None else "no-store"
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
        known = directory_of(session, trace)
        parties = masked_parties_of(session, trace) if token else {}
    out = build_trace_out(trace, known, as_of=asking.now)
    if token is None:
        return out
    visit = asking.door.try_label(trace, token, asking.host, now=asking.now)
    if visit.wait is not None:
        raise TooManyTries(visit.wait)
    return open_trace_out(out, trace, parties) if visit.is_open else out


@router.get(
    "/api/v1/parcels/{waybill_no}/proof", responses={410: {"description": "Its events are archived, and their proof"}}
)
def show_proof(asking: Asking, waybill: Waybill, response: Response) -> ProofOut:
    """What proves each event, as far as the asker may see it; an administrator's token opens the exact bytes.

    410 where events of the parcel are archived: their proof went with them.
    """
    response.headers.update({"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"})
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
        if trace.archived:
            months = ", ".join(f"{each.month} (archived {each.archived_at:%Y-%m-%d})" for each in trace.archived)
            raise EventsArchived(f"the archive of {months} has them, with their signatures and receipts")
        known = directory_of(session, trace)
        proofs = proofs_of(session, trace.parcel.waybill_no)
        head = log_head(session)
        keys = public_keys_of(session, trace.parcel.waybill_no)
        notices = [notice for key in recorded_keys(session) for notice in key.notices]
    opens = sees_more(asking.request)
    if opens:
        record(asking.request, Action.PROOF_SEEN)
    return build_proof(trace, proofs, head, known, keys=keys, notices=notices, as_of=asking.now, opens_bytes=opens)
