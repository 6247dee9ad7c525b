"""The commitments page (信用承诺公示): for everybody, an enterprise's signed commitments."""

from fastapi import APIRouter, Response

from credit_scoring.archive.archive import Archive
from credit_scoring.archive.archive_store import archive_of
from credit_scoring.archive.holder import enterprise
from tracker.store.database import reading
from web.context import Asking
from web.pages.frame import show
from web.paths import CarrierCode
from web.reads import known_carrier
from web.views.commitments_view import build_commitments_page

router = APIRouter(include_in_schema=False)


@router.get("/carriers/{code}/commitments")
def show_commitments(asking: Asking, code: CarrierCode) -> Response:
    """What a carrier has committed to; nothing else of its archive."""
    with reading(asking.engine) as session:
        carrier = known_carrier(session, code)
        archive = archive_of(session, enterprise(carrier.uscc)) if carrier.uscc else Archive({}, {}, {})
    return show(asking.request, "commitments.html", build_commitments_page(asking.words, carrier, archive))
