"""What stands on a label (面单内容): an order as it comes in, and the label with nothing but masked persons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from scanners.label.errors import OrderUnreadable
from tracker.wire.details import Code, Count, Division, WaybillNo
from tracker.wire.divisions import division_of, lineage_of
from tracker.wire.masking import mask_address, mask_name, mask_phone

Words = Annotated[str, Meta(min_length=1, max_length=200)]


class Party(Struct, frozen=True, forbid_unknown_fields=True):
    """Sender or recipient, as the order tells them or masked already; never printed like this."""

    name: Words
    phone: Words
    address: Words

    def __repr__(self) -> str:
        return "Party()"


class LabelOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """One label that is asked for. `destination` is where the parcel goes, `station` who delivers it there."""

    waybill_no: WaybillNo
    carrier: Annotated[str, Meta(min_length=1, max_length=40)]
    sender: Party
    recipient: Party
    destination: Division | None = None
    station: Code | None = None
    weight_g: Count | None = None
    inspected: bool = False

    def __repr__(self) -> str:
        return "LabelOrder()"


@dataclass(frozen=True, slots=True)
class MaskedParty:
    """Sender or recipient as GB/T 41833-2022 lets them be shown."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Label:
    """Everything that is printed. `route` are the routing words (三段码), `towards` the places they mean.

    `address` is what the QR code holds; `printed_at` is aware, in the clock of the place.
    """

    waybill_no: str
    carrier: str
    route: str | None
    towards: tuple[str, ...]
    recipient: MaskedParty
    sender: MaskedParty
    weight_g: int | None
    inspected: bool
    printed_at: datetime
    address: str


def parse_orders(octets: bytes) -> list[LabelOrder]:
    """The orders in a JSON object or array. Raises OrderUnreadable."""
    try:
        found = msgspec.json.decode(octets, type=LabelOrder | list[LabelOrder])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise OrderUnreadable(f"面单内容读不了 · this is no order of labels: {_safe(error)}") from error
    orders = found if isinstance(found, list) else [found]
    return [msgspec.structs.replace(order, waybill_no=order.waybill_no.upper()) for order in orders]  # as scanned


def build_label(order: LabelOrder, *, printed_at: datetime, address: str) -> Label:
    """The label of an order."""
    route, towards = _route(order.destination, order.station)
    return Label(
        waybill_no=order.waybill_no,
        carrier=order.carrier,
        route=route,
        towards=towards,
        recipient=_mask(order.recipient),
        sender=_mask(order.sender),
        weight_g=order.weight_g,
        inspected=order.inspected,
        printed_at=printed_at,
        address=address,
    )


def _route(destination: str | None, station: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Province and city, county, delivering station: 3301-06-HZ07; and the city's and county's names."""
    if destination is None:
        return station, ()
    code = "-".join(part for part in (destination[:4], destination[4:], station) if part)
    known = division_of(destination)
    if known is None:
        return code, ()
    county = (known.name,) if known.level == "county" and known.name != known.city_name else ()
    province = lineage_of(known)[0].name
    return code, (known.city_name or province, *county)


def _mask(party: Party) -> MaskedParty:
    return MaskedParty(mask_name(party.name), mask_phone(party.phone), mask_address(party.address))


def _safe(error: Exception) -> str:
    """What does not fit and where: msgspec tells types and places, a value only where it names an unknown field."""
    if not isinstance(error, msgspec.ValidationError):
        return "不是 JSON · not JSON"
    return "面单没有这个字段 · a field that no label has" if "unknown field" in str(error) else str(error)
