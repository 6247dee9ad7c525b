"""Products: recorded once, found at the most specific level, and the parcels that hold them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from tracker.provenance.digital_link import ProductKey
from tracker.provenance.products import (
    Product,
    ProductConflict,
    find_packed,
    product_of,
    save_product,
    waybills_of,
)
from tracker.store.database import reading, transaction
from tracker.store.tables.products import PackingRow
from tracker.wire.event_ids import build_event_id

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
GTIN = "06901234567892"
TEA = Product(
    gtin=GTIN,
    lot="L1",
    serial="S1",
    name="高山云雾茶 250 g",
    maker="云岭茶业(虚构)",
    maker_uscc=None,
    production_place="530100",
    produced_on=date(2026, 5, 20),
    inspection_result="qualified",
    inspection_report="R-2026-0001",
)
LOT = replace(TEA, serial=None, name="the lot")
KIND = replace(TEA, lot=None, serial=None, name="the kind")


def save(engine: Engine, *products: Product) -> list[bool]:
    with transaction(engine) as session:
        return [save_product(session, product, recorded_at=NOW) for product in products]


def find(engine: Engine, lot: str | None = None, serial: str | None = None) -> Product | None:
    with reading(engine) as session:
        return product_of(session, GTIN, lot, serial)


def test_a_saved_product_is_found_as_it_was_given(engine: Engine) -> None:
    assert save(engine, TEA) == [True]
    assert find(engine, "L1", "S1") == TEA


def test_saving_the_same_product_twice_changes_nothing(engine: Engine) -> None:
    assert save(engine, TEA, TEA) == [True, False]
    with transaction(engine) as session:
        assert save_product(session, TEA, recorded_at=NOW + timedelta(days=1)) is False


def test_an_empty_lot_or_serial_is_one_that_is_not_told(engine: Engine) -> None:
    assert save(engine, KIND, replace(KIND, lot="", serial="")) == [True, False]


@pytest.mark.parametrize(
    "other",
    [
        replace(TEA, name="绿茶"),
        replace(TEA, produced_on=date(2026, 5, 21)),
        replace(TEA, inspection_report=None),
        replace(TEA, maker_uscc="91110000600037341L"),
    ],
)
def test_other_content_under_the_same_key_is_a_conflict_and_leaves_the_first(engine: Engine, other: Product) -> None:
    save(engine, TEA)
    with pytest.raises(ProductConflict) as caught:
        save(engine, other)
    assert caught.value.code == "product_conflict"
    assert find(engine, "L1", "S1") == TEA


def test_a_conflict_spoils_nothing_else_of_its_transaction(engine: Engine) -> None:
    save(engine, TEA)
    with transaction(engine) as session:
        with pytest.raises(ProductConflict):
            save_product(session, replace(TEA, name="other"), recorded_at=NOW)
        save_product(session, LOT, recorded_at=NOW)
    assert find(engine, "L1") == LOT


def test_the_most_specific_product_answers(engine: Engine) -> None:
    save(engine, TEA, LOT, KIND)
    assert find(engine, "L1", "S1") == TEA
    assert find(engine, "L1", "S2") == LOT
    assert find(engine, "L2", "S2") == KIND
    assert find(engine, "L1") == LOT
    assert find(engine) == KIND


def test_nothing_answers_for_what_is_not_recorded(engine: Engine) -> None:
    save(engine, TEA)
    assert find(engine) is None
    assert find(engine, "L1") is None
    assert find(engine, "L2", "S1") is None
    with reading(engine) as session:
        assert product_of(session, "06291041500213", None, None) is None


def test_a_serial_is_found_whether_or_not_the_lot_is_told(engine: Engine) -> None:
    loose = replace(TEA, lot=None, serial="S9")
    save(engine, TEA, loose)
    assert find(engine, None, "S1") == TEA
    assert find(engine, "L7", "S9") == loose
    assert find(engine, None, "S9") == loose


def test_the_told_lot_goes_before_a_serial_without_lot(engine: Engine) -> None:
    loose = replace(TEA, lot=None, name="without lot")
    save(engine, loose, TEA)
    assert find(engine, "L1", "S1") == TEA
    assert find(engine, "L2", "S1") == loose


def test_a_serial_that_two_lots_claim_is_not_guessed(engine: Engine) -> None:
    twin = replace(TEA, lot="L2")
    save(engine, TEA, twin, KIND)
    assert find(engine, None, "S1") == KIND
    assert find(engine, "L2", "S1") == twin


def pack(session: Session, minute: int, waybill_no: str, *items: tuple[str, str, str]) -> None:
    event_id = build_event_id(NOW + timedelta(minutes=minute), bytes(10))
    for number, (gtin, lot, serial) in enumerate(items):
        row = PackingRow(event_id=event_id, waybill_no=waybill_no, item=number, gtin=gtin, lot=lot, serial=serial)
        session.add(row)


def test_the_parcels_of_a_product_are_told_the_latest_first_and_each_once(engine: Engine) -> None:
    with transaction(engine) as session:
        pack(session, 1, "W1", (GTIN, "L1", "S1"), (GTIN, "L1", "S2"))
        pack(session, 2, "W2", (GTIN, "L1", ""))
        pack(session, 3, "W3", (GTIN, "L2", "S3"), ("06291041500213", "L1", "S1"))
        pack(session, 4, "W4", (GTIN, "", "S1"))
    with reading(engine) as session:
        assert waybills_of(session, GTIN, None, None) == ["W4", "W3", "W2", "W1"]
        assert waybills_of(session, GTIN, "L1", None) == ["W2", "W1"]
        assert waybills_of(session, GTIN, "L1", "S1") == ["W4", "W1"]
        assert waybills_of(session, GTIN, None, "S3") == ["W3"]
        assert waybills_of(session, GTIN, "L2", "S1") == ["W4"]
        assert waybills_of(session, GTIN, "L9", None) == []
        assert waybills_of(session, GTIN, None, None, limit=2) == ["W4", "W3"]
        assert waybills_of(session, GTIN, "L1", None, limit=2) == ["W2", "W1"]


def test_many_items_in_one_parcel_are_one_parcel(engine: Engine) -> None:
    with transaction(engine) as session:
        pack(session, 1, "W1", (GTIN, "L1", ""))
        pack(session, 2, "W2", *[(GTIN, "L1", f"S{number}") for number in range(5)])
    with reading(engine) as session:
        assert waybills_of(session, GTIN, "L1", None, limit=2) == ["W2", "W1"]


def test_what_was_packed_is_found_the_last_first_once_its_lot_is_known(engine: Engine) -> None:
    with transaction(engine) as session:
        for number, serial in enumerate(["S7", "S9", "S8"]):
            event_id = build_event_id(NOW + timedelta(hours=number % 2), bytes(10))
            session.add(PackingRow(event_id=event_id, waybill_no=serial, item=0, gtin=GTIN, lot="L1", serial=serial))
    save(engine, TEA)
    assert find_latest(engine) == []
    save(engine, LOT)
    assert find_latest(engine)[:1] == [ProductKey(GTIN, "L1", "S9")]


def find_latest(engine: Engine) -> list[ProductKey]:
    with reading(engine) as session:
        return find_packed(session, limit=3)
