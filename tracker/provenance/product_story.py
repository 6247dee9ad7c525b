"""A product's story (商品全程): production, inspection, journey and sign-off as one, what is missing named.

Facts carry codes and values, never words: the page says them in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tracker.chain.findings import GAPS
from tracker.chain.parcel import Parcel
from tracker.chain.state import FINAL, State
from tracker.chain.trace import Trace
from tracker.provenance.products import Product

Value = str | int | date | datetime


class StageKind(StrEnum):
    """The four stages, in the order of a product's life."""

    PRODUCTION = "production"  # 生产
    INSPECTION = "inspection"  # 检验
    JOURNEY = "journey"  # 寄递
    SIGN_OFF = "sign_off"  # 签收


class Role(StrEnum):
    """Who answers for a stage (责任主体)."""

    MAKER = "maker"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True)
class Responsible:
    """The party that answers for a stage: a maker by its name and USCC, a carrier by its code."""

    role: Role
    name: str
    uscc: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known: a stable code and its value; times are aware, `state` is a tracker.chain.parcel.State."""

    code: str
    value: Value


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what is known, who answers for it, and codes of what is not known.

    `lacks` holds codes of facts that were not told, and of findings that name a gap in the journey.
    """

    kind: StageKind
    facts: tuple[Fact, ...]
    responsible: Responsible | None
    lacks: tuple[str, ...]
    missing: bool  # the stage as a whole is not shown to have happened


@dataclass(frozen=True, slots=True)
class ProductStory:
    """The stages in order; `complete` when no stage is missing and none lacks anything."""

    stages: tuple[Stage, ...]

    @property
    def complete(self) -> bool:
        return not any(stage.missing or stage.lacks for stage in self.stages)

    def stage(self, kind: StageKind) -> Stage:
        return next(stage for stage in self.stages if stage.kind is kind)


def build_product_story(product: Product | None, trace: Trace | None) -> ProductStory:
    """The story of a product and of the parcel it travelled in, as far as either is known."""
    parcel = trace.parcel if trace is not None else None
    return ProductStory((_production(product), _inspection(product), _journey(parcel), _sign_off(parcel)))


def _production(product: Product | None) -> Stage:
    facts = {
        "name": product.name if product else None,
        "produced_on": product.produced_on if product else None,
        "production_place": product.production_place if product else None,
    }
    return _stage(StageKind.PRODUCTION, facts, _maker(product), missing=product is None)


def _inspection(product: Product | None) -> Stage:
    result = product.inspection_result if product else None
    report = product.inspection_report if product else None
    facts = {"inspection_result": result or None, "inspection_report": report}
    return _stage(StageKind.INSPECTION, facts, _maker(product), missing=not result)


def _journey(parcel: Parcel | None) -> Stage:
    if parcel is None:
        return _stage(StageKind.JOURNEY, {"waybill_no": None, "accepted_at": None}, None, missing=True)
    facts = {
        "waybill_no": parcel.waybill_no,
        "state": parcel.state,
        "accepted_at": parcel.accepted_at,
        "first_station": parcel.first_station,
        "last_station": parcel.last_station,
        "last_time": parcel.last_time,
        "scans": parcel.scans,
    }
    gaps = tuple(sorted(code for code in parcel.findings if code in GAPS))
    begun = parcel.accepted_at is not None or parcel.on_the_way
    return _stage(StageKind.JOURNEY, facts, _carrier(parcel), missing=not begun, gaps=gaps)


def _sign_off(parcel: Parcel | None) -> Stage:
    """Shown only by a sign-off; a parcel that ended otherwise says how and when, and the stage stays missing."""
    facts: dict[str, Value | None] = {"delivered_at": parcel.delivered_at if parcel else None}
    if parcel is not None and parcel.state in FINAL and parcel.state is not State.DELIVERED:
        facts |= {"state": parcel.state, "ended_at": parcel.final_at}
    carrier = _carrier(parcel) if parcel is not None else None
    return _stage(StageKind.SIGN_OFF, facts, carrier, missing=parcel is None or parcel.state is not State.DELIVERED)


def _stage(
    kind: StageKind,
    facts: Mapping[str, Value | None],
    responsible: Responsible | None,
    *,
    missing: bool,
    gaps: tuple[str, ...] = (),
) -> Stage:
    known = tuple(Fact(code, value) for code, value in facts.items() if value is not None)
    lacks = tuple(code for code, value in facts.items() if value is None)
    return Stage(kind, known, responsible, (*lacks, *gaps), missing)


def _maker(product: Product | None) -> Responsible | None:
    return Responsible(Role.MAKER, product.maker, product.maker_uscc) if product else None


def _carrier(parcel: Parcel) -> Responsible:
    return Responsible(Role.CARRIER, parcel.carrier)
