"""The product page and its code (商品溯源): GS1 Digital Link."""

from fastapi import APIRouter, Response

from tracker.provenance.codes import qr_png, qr_svg
from tracker.provenance.digital_link import ProductKey, build_digital_link
from tracker.provenance.products import product_of, waybills_of
from tracker.store.database import reading
from web.context import Asking, Context
from web.errors import ProductNotFound
from web.pages.frame import show
from web.pages.images import show_image
from web.paths import Key
from web.reads import directory_of_traces, find_traces
from web.views.product_view import build_product_view

router = APIRouter(include_in_schema=False)
TRACES = 5


@router.get("/01/{key:path}")
def show_product(asking: Asking, key: Key) -> Response:
    """What is recorded of a product: made, inspected, sent and signed for."""
    with reading(asking.engine) as session:
        product = product_of(session, key.gtin, key.lot, key.serial)
        waybills = waybills_of(session, key.gtin, key.lot, key.serial)
        if product is None and not waybills:
            raise ProductNotFound(key.gtin)
        traces = find_traces(session, waybills[:TRACES]) if key.serial else ()
        known = directory_of_traces(session, traces)
    view = build_product_view(
        asking.words,
        key,
        product,
        traces,
        known=known,
        now=asking.now,
        page_url=build_digital_link(asking.base, key),
        path=build_digital_link("", key),
        parcels=len(waybills),
    )
    return show(asking.request, "product.html", view)


@router.get("/qr/svg/01/{key:path}")
def show_product_svg(asking: Asking, key: Key) -> Response:
    """The product's Digital Link as a QR code, for pages."""
    return show_image(asking.request, qr_svg(_address(asking, key)), "image/svg+xml")


@router.get("/qr/png/01/{key:path}")
def show_product_png(asking: Asking, key: Key) -> Response:
    """The product's Digital Link as a QR code, for labels."""
    return show_image(asking.request, qr_png(_address(asking, key)), "image/png")


def _address(asking: Context, key: ProductKey) -> str:
    with reading(asking.engine) as session:
        known = product_of(session, key.gtin, key.lot, key.serial)
        if known is None and not waybills_of(session, key.gtin, key.lot, key.serial, limit=1):
            raise ProductNotFound(key.gtin)
    return build_digital_link(asking.base, key)
