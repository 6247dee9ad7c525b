"""Handling (作业): the steps a clerk scans at the counter besides accepting, and what each must say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec import to_builtins
from msgspec.structs import replace

from scanners.personal_numbers import is_mobile_number, is_resident_number
from tracker.wire.details import (
    DETAILS,
    DeliveredDetails,
    Details,
    HandedOverDetails,
    ReturnedDetails,
    ScreenedDetails,
    StoredDetails,
)
from tracker.wire.pickup_code import PICKUP_CODE
from tracker.wire.steps import Step

REASONS: Mapping[Step, tuple[str, ...]] = {
    Step.ATTEMPTED: ("no_one_home", "phone_off", "address_unclear", "rescheduled", "access_denied"),
    Step.REFUSED: ("recipient_refused", "damaged_on_arrival", "not_ordered", "not_as_described"),
    Step.HELD: ("address_unclear", "awaiting_recipient", "customs", "inspection", "weather"),
    Step.DAMAGED: ("crushed", "wet", "torn", "leaking", "contents_missing"),
    Step.LOST: ("not_found", "stolen"),
}
PLACES = ("locker", "pickup_station")
CONSENTS = ("call", "app", "written", "standing")  # how the recipient agreed to a locker or a station
SIGNERS = ("self", "agent", "locker", "station")
PROOFS = ("hand", "signature", PICKUP_CODE)  # handed to somebody, drawn on the screen, told to the clerk
RESULTS = ("passed", "opened", "stopped")  # 过机安检: nothing seen, opened and in order, stopped
BAG_STEPS = (Step.DEPARTED, Step.ARRIVED, Step.HANDED_OVER, Step.HELD, Step.DAMAGED, Step.LOST)  # of a whole bag (总包)
_FREE = frozenset({Step.OUT_FOR_DELIVERY, Step.RETURNING, Step.ARRIVED, Step.DEPARTED})
STEPS = (
    Step.SCREENED, Step.BAGGED, Step.UNBAGGED, Step.DEPARTED, Step.ARRIVED, Step.HANDED_OVER, Step.OUT_FOR_DELIVERY,
    Step.ATTEMPTED, Step.STORED, Step.DELIVERED, Step.REFUSED, Step.RETURNING, Step.RETURNED, Step.HELD, Step.DAMAGED,
    Step.LOST,
)  # fmt: skip


class Missing(ValueError):
    """Something that this step must say was not said; `field` names it, `why` cites what asks for it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Personal(ValueError):
    """A document's or a telephone's number where a code belongs: it would stand in the signed event for ever."""


@dataclass(frozen=True, slots=True)
class Handling:
    """One step with its details, checked."""

    step: Step
    details: Details


def read_handling(step: Step, told: bytes, *, is_bag: bool = False, counterpart: str | None = None) -> Handling:
    """The step's details. Raises Missing, Personal, msgspec.ValidationError for what is none of the step's.

    `counterpart` is whose badge was read; what the page tells in its place does not count.
    """
    if step not in (BAG_STEPS if is_bag else STEPS):
        raise Missing("step")
    details = msgspec.json.decode(told, type=DETAILS[step])
    if isinstance(details, HandedOverDetails):
        details = replace(details, counterpart=counterpart)
    if any(is_resident_number(code) for code in _codes_in(to_builtins(details))) or _consents_by_number(details):
        raise Personal
    missing = _find_missing(step, details)
    if missing is not None:
        raise Missing(missing)
    return Handling(step, details)


def _codes_in(told: object) -> Iterator[str]:
    """Every text in the details."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for each in told.values():
            yield from _codes_in(each)


def _consents_by_number(details: Details) -> bool:
    """Whether a consent is referred to by a telephone: whom one called is the first thing that one would type."""
    consent = details.consent if isinstance(details, StoredDetails) else None
    return consent is not None and is_mobile_number(consent.ref or "")


def _find_missing(step: Step, details: Details) -> str | None:
    """The first thing that is not said; a reason, a place and a way of consent are ones of the closed lists."""
    match details:
        case ScreenedDetails():
            wanted = {"lane": details.lane, "result": details.result in RESULTS}
        case StoredDetails():
            consent = details.consent.kind if details.consent else None
            wanted = {"place_kind": details.place_kind in PLACES, "consent": consent in CONSENTS}
        case DeliveredDetails():
            is_known = details.proof is None or details.proof.kind in PROOFS
            wanted = {"signer": details.signer in SIGNERS, "proof": is_known}
        case ReturnedDetails():
            wanted = {"signer": details.signer in SIGNERS}
        case HandedOverDetails():
            wanted = {"counterpart": details.counterpart, "to": details.to_station or details.to_carrier}
        case _ if step in REASONS:
            wanted = {"reason": getattr(details, "reason", None) in REASONS[step]}
        case _ if step in _FREE:
            wanted = {}
        case _:
            wanted = {"bag_no": getattr(details, "bag_no", None)}
    return next((field for field, said in wanted.items() if not said), None)
