"""The details of each step (环节要素): closed models of codes and numbers, no free text."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from tracker.wire.steps import Step
from tracker.wire.topics import CODE_PATTERN

LOCAL = ZoneInfo("Asia/Shanghai")

PROMISE_YEARS = (1970, 2999)

Code = Annotated[str, Meta(pattern=CODE_PATTERN, description="1 to 64 letters, digits, - and _")]
WaybillNo = Annotated[str, Meta(pattern=CODE_PATTERN, description="waybill number (运单号)")]
BagNo = Annotated[str, Meta(pattern=CODE_PATTERN, description="bag number (包牌号)")]
Division = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="GB/T 2260 division code, 6 digits")]
Commitment = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{16,128}$(?!\n)", description="base64url, opens nothing by itself")
]
Gs1Value = Annotated[
    str, Meta(pattern=r"^[!\"%-?A-Z_a-z]{1,20}$(?!\n)", description="GS1 AI 10 or 21, up to 20 characters")
]
Promise = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]{5,15}([Zz]|[+-][0-9]{2}:[0-9]{2}))?$(?!\n)",
        description="RFC 3339 with offset, or a bare date: the end of that local day",
    ),
]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Closed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Nothing but the fields named here."""


class Identity(Closed, frozen=True):
    """What was done about the sender's identity (实名查验): a mark and a commitment, never a document number."""

    kind: Code | None = None
    checked: bool | None = None
    exemption: Literal["LETTER", "AGREEMENT_CUSTOMER", "SELF_SERVICE_PREVERIFIED"] | None = None
    agreement_no: Code | None = None
    commitment: Commitment | None = None


class Inspection(Closed, frozen=True):
    """收寄验视."""

    result: Code | None = None
    category: Code | None = None
    quantity: Count | None = None


class Goods(Closed, frozen=True):
    """One packed item: GTIN of 8, 12, 13 or 14 digits, GS1 lot and serial."""

    gtin: Annotated[str, Meta(pattern=r"^([0-9]{8}|[0-9]{12,14})$(?!\n)")]
    lot: Gs1Value | None = None
    serial: Gs1Value | None = None


class Consent(Closed, frozen=True):
    """The recipient's consent to a locker or a pick-up station (Order 22/2023 Art. 28)."""

    kind: Code | None = None
    ref: Code | None = None


class Proof(Closed, frozen=True):
    """How a sign-off was shown."""

    kind: Code | None = None
    commitment: Commitment | None = None


class Details(Closed, frozen=True):
    """What every step's details are made from: a promise of delivery, which any step may carry."""

    promised_at: Promise | None = None


class AnnouncedDetails(Details, frozen=True):
    """下单. `promised_at` is the promise to pick up by; elsewhere it is the promise to deliver by."""

    order_ref: Code | None = None
    platform: Code | None = None


class AcceptedDetails(Details, frozen=True):
    """收寄."""

    identity: Identity | None = None
    inspection: Inspection | None = None
    weight_g: Count | None = None
    goods: Annotated[list[Goods], Meta(max_length=200)] | None = None
    origin: Division | None = None
    destination: Division | None = None


class ScreenedDetails(Details, frozen=True):
    """安检."""

    lane: Code | None = None
    result: Code | None = None


class BagDetails(Details, frozen=True):
    """集包, 拆包."""

    bag_no: BagNo | None = None


class DepartedDetails(Details, frozen=True):
    """发件."""

    next_station: Code | None = None
    vehicle: Code | None = None


class ArrivedDetails(Details, frozen=True):
    """到件."""

    from_station: Code | None = None


class HandedOverDetails(Details, frozen=True):
    """交接."""

    to_carrier: Code | None = None
    to_station: Code | None = None
    counterpart: Code | None = None


class ReasonDetails(Details, frozen=True):
    """派送未成, 拒收, 滞留, 损毁, 丢失: a reason code."""

    reason: Code | None = None


class StoredDetails(Details, frozen=True):
    """入柜入站."""

    place_kind: Code | None = None
    consent: Consent | None = None


class DeliveredDetails(Details, frozen=True):
    """签收."""

    signer: Literal["self", "agent", "locker", "station"] | None = None
    proof: Proof | None = None


class ReturnedDetails(Details, frozen=True):
    """已退回."""

    signer: Literal["self", "agent", "locker", "station"] | None = None


DETAILS: dict[Step, type[Details]] = {
    Step.ANNOUNCED: AnnouncedDetails,
    Step.ACCEPTED: AcceptedDetails,
    Step.SCREENED: ScreenedDetails,
    Step.BAGGED: BagDetails,
    Step.UNBAGGED: BagDetails,
    Step.DEPARTED: DepartedDetails,
    Step.ARRIVED: ArrivedDetails,
    Step.HANDED_OVER: HandedOverDetails,
    Step.OUT_FOR_DELIVERY: Details,
    Step.ATTEMPTED: ReasonDetails,
    Step.STORED: StoredDetails,
    Step.DELIVERED: DeliveredDetails,
    Step.REFUSED: ReasonDetails,
    Step.RETURNING: Details,
    Step.RETURNED: ReturnedDetails,
    Step.HELD: ReasonDetails,
    Step.DAMAGED: ReasonDetails,
    Step.LOST: ReasonDetails,
    Step.DESTROYED: Details,
}


def parse_promise(text: str) -> datetime:
    """The moment after which a promise is broken; a bare date is the end of that day in Asia/Shanghai.

    Raises ValueError for a time without offset, a day that does not exist, or a year outside 1970 to 2999.
    """
    if len(text) == len("2026-01-01"):
        day = date.fromisoformat(text)
        moment = datetime.combine(day, time(), LOCAL) + timedelta(days=1) if day.year < PROMISE_YEARS[1] else None
    else:
        moment = datetime.fromisoformat(text.upper())
    if moment is None or not PROMISE_YEARS[0] <= moment.year <= PROMISE_YEARS[1]:
        raise ValueError("a promise for a year that cannot be meant")
    if moment.tzinfo is None:
        raise ValueError("a time without offset")
    return moment
