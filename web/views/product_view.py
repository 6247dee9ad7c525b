"""The product page (商品溯源): production, inspection, journey and sign-off as one story, what is missing named."""

from dataclasses import dataclass
from datetime import date, datetime

from tracker.chain.state import State
from tracker.chain.trace import Trace
from tracker.provenance.digital_link import ProductKey
from tracker.provenance.product_story import Stage, StageKind, build_product_story
from tracker.provenance.products import Product
from web.views.names import Directory, Name, carrier_name, chinese, city_of
from web.views.parts import Waybill, write_waybill
from web.views.promise import write_duration
from web.views.times import full_moment, long_moment, write_day
from web.words import Words


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage: what is known, who answers for it, what is not known."""

    title: str
    is_missing: bool
    said: tuple[Name, ...]
    responsible: tuple[Name, ...]
    lacks: tuple[str, ...]
    waybill: Waybill | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class LabelledCode:
    """A part of the product's key."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ProductView:
    """Everything the template places."""

    name: Name
    about: tuple[Name, ...]
    alarm: str | None
    codes: tuple[LabelledCode, ...]
    stages: tuple[StageView, ...]
    parcels: str | None
    page_url: str
    qr_svg: str
    qr_png: str
    as_of: str


def build_product_view(
    words: Words,
    key: ProductKey,
    product: Product | None,
    traces: tuple[Trace, ...],
    *,
    known: Directory,
    now: datetime,
    page_url: str,
    path: str,
    parcels: int,
) -> ProductView:
    """The page of one item, lot or kind of product.

    `traces` are the parcels it was packed into, the latest first, told only for a single item: a lot's parcels are
    other people's. `parcels` is how many there are, `path` the key's address on this site.
    """
    story = build_product_story(product, traces[0] if traces else None)
    stages = [_stage(words, stage, traces[0] if traces else None, known, now) for stage in story.stages]
    if not key.serial:
        stages = stages[:2]
    return ProductView(
        name=chinese(words, product.name) if product else Name(words("product.unnamed")),
        about=_about(words, product, key),
        alarm=_alarm(words, product, key, traces),
        codes=_codes(words, key),
        stages=tuple(stages),
        parcels=None if key.serial else _parcels(words, parcels),
        page_url=page_url,
        qr_svg=f"/qr/svg{path}",
        qr_png=f"/qr/png{path}",
        as_of=words("product.as_of", moment=full_moment(now).text),
    )


def _about(words: Words, product: Product | None, key: ProductKey) -> tuple[Name, ...]:
    about = [chinese(words, text) for text in (product.production_place, product.maker)] if product else []
    return (*about, *((Name(words("product.lot", lot=key.lot)),) if key.lot else ()))


def _alarm(words: Words, product: Product | None, key: ProductKey, traces: tuple[Trace, ...]) -> str | None:
    """What a buyer should know before anything else."""
    if key.serial and len(traces) > 1:
        return words.count("product.packed_often", len(traces))
    if product is None:
        return words("product.unrecorded")
    if key.serial and product.serial != key.serial:
        return words("product.not_this_item")
    if key.lot and product.lot != key.lot:
        return words("product.not_this_lot")
    return None


def _codes(words: Words, key: ProductKey) -> tuple[LabelledCode, ...]:
    parts = {"gtin": key.gtin, "lot_label": key.lot, "serial": key.serial}
    return tuple(LabelledCode(words(f"product.{name}"), text) for name, text in parts.items() if text)


def _parcels(words: Words, parcels: int) -> str:
    return words.count("product.parcels", parcels) if parcels else words("product.no_parcels")


def _stage(words: Words, stage: Stage, trace: Trace | None, known: Directory, now: datetime) -> StageView:
    said = {
        StageKind.PRODUCTION: _production,
        StageKind.INSPECTION: _inspection,
        StageKind.JOURNEY: _journey,
        StageKind.SIGN_OFF: _sign_off,
    }[stage.kind](words, stage, trace, known, now)
    waybill = _fact(stage, "waybill_no")
    return StageView(
        title=words(f"product.stage.{stage.kind}"),
        is_missing=stage.missing,
        said=tuple(said) or (Name(words("product.no_record")),),
        responsible=_responsible(words, stage, known),
        lacks=_lacks(words, stage) if said else (),
        waybill=write_waybill(str(waybill)) if waybill else None,
        href=f"/t/{waybill}" if waybill else None,
    )


def _lacks(words: Words, stage: Stage) -> tuple[str, ...]:
    """What was not told, in one line, and each gap of the journey."""
    named = {code: words.find(f"product.lacks.{code}") for code in stage.lacks}
    parts = words("product.comma").join(name for name in named.values() if name)
    gaps = tuple(words(f"finding.{code}") for code, name in named.items() if name is None)
    return (*((words("product.missing_part", parts=parts),) if parts else ()), *gaps)


def _fact(stage: Stage, code: str) -> str | int | date | datetime | None:
    return next((fact.value for fact in stage.facts if fact.code == code), None)


def _production(words: Words, stage: Stage, _trace: Trace | None, _known: Directory, _now: datetime) -> list[Name]:
    place, day = _fact(stage, "production_place"), _fact(stage, "produced_on")
    said = [chinese(words, str(place))] if place else []
    return [*said, Name(words("product.produced_on", day=write_day(words, day)))] if isinstance(day, date) else said


def _inspection(words: Words, stage: Stage, _trace: Trace | None, _known: Directory, _now: datetime) -> list[Name]:
    result, report = _fact(stage, "inspection_result"), _fact(stage, "inspection_report")
    said = [_result(words, str(result))] if result else []
    return [*said, Name(words("product.report", number=report))] if report else said


def _result(words: Words, result: str) -> Name:
    """The result in words where the maker gave a code we know, else as the maker wrote it."""
    known = words.find(f"product.result.{result}")
    return Name(known) if known else chinese(words, result)


def _journey(words: Words, stage: Stage, trace: Trace | None, known: Directory, now: datetime) -> list[Name]:
    if trace is None or stage.missing:
        return []
    parcel = trace.parcel
    cities = [city for city in (city_of(parcel.origin), city_of(parcel.destination)) if city]
    said = [chinese(words, " → ".join(cities))] if cities else []
    return [*said, *map(Name, write_duration(words, parcel, now))]


def _sign_off(words: Words, stage: Stage, trace: Trace | None, _known: Directory, now: datetime) -> list[Name]:
    if trace is None:
        return []
    delivered_at, state = _fact(stage, "delivered_at"), trace.parcel.state
    if isinstance(delivered_at, datetime):
        return [Name(words("product.signed", moment=long_moment(words, delivered_at, now=now).text))]
    return [Name(words("product.not_signed", state=words(f"state.{state or State.ANNOUNCED}")))]


def _responsible(words: Words, stage: Stage, known: Directory) -> tuple[Name, ...]:
    if stage.responsible is None:
        return ()
    name, uscc = stage.responsible.name, stage.responsible.uscc
    if stage.kind in (StageKind.PRODUCTION, StageKind.INSPECTION):
        return (chinese(words, name), *((Name(uscc),) if uscc else ()))
    return (carrier_name(words, name, known.carriers.get(name)),)
