"""The demo's voices (演示评价): recipients of simulated parcels review, a regulator inspects, one company objects."""

import zlib
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from credit_scoring.governance.objections.evidence_file import check_evidence
from credit_scoring.governance.objections.objecting import file_objection
from credit_scoring.governance.objections.objection import PointKind
from credit_scoring.governance.objections.objection_store import find_objections, save_file
from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.catalogue import catalogue
from credit_scoring.voices.checklist import Answer, Checked, checklist_of
from credit_scoring.voices.inspecting import record_inspection, record_note
from credit_scoring.voices.origins import hash_origin
from credit_scoring.voices.reviewing import Review, record_review
from credit_scoring.voices.rules import voice_rules
from credit_scoring.voices.voice_store import find_voices, voice_of
from credit_scoring.voices.weighing import find_reweighing, save_reweighing
from scanners.simulator.fleet import CARRIERS, Fleet
from tracker.access.roles import Role
from tracker.chain.parcel import Parcel
from tracker.chain.state import State
from tracker.store.database import reading, transaction
from tracker.store.parcel_store import parcels_of
from tracker.store.tables.parcel import ParcelRow
from tracker.working_days import local_day_of
from web.accounts.keys import AccountKeys
from web.accounts.sealed_files import seal_file

INSPECTOR = "demo"
ONE_IN = 25  # parcels that are reviewed
MOST = 600
RING_OF, RING = "FLYGRAIN", 6  # the company that praises itself from one telephone
PRAISE, BLAME = ("in_time", "polite", "intact", "trace_clear"), ("late", "left_without_asking", "trace_wrong", "rude")
WELL_DONE = {"BLUEBIRD": 0.98, "POSTROAD": 0.93, "EVENWAY": 0.85, "FARREACH": 0.75, "FLYGRAIN": 0.6, "SMALLTOWN": 0.85}
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def demo_voices(engine: Engine, fleet: Fleet, keys: AccountKeys, *, seed: int, now: datetime) -> int:
    """Reviews, inspections, a reply and an objection, by the functions that the pages use; how many voices there are.

    The same seed and parcels say the same; what is there already is not said again.
    """
    with reading(engine) as session:
        if find_voices(session, limit=1):
            return 0
        chosen = list(_reviewed(session, seed))
    with transaction(engine) as session:
        for parcel in sorted(chosen, key=lambda each: (_moment(each, seed), each.waybill_no)):
            _review(session, parcel, keys, seed=seed, now=now)
        _inspect(session, fleet, seed=seed, now=now)
        found = find_voices(session, limit=10_000)
        _reply(session, now=now)
    with reading(engine) as session:
        weighed = find_reweighing(session, voice_rules(), now=now)
    with transaction(engine) as session:
        save_reweighing(session, weighed, voice_rules(), now=now)
        _object(session, chosen, keys, now=now)
    return len(found)


def _reviewed(session: Session, seed: int) -> Iterator[Parcel]:
    """Delivered parcels of the invented companies, one in 25 by the number alone; of one company six in a row more."""
    codes = [carrier.code for carrier in CARRIERS]
    delivered = sa.select(col(ParcelRow.waybill_no), col(ParcelRow.carrier)).where(
        col(ParcelRow.state) == State.DELIVERED, col(ParcelRow.carrier).in_(codes)
    )
    rows = list(session.connection().execute(delivered.order_by(col(ParcelRow.waybill_no))))
    numbers = [number for number, _ in rows if _chance(seed, "review", number) % ONE_IN == 0][:MOST]
    numbers += [number for number, carrier in rows if carrier == RING_OF and number not in set(numbers)][:RING]
    yield from parcels_of(session, numbers).values()


