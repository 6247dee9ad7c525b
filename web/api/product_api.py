"""Recording products (商品登记): one or up to 1,000 at a time, again and again with the same answer."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response
from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag
from stdnum.cn import uscc as uscc_number

from tracker.access.audit import Action
from tracker.provenance.digital_link import ProductKey, build_digital_link, parse_gs1_value, parse_gtin
from tracker.provenance.products import Product, save_product
from tracker.store.database import transaction
from web.accounts.auditing import note
from web.api.shapes import Shape
from web.context import Asking

router = APIRouter(tags=["products"])
MAX_PRODUCTS = 1000


def _uscc(text: str) -> str:
    if not uscc_number.is_valid(text):
        raise ValueError("not a unified social credit code (统一社会信用代码)")
    return text


Gtin = Annotated[str, AfterValidator(parse_gtin)]
Gs1Value = Annotated[str, AfterValidator(parse_gs1_value)]
Uscc = Annotated[str, AfterValidator(_uscc)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")
]


class ProductIn(Shape):
    """One item, lot or kind of product; the key is `gtin` with `lot` and `serial` where told."""

    gtin: Gtin
    lot: Gs1Value | None = None
    serial: Gs1Value | None = None
    name: Line
    maker: Line
    maker_uscc: Uscc | None = None
    production_place: Line
    produced_on: date
    inspection_result: Line
    inspection_report: Line | None = None


class RecordedOut(Shape):
    """One product's fate and its address."""

    digital_link: str
    outcome: Literal["recorded", "known"]


class RecordedAllOut(Shape):
    """How many were new, how many stood already, and each in the order sent."""

    recorded: int
    known: int
    products: list[RecordedOut]


def _how_many(value: object) -> str:
    return "many" if isinstance(value, list) else "one"


OneOrMany = Annotated[
    Annotated[ProductIn, Tag("one")]
    | Annotated[Annotated[list[ProductIn], Field(min_length=1, max_length=MAX_PRODUCTS)], Tag("many")],
    Discriminator(_how_many),
]


@router.post(
    "/api/v1/products",
    status_code=201,
    responses={
        200: {"model": RecordedAllOut, "description": "All of them stood already"},
        409: {"description": "Another content is recorded under one of the keys; nothing was recorded"},
    },
)
def record_products(asking: Asking, response: Response, body: Annotated[OneOrMany, Body()]) -> RecordedAllOut:
    """Record products, all or none: 201 where any is new, 200 where all stand already, 409 where one conflicts."""
    products = [_product(each) for each in (body if isinstance(body, list) else [body])]
    with transaction(asking.engine) as session:
        new = [save_product(session, product, recorded_at=asking.now) for product in products]
        note(session, asking.request, Action.PRODUCTS_RECORDED, object=str(sum(new)))
    response.status_code = 201 if any(new) else 200
    return RecordedAllOut(
        recorded=sum(new),
        known=len(new) - sum(new),
        products=[_recorded(asking.base, product, is_new) for product, is_new in zip(products, new, strict=True)],
    )


def _product(told: ProductIn) -> Product:
    return Product(
        gtin=told.gtin,
        lot=told.lot,
        serial=told.serial,
        name=told.name,
        maker=told.maker,
        maker_uscc=told.maker_uscc,
        production_place=told.production_place,
        produced_on=told.produced_on,
        inspection_result=told.inspection_result,
        inspection_report=told.inspection_report,
    )


def _recorded(base: str, product: Product, is_new: bool) -> RecordedOut:
    link = build_digital_link(base, ProductKey(product.gtin, product.lot, product.serial))
    return RecordedOut(digital_link=link, outcome="recorded" if is_new else "known")
