"""A parcel's trace and proof as JSON (轨迹与证明)."""

from fastapi import APIRouter, Response

from tracker.access.audit import Action
from tracker.store.database import reading
from tracker.store.event_store import log_head, proofs_of
from tracker.store.key_record import recorded_keys
from tracker.store.registry import public_keys_of
from web.access import sees_more
from web.accounts.auditing import record
from web.api.proof_json import ProofOut, build_proof
from web.api.trace_json import TraceOut, build_trace_out
from web.context import Asking
from web.errors import EventsArchived
from web.paths import Waybill
from web.reads import directory_of, trace_of

router = APIRouter(tags=["parcels"])


@router.get("/api/v1/parcels/{waybill_no}/trace")
def show_trace(asking: Asking, waybill: Waybill, response: Response) -> TraceOut:
    """The trace: events in order of `event_time`, anomalies, what was corrected."""
    response.headers["Cache-Control"] = "no-cache"
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
        known = directory_of(session, trace)
    return build_trace_out(trace, known, as_of=asking.now)


@router.get("/api/v1/parcels/{waybill_no}/proof")
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
