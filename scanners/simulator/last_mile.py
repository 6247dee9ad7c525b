"""The last mile (末端): out for delivery, perhaps in vain, perhaps into a locker, signed for or refused."""

from datetime import datetime, timedelta
from random import Random
from typing import Literal

from scanners.simulator.parcels import SimParcel
from scanners.simulator.road import Happening
from scanners.simulator.times import hours
from tracker.wire.details import Consent, DeliveredDetails, Details, Proof, ReasonDetails, StoredDetails
from tracker.wire.steps import Step

SIGNED_BY_AGENT = 0.2  # family, colleagues, the gate
STORED = 0.35  # into a locker or a pick-up station
ATTEMPTED = 0.06  # nobody at home the first time
ROOM_FOR_ATTEMPT = 0.5  # only where it leaves at least this part of the journey for the road
_PLACES = ("locker", "pickup_station")
_CONSENTS = ("call", "app", "standing")
_ATTEMPT_REASONS = ("no_one_home", "no_one_home", "address_unclear", "phone_off")


def build_last_mile(
    parcel: SimParcel, *, start: datetime, end: datetime, refused: bool, random: Random
) -> list[Happening]:
    """From the first `out_for_delivery` to the sign-off (or refusal) at `end`, in order; `start` is the earliest."""
    total = (end - start) / hours(1)
    courier = random.choice(parcel.destination.couriers)
    stored = random.random() < STORED and not refused
    if stored:
        mile = _store(parcel, courier, end, total, random=random)
    else:
        mile = _ring(parcel, courier, end, total, refused=refused, random=random)
    if random.random() < ATTEMPTED:
        attempt = _try_in_vain(parcel, courier, mile[0].time, random)
        if attempt[0].time - start > ROOM_FOR_ATTEMPT * (end - start):
            return [*attempt, *mile]
    return mile


def _ring(
    parcel: SimParcel, courier: str, end: datetime, total: float, *, refused: bool, random: Random
) -> list[Happening]:
    """At the door: signed for or refused."""
    out = end - hours(random.uniform(0.3, min(2.8, 0.2 * total)))
    if refused:
        at_door = _at_door(parcel, Step.REFUSED, end, ReasonDetails(reason="recipient_refused"), courier)
    else:
        signer: Literal["self", "agent"] = "agent" if random.random() < SIGNED_BY_AGENT else "self"
        signed = DeliveredDetails(signer=signer, proof=Proof(kind=random.choice(("code", "signature"))))
        at_door = _at_door(parcel, Step.DELIVERED, end, signed, courier)
    return [_go_out(parcel, out, courier), at_door]


def _store(parcel: SimParcel, courier: str, end: datetime, total: float, *, random: Random) -> list[Happening]:
    """Into a locker or a pick-up station, with the recipient's consent or without asking; fetched at `end`."""
    place = random.choice(_PLACES)
    put_in = end - hours(random.uniform(0.5, min(5, 0.3 * total)))
    out = put_in - hours(random.uniform(0.3, min(2, 0.1 * total)))
    asked = random.random() >= parcel.carrier.quality.consent_skipped
    consent = Consent(kind=random.choice(_CONSENTS), ref=f"C{random.randrange(10**9):09}")
    stored = StoredDetails(place_kind=place, consent=consent if asked else None)
    signed = DeliveredDetails(signer="locker" if place == "locker" else "station", proof=Proof(kind="code"))
    return [
        _go_out(parcel, out, courier),
        _at_door(parcel, Step.STORED, put_in, stored, courier),
        _at_door(parcel, Step.DELIVERED, end, signed, None),
    ]


def _try_in_vain(parcel: SimParcel, courier: str, out_again: datetime, random: Random) -> list[Happening]:
    """The day before: rung, nobody there."""
    back = out_again - timedelta(hours=random.uniform(14, 19))
    reason = ReasonDetails(reason=random.choice(_ATTEMPT_REASONS))
    return [
        _go_out(parcel, back - hours(random.uniform(0.5, 4)), courier),
        _at_door(parcel, Step.ATTEMPTED, back, reason, courier),
    ]


def _go_out(parcel: SimParcel, time: datetime, courier: str) -> Happening:
    return Happening(Step.OUT_FOR_DELIVERY, time, parcel.destination, operator=courier)


def _at_door(parcel: SimParcel, step: Step, time: datetime, details: Details, courier: str | None) -> Happening:
    return Happening(step, time, parcel.destination, details, courier, outside=True)
