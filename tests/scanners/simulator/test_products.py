"""Products: well-formed, invented, and packed by parcels of the same seed."""

import re
from datetime import UTC, date, datetime, timedelta

from stdnum import ean
from stdnum.cn import uscc

from scanners.simulator.products import KINDS, build_products, lot_on_sale
from tests.scanners.simulator.conftest import NOW, SEED
from tracker.wire.details import AcceptedDetails
from tracker.wire.divisions import division_of
from tracker.wire.event import decode_event, encode_event

FIELDS = {
    *("gtin", "lot", "serial", "name", "maker", "maker_uscc"),
    *("production_place", "produced_on", "inspection_result", "inspection_report"),
}


def test_a_product_has_the_fields_of_the_register():
    for product in build_products(SEED, now=NOW):
        assert product.keys() == FIELDS
        assert all(product[field] for field in FIELDS - {"serial"})
        assert isinstance(product["produced_on"], date)


def test_the_same_seed_builds_the_same_products():
    assert build_products(SEED, now=NOW) == build_products(SEED, now=NOW)
    assert build_products(SEED, now=NOW) != build_products(SEED + 1, now=NOW)


def test_gtins_have_valid_check_digits_in_the_chinese_style():
    for kind in KINDS:
        assert re.fullmatch(r"069\d{11}", kind.gtin)
        assert ean.is_valid(kind.gtin[1:])
    assert len({kind.gtin for kind in KINDS}) == len(KINDS)


def test_company_codes_are_well_formed_and_belong_to_no_division():
    for kind in KINDS:
        assert uscc.is_valid(kind.maker_uscc)
        assert division_of(kind.maker_uscc[2:8]) is None


def test_every_place_of_production_is_real():
    assert all(division_of(kind.division) is not None for kind in KINDS)


def test_no_product_is_made_after_now_and_each_lot_stands_once():
    for now in (NOW, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 1, 31, 23, tzinfo=UTC)):
        products = build_products(SEED, now=now)
        assert all(product["produced_on"] <= now.date() + timedelta(days=1) for product in products)
        assert len({(product["gtin"], product["lot"]) for product in products}) == len(products) >= 3 * len(KINDS)


def test_a_lot_on_sale_was_made_at_least_two_weeks_before():
    for day in range(400):
        on = date(2026, 1, 1) + timedelta(days=day)
        for kind in KINDS:
            assert timedelta(days=14) < on - lot_on_sale(SEED, kind, on).produced_on < timedelta(days=60)


def test_all_goods_in_parcels_belong_to_a_lot_of_the_products(uploads):
    lots = {(product["gtin"], product["lot"]) for product in build_products(SEED, now=NOW)}
    serials: dict[tuple[str, str | None], str | None] = {}
    packed = 0
    for upload in uploads:
        details = decode_event(encode_event(upload.scan)).details
        for item in (details.goods or []) if isinstance(details, AcceptedDetails) else []:
            packed += 1
            assert (item.gtin, item.lot) in lots
            assert serials.setdefault((item.gtin, item.serial), upload.scan.waybill_no) == upload.scan.waybill_no
    assert packed > 100
