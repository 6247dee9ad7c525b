"""Scanning (扫描上报): a journey as the stations report it, with what they miss, read twice, repeat and correct."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from scanners.simulator.devices import Devices
from scanners.simulator.fleet import SimStation
from scanners.simulator.journey import Journey
from scanners.simulator.quality import Quality
from scanners.simulator.road import Happening
from scanners.simulator.times import LOCAL_OFFSET, hours
from tracker.wire.details import AcceptedDetails, DeliveredDetails
from tracker.wire.event import Correction, Position, ScanEvent, encode_details
from tracker.wire.event_ids import build_event_id
from tracker.wire.sealing import PersonalContent
from tracker.wire.steps import Step
from tracker.wire.topics import Post

REPEATED = 0.003  # scans that arrive a second time, byte for byte
WRONG_WEIGHT = 0.003  # parcels whose weight is typed wrong and corrected
WRONG_SIGN_OFF = 0.003  # parcels signed for by a slip of the finger, and corrected
SIGHT = 0.01  # degrees around a station in which its couriers ring
_NEVER_MISSED = frozenset({Step.ANNOUNCED, Step.HELD, Step.DAMAGED, Step.LOST, Step.DESTROYED})
_SELDOM_MISSED = frozenset({Step.ACCEPTED, Step.DELIVERED, Step.REFUSED, Step.RETURNED})
_SELDOM = 0.1


@dataclass(frozen=True, slots=True)
class SimScan:
    """A scan on its way: who reports it, what it says, and when it leaves the station.

    `shown` is the document that an acceptance commits to: its record is sealed for the vault that is there then.
    """

    post: Post
    scan: ScanEvent
    upload_time: datetime
    shown: PersonalContent | None = None


def scan_journey(journey: Journey, devices: Devices, random: Random) -> list[SimScan]:
    """All uploads that a journey ever causes, in no particular order."""
    scanner = _Scanner(journey, devices, random)
    return [upload for happening in _with_slips(journey, random) for upload in scanner.report(happening)]


@dataclass(frozen=True, slots=True)
class _Slip:
    """A wrong scan of a happening, and the correction some minutes later."""

    wrong: Happening
    right: Happening
    reason: Literal["did_not_occur", "incorrect_data"]


def _with_slips(journey: Journey, random: Random) -> Iterator[Happening | _Slip]:
    """The happenings, some of them scanned wrong at first, and now and then a sign-off that was none."""
    wrong_weight, wrong_sign_off = random.random() < WRONG_WEIGHT, random.random() < WRONG_SIGN_OFF
    later = timedelta(minutes=random.uniform(3, 25))
    for happening in journey.happenings:
        if wrong_weight and isinstance(happening.details, AcceptedDetails):
            heavy = msgspec.structs.replace(happening.details, weight_g=10 * (happening.details.weight_g or 0))
            yield _Slip(_changed(happening, details=heavy), _changed(happening, time=later), "incorrect_data")
        else:
            yield happening
        if wrong_sign_off and happening.step is Step.OUT_FOR_DELIVERY:
            wrong_sign_off = False
            signed = DeliveredDetails(signer="self")
            wrong = _changed(happening, step=Step.DELIVERED, details=signed, time=timedelta(minutes=2))
            yield _Slip(wrong, _changed(wrong, time=later), "did_not_occur")


def _changed(
    happening: Happening,
    *,
    time: timedelta = timedelta(),
    step: Step | None = None,
    details: AcceptedDetails | DeliveredDetails | None = None,
) -> Happening:
    return Happening(
        step=step or happening.step,
        time=happening.time + time,
        station=happening.station,
        details=details or happening.details,
        operator=happening.operator,
        outside=happening.outside,
    )


@dataclass(frozen=True, slots=True)
class _Scanner:
    """Reports one parcel's happenings."""

    journey: Journey
    devices: Devices
    random: Random

    @property
    def quality(self) -> Quality:
        return self.journey.parcel.carrier.quality

    def report(self, happening: Happening | _Slip) -> Iterator[SimScan]:
        if isinstance(happening, _Slip):
            wrong = self._scan(happening.wrong)
            yield wrong
            yield self._scan(happening.right, corrects=Correction(wrong.scan.event_id, happening.reason))
            return
        if self._is_missed(happening):
            return
        scan = self._scan(happening)
        yield scan
        if self.random.random() < self.quality.double_read:
            again = timedelta(seconds=self.random.uniform(1.5, 8))
            yield self._scan(_changed(happening, time=again))
        if self.random.random() < REPEATED:
            later = scan.upload_time + hours(self.random.uniform(0.02, 6))
            yield replace(scan, upload_time=_whole_milliseconds(later))

    def _is_missed(self, happening: Happening) -> bool:
        share = self.quality.scan_missed
        if happening.step in _NEVER_MISSED:
            share = 0.0
        elif happening.step in _SELDOM_MISSED:
            share *= _SELDOM
        return self.random.random() < share

    def _scan(self, happening: Happening, *, corrects: Correction | None = None) -> SimScan:
        station = happening.station
        shown = _whole_milliseconds(self.devices.clock_of(station, self.quality, happening.time))
        online = self.devices.online_from(station, self.quality, happening.time)
        scan = ScanEvent(
            event_id=build_event_id(shown, self.random.randbytes(10)),
            seq=0,
            step=happening.step,
            event_time=shown,
            waybill_no=self.journey.parcel.waybill_no,
            operator=happening.operator or self.random.choice(station.couriers),
            position=_draw_position(station, self.random) if happening.outside else None,
            details=encode_details(happening.details),
            corrects=corrects,
        )
        upload_time = _whole_milliseconds(online + timedelta(seconds=self.random.uniform(1, 40)))
        document = self.journey.parcel.shown if happening.step is Step.ACCEPTED else None
        return SimScan(station.post, scan, upload_time, document)


def _draw_position(station: SimStation, random: Random) -> Position:
    lng, lat = (degrees + random.uniform(-SIGHT, SIGHT) for degrees in (station.lng, station.lat))
    return Position(lng=round(lng, 5), lat=round(lat, 5))


def _whole_milliseconds(moment: datetime) -> datetime:
    local = moment.astimezone(LOCAL_OFFSET)
    return local.replace(microsecond=local.microsecond // 1000 * 1000)
