"""The demo's item (演示商品): one that arrived by a whole route, registered under a serial of its own."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Engine
from sqlmodel import Session

from tracker.provenance.digital_link import ProductKey
from tracker.provenance.product_story import build_product_story
from tracker.provenance.products import Product, find_packed, product_of, save_product, waybills_of
from tracker.store.database import transaction
from web.reads import find_traces

LOOKED_AT = 300  # items packed last: those of the last days are still on their way


def register_demo_item(engine: Engine, *, now: datetime) -> ProductKey | None:
    """Register the item packed last of those whose story lacks nothing else; None where there is none."""
    with transaction(engine) as session:
        for key in find_packed(session, limit=LOOKED_AT):
            if own := _own_product(session, key):
                save_product(session, own, recorded_at=now)
                return key
    return None


def _own_product(session: Session, key: ProductKey) -> Product | None:
    """Its lot's record as its own, where its one parcel was signed for and no stage lacks anything."""
    listed = product_of(session, key.gtin, key.lot, key.serial)
    waybills = waybills_of(session, key.gtin, key.lot, key.serial, limit=2)
    if listed is None or not key.serial or len(waybills) != 1:
        return None
    own = replace(listed, lot=key.lot, serial=key.serial)
    return own if all(build_product_story(own, trace).complete for trace in find_traces(session, waybills)) else None
