"""Products (商品): what was made, by whom, where and when, and how it was inspected; and which parcels hold it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.provenance.digital_link import ProductKey
from tracker.store.database import insert_into
from tracker.store.tables.products import PackingRow, ProductRow


@dataclass(frozen=True, slots=True)
class Product:
    """One item, one lot or one kind of product, as its key tells: GTIN of 14 digits, lot and serial where told."""

    gtin: str
    lot: str | None
    serial: str | None
    name: str
    maker: str
    maker_uscc: str | None
    production_place: str
    produced_on: date
    inspection_result: str
    inspection_report: str | None


class ProductConflict(ValueError):
    """Another product is recorded under this key; the sender must correct the key or the content."""

    code = "product_conflict"

    def __init__(self, product: Product) -> None:
        super().__init__(f"{self.code}: other content is recorded under this GTIN, lot and serial")
        self.gtin, self.lot, self.serial = product.gtin, product.lot, product.serial


def save_product(session: Session, product: Product, *, recorded_at: datetime) -> bool:
    """Record a product; True when it is new, False when the same stands already. Raises ProductConflict."""
    values = _columns(product)
    statement = insert_into(session, ProductRow).values(**values, recorded_at=recorded_at).on_conflict_do_nothing()
    if session.execute(statement.returning(sa.literal(1))).first() is not None:
        return True
    row = session.get_one(ProductRow, (values["gtin"], values["lot"], values["serial"]))
    if _columns(_product(row)) != values:
        raise ProductConflict(product)
    return False


def product_of(session: Session, gtin: str, lot: str | None, serial: str | None) -> Product | None:
    """The most specific product recorded: the serial's, else the lot's, else the GTIN's.

    A serial is its GTIN's own, so it is found whether or not the lot is told on either side.
    """
    rows = [
        *(_rows_of_serial(session, gtin, lot, serial) if serial else ()),
        *(_rows_at(session, gtin, lot) if lot else ()),
        *_rows_at(session, gtin, ""),
    ]
    return _product(rows[0]) if rows else None


def waybills_of(session: Session, gtin: str, lot: str | None, serial: str | None, *, limit: int = 100) -> list[str]:
    """The waybills that a product was packed into, the latest first; a level that is not told matches any."""
    statement = select(PackingRow.waybill_no, PackingRow.event_id).where(PackingRow.gtin == gtin)
    if serial:
        statement = statement.where(PackingRow.serial == serial)
    if lot:
        statement = statement.where(col(PackingRow.lot).in_([lot, ""] if serial else [lot]))
    rows = session.exec(statement.distinct().order_by(col(PackingRow.event_id).desc()).limit(limit))
    return list(dict.fromkeys(waybill_no for waybill_no, _ in rows))


def find_packed(session: Session, *, limit: int) -> list[ProductKey]:
    """The items whose lot is registered, the one packed last first."""
    known = sa.and_(
        col(ProductRow.gtin) == PackingRow.gtin, col(ProductRow.lot) == PackingRow.lot, col(ProductRow.serial) == ""
    )
    statement = select(PackingRow).join(ProductRow, known).order_by(col(PackingRow.event_id).desc()).limit(limit)
    return [ProductKey(row.gtin, row.lot or None, row.serial or None) for row in session.exec(statement)]


def _rows_at(session: Session, gtin: str, lot: str) -> list[ProductRow]:
    row = session.get(ProductRow, (gtin, lot, ""))
    return [row] if row is not None else []


def _rows_of_serial(session: Session, gtin: str, lot: str | None, serial: str) -> list[ProductRow]:
    """The serial's row, under the told lot first; without a told lot only when no two lots claim the serial."""
    statement = select(ProductRow).where(ProductRow.gtin == gtin, ProductRow.serial == serial)
    if lot:
        statement = statement.where(col(ProductRow.lot).in_([lot, ""])).order_by(col(ProductRow.lot).desc())
    rows = list(session.exec(statement))
    return rows if lot or len(rows) == 1 else []


def _columns(product: Product) -> dict[str, Any]:
    """The row's columns; a level that is not told is an empty text, as a key holds no NULL."""
    told = {"lot": product.lot or "", "serial": product.serial or "", "produced_on": product.produced_on.isoformat()}
    return asdict(product) | told


def _product(row: ProductRow) -> Product:
    return Product(
        gtin=row.gtin,
        lot=row.lot or None,
        serial=row.serial or None,
        name=row.name,
        maker=row.maker,
        maker_uscc=row.maker_uscc,
        production_place=row.production_place,
        produced_on=date.fromisoformat(row.produced_on),
        inspection_result=row.inspection_result,
        inspection_report=row.inspection_report,
    )
