"""What is sent in a round (负载): signed batches of realistic scans from many devices."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tracker.wire.details import (
    AcceptedDetails,
    ArrivedDetails,
    DeliveredDetails,
    DepartedDetails,
    Details,
    Identity,
    Inspection,
)
from tracker.wire.event import ScanEvent, encode_details, encode_event
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import encode_batch
from tracker.wire.signature import SigningKey
from tracker.wire.steps import Step
from tracker.wire.topics import Channel, Post

JOURNEY: tuple[tuple[Step, Details], ...] = (
    (
        Step.ACCEPTED,
        AcceptedDetails(
            identity=Identity(exemption="LETTER"),  # claims no check, for no sealed record goes with it
            inspection=Inspection(result="PASSED", category="LETTER", quantity=1),
            weight_g=820,
            origin="330106",
            destination="500112",
        ),
    ),
    (Step.DEPARTED, DepartedDetails(next_station="hub1")),
    (Step.ARRIVED, ArrivedDetails(from_station="s1")),
    (Step.OUT_FOR_DELIVERY, Details()),
    (Step.DELIVERED, DeliveredDetails(signer="self")),
)


DEVICES = 40
COHORT = 400  # parcels that are under way at the same time: every scan of a commit is another parcel's


@dataclass(frozen=True, slots=True)
class Load:
    """A file of messages and the devices that signed them; a round sends as many as it needs, from the front."""

    file: Path
    devices: list[tuple[Post, SigningKey]]
    events: int


def write_load(folder: Path, *, events: int, events_per_message: int, now: datetime) -> Load:
    """Sign `events` scans of new devices into a file."""
    devices = [(Post("BENCH", f"s{number}", "counter1"), SigningKey.generate()) for number in range(DEVICES)]
    load = Load(folder / f"load-{events_per_message}", devices, events)
    write_messages(load.file, build_messages(devices, events=events, events_per_message=events_per_message, now=now))
    return load


def build_messages(
    devices: Sequence[tuple[Post, SigningKey]], *, events: int, events_per_message: int, now: datetime
) -> Iterator[tuple[str, bytes]]:
    """(topic, payload) of `events` scans: parcels of five scans each, the devices taking turns; whole messages only."""
    seqs = dict.fromkeys((post for post, _ in devices), 0)
    scans = _scans(events, now)
    for number in range(events // events_per_message):
        post, key = devices[number % len(devices)]
        bodies = []
        for _ in range(events_per_message):
            seqs[post] += 1
            bodies.append(encode_event(next(scans)(seqs[post])))
        batch_id = build_event_id(now, random.randbytes(10))
        yield post.topic(Channel.SCANS), encode_batch(bodies, post=post, key=key, batch_id=batch_id, sent_at=now)


def write_messages(path: Path, messages: Iterator[tuple[str, bytes]]) -> int:
    """The file that the publishing process reads; how many messages."""
    count = 0
    with path.open("wb") as file:
        for topic, payload in messages:
            name = topic.encode()
            file.write(len(name).to_bytes(4, "big") + len(payload).to_bytes(4, "big") + name + payload)
            count += 1
    return count


class _Scan:
    """A scan that waits for its device's `seq`."""

    def __init__(self, waybill_no: str, step: Step, details: Details, event_time: datetime, event_id: UUID) -> None:
        self._facts = (waybill_no, step, details, event_time, event_id)

    def __call__(self, seq: int) -> ScanEvent:
        waybill_no, step, details, event_time, event_id = self._facts
        return ScanEvent(
            event_id=event_id,
            seq=seq,
            step=step,
            event_time=event_time,
            waybill_no=waybill_no,
            operator="c1017",
            details=encode_details(details),
        )


def _scans(events: int, now: datetime) -> Iterator[_Scan]:
    """Parcels interleaved, as a hub sees them: in each cohort every parcel's first scan, then every second, …"""
    run = random.randrange(10**6)
    for cohort in range(-(-events // (COHORT * len(JOURNEY)))):
        for leg, (step, details) in enumerate(JOURNEY):
            for parcel in range(cohort * COHORT, (cohort + 1) * COHORT):
                moment = (now - timedelta(hours=30 - 6 * leg) + timedelta(milliseconds=parcel)).astimezone(UTC)
                event_id = build_event_id(moment, random.randbytes(10))
                yield _Scan(f"BN{run:06}{parcel:08}", step, details, moment, event_id)
