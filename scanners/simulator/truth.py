"""The truth (真值): what physically happened to each simulated parcel, for judging judges. Never for scoring.

It is written outside the data directory only, and no package that scores may import this one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from scanners.simulator.fleet import Fleet
from scanners.simulator.journey import Journey
from scanners.simulator.simulate import journeys
from tracker.wire.details import AcceptedDetails
from tracker.wire.steps import Step


@dataclass(frozen=True, slots=True)
class ParcelTruth:
    """One parcel as it truly stood at `now`; times that had not come are None."""

    waybill_no: str
    carrier: str
    origin: str
    destination: str
    ordered_at: datetime
    accepted_at: datetime | None
    delivered_at: datetime | None
    returned_at: datetime | None
    destroyed_at: datetime | None
    damaged_at: datetime | None
    lost_at: datetime | None
    sender_identified: bool
    contents_inspected: bool
    screened: bool
    appealed: bool
    appeal_upheld: bool
    quality: dict[str, float]


class TruthInsideDataDir(ValueError):
    """The truth must not lie where those who score could find it."""


def truth(fleet: Fleet, *, seed: int, parcels: int, now: datetime) -> Iterator[ParcelTruth]:
    """The truth about every parcel of the simulation with the same arguments, in order of the orders."""
    for journey in journeys(fleet, seed=seed, parcels=parcels, now=now):
        yield build_truth(journey, now=now)


def build_truth(journey: Journey, *, now: datetime) -> ParcelTruth:
    """What had happened to one parcel by `now`."""

    def by_now(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and moment <= now else None

    parcel = journey.parcel
    accepted: AcceptedDetails = parcel.accepted
    return ParcelTruth(
        waybill_no=parcel.waybill_no,
        carrier=parcel.carrier.code,
        origin=parcel.origin.division,
        destination=parcel.destination.division,
        ordered_at=parcel.ordered_at,
        accepted_at=by_now(parcel.accepted_at),
        delivered_at=by_now(journey.time_of(Step.DELIVERED)),
        returned_at=by_now(journey.time_of(Step.RETURNED)),
        destroyed_at=by_now(journey.time_of(Step.DESTROYED)),
        damaged_at=by_now(journey.time_of(Step.DAMAGED)),
        lost_at=by_now(journey.lost_at),
        sender_identified=accepted.identity is not None,
        contents_inspected=accepted.inspection is not None,
        screened=by_now(journey.time_of(Step.SCREENED)) is not None,
        appealed=journey.appealed,
        appeal_upheld=journey.appeal_upheld,
        quality=asdict(parcel.carrier.quality),
    )


def write_truth(path: Path, truths: Iterable[ParcelTruth], *, data_dir: Path) -> int:
    """Write JSON lines; how many. Raises TruthInsideDataDir, also for a path that leads there by a link."""
    target = path.resolve()
    if target.is_relative_to(data_dir.resolve()):
        raise TruthInsideDataDir(f"{path} lies in the data directory {data_dir}; choose a place outside of it")
    encoder, written = msgspec.json.Encoder(), 0
    with target.open("wb") as file:
        for one in truths:
            file.write(encoder.encode(one) + b"\n")
            written += 1
    return written
