"""The credit report's page (信用报告页): where its QR code leads, with the files and what to hold them against."""

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Response

from web.api.report_api import own_signed_facts
from web.context import Asking
from web.pages.frame import show
from web.paths import CarrierCode, Scope
from web.report.asked import AskedRun, signed_facts
from web.report.certificate import report_signer
from web.views.report_view import build_report_view

router = APIRouter(include_in_schema=False)


@router.get("/carriers/{code}/report")
def show_report(asking: Asking, code: CarrierCode, scope: Scope, run: AskedRun = None) -> Response:
    """What a carrier's report in one saved run says now, and its digest."""
    view = build_report_view(asking.words, signed_facts(asking, code, scope, run))
    return show(asking.request, "report.html", view, section="rankings")


@router.get("/carrier/report")
def show_own_report(asking: Asking, scope: Scope, run: AskedRun = None) -> Response:
    """The enterprise's own report."""
    view = build_report_view(asking.words, own_signed_facts(asking, scope, run))
    response = show(asking.request, "report.html", view, section="own_archive")
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/reports/authority.crt")
def show_authority(asking: Asking) -> Response:
    """The certificate (PEM) of the authority under which reports are signed, for a PDF reader to trust."""
    signer = report_signer(asking.request.app.state.settings, now=asking.now)
    headers = {
        "Content-Disposition": 'attachment; filename="jixin-reports-ca.crt"',
        "Cache-Control": "public, no-cache",
    }
    return Response(signer.authority.public_bytes(Encoding.PEM), media_type="application/x-pem-file", headers=headers)