def _review(session: Session, parcel: Parcel, keys: AccountKeys, *, seed: int, now: datetime) -> None:
    number, moment = parcel.waybill_no, _moment(parcel, seed)
    if moment > now:
        return
    random = Random(f"{seed}/voice/{number}")
    in_ring = _chance(seed, "review", number) % ONE_IN != 0
    late = parcel.due_at is not None and parcel.delivered_at is not None and parcel.delivered_at > parcel.due_at
    mean = 3.6 if late else 4.5
    overall = 5 if in_ring else min(5, max(1, round(random.gauss(mean - 0.5 * parcel.damaged, 0.9))))
    words = PRAISE if overall >= 4 else BLAME
    address = "ring" if in_ring else f"home {random.randrange(10_000)}"
    record_review(
        session,
        parcel,
        Review(
            {
                Aspect.OVERALL: overall,
                Aspect.QUALITY: min(5, max(1, overall + random.choice((-1, 0, 0, 1)))),
                Aspect.AFTER_SALES: min(5, max(1, overall + random.choice((-1, 0, 0)))),
            },
            random.sample(words, random.choice((0, 1, 1, 2))),
        ),
        code_hash=sha256(f"{seed}/code/{number}".encode()).digest(),
        origin=hash_origin(keys.voices, address=address, agent="demo"),
        by_staff=False,
        rules=voice_rules(),
        now=moment,
    )


def _inspect(session: Session, fleet: Fleet, *, seed: int, now: datetime) -> None:
    """One inspection of each company and of one of its stations, three days ago."""
    day = local_day_of(now) - timedelta(days=3)
    for carrier in CARRIERS:
        station = fleet.stations_of(carrier.code)[0]
        for subject in Checked:
            random = Random(f"{seed}/inspection/{carrier.code}/{subject}")
            good = WELL_DONE[carrier.code]
            answers = {
                item.code: Answer.NOT_SEEN
                if random.random() < 0.1
                else Answer.YES
                if random.random() < good
                else Answer.NO
                for item in checklist_of(subject, day).items
            }
            record_inspection(
                session,
                inspection=UUID(bytes=sha256(f"{seed}/{carrier.code}/{subject}".encode()).digest()[:16]),
                carrier=carrier.code,
                station=station.code if subject is Checked.STATION else None,
                division=station.division,
                day=day,
                answers=answers,
                author=INSPECTOR,
                rules=voice_rules(),
                now=now,
            )


def _reply(session: Session, *, now: datetime) -> None:
    """The first company answers the worst of its last reviews."""
    said = find_voices(session, carrier=CARRIERS[0].code, rater=Rater.CONSUMER)
    if said:
        worst = voice_of(session, min(said, key=lambda each: (each.overall, -each.voice_no)).voice_no)
        assert worst is not None
        phrase = next(code for code in catalogue().replies if code == "sorry")
        author = CARRIERS[0].code
        record_note(session, worst, phrase, role=Role.CARRIER, author=author, rules=voice_rules(), now=now)


def _object(session: Session, parcels: list[Parcel], keys: AccountKeys, *, now: datetime) -> None:
    """One company objects to a parcel, from Chongqing where there is one: the demo's regulator sits there."""
    own = [each for each in parcels if each.carrier == CARRIERS[0].code and each.accepted_at is not None]
    here = [each for each in own if (each.origin or "").startswith("50")] or own
    if not here or find_objections(session, limit=1):
        return
    parcel, evidence = min(here, key=lambda each: each.waybill_no), check_evidence(PICTURE)
    number = file_objection(
        session,
        carrier=parcel.carrier,
        kind=PointKind.PARCEL,
        key=parcel.waybill_no,
        ground="force_majeure",
        parcels=(),
        evidence=evidence,
        by="carrier",
        now=now,
    )
    save_file(session, number, seal_file(keys, PICTURE, bound_to=f"objection {number}"), now=now)


def _moment(parcel: Parcel, seed: int) -> datetime:
    """A review comes some hours after the delivery."""
    assert parcel.delivered_at is not None
    return parcel.delivered_at + timedelta(minutes=30 + _chance(seed, "moment", parcel.waybill_no) % 1200)


def _chance(seed: int, what: str, number: str) -> int:
    return zlib.crc32(f"{seed}/{what}/{number}".encode())
