"""The demo's archives (演示档案): invented enterprises with codes that no real one has, and their records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col
from stdnum.cn import uscc as uscc_rules

from credit_scoring.archive.archive_store import append_record, archive_of
from credit_scoring.archive.clocks import Month
from credit_scoring.archive.commitments import Template, load_templates, prove_commitment
from credit_scoring.archive.holder import enterprise, parse_holder
from credit_scoring.archive.kinds import BROKEN, KEPT, PARTS, RecordKind
from credit_scoring.archive.parse import parse_record
from credit_scoring.archive.record import Source
from credit_scoring.archive.volume_store import NewVolume, append_volume, volumes_of
from credit_scoring.evidence.window import Window
from scanners.simulator.fleet import CARRIERS, Fleet, SimCarrier, SimStation
from tracker.store.database import transaction
from tracker.store.registry import Carrier, save_carrier
from tracker.store.tables.parcel import ParcelRow
from tracker.working_days import local_day_of

ENTERED_BY = "demo"
ONE_DAY = timedelta(days=1)
FRANCHISEE = "青鸟速运渝北加盟有限公司"


def uscc_of(code: str) -> str:
    """An invented carrier's USCC: its check character is right, its division (990000) does not exist."""
    number = [carrier.code for carrier in CARRIERS].index(code) + 1
    return _write_uscc(number)


def _write_uscc(number: int) -> str:
    bare = f"91990000JX{number:07}"
    return bare + str(uscc_rules.calc_check_digit(bare))


@dataclass(frozen=True, slots=True)
class Story:
    """What is on record about a carrier: days before now; better carriers have less of it."""

    penalties: tuple[tuple[int, str], ...] = ()  # days ago, measure
    misconduct: tuple[tuple[int, str], ...] = ()
    prohibited: tuple[int, ...] = ()
    honours: int = 0
    kept: int = 0
    broken: int = 0
    unfiled: int = 0  # outlets
    late_months: int = 0


STORIES = {
    "BLUEBIRD": Story(honours=2, kept=3),
    "POSTROAD": Story(honours=1, kept=3, penalties=((200, "warning"),)),
    "EVENWAY": Story(kept=2, broken=1, penalties=((150, "warning"), (60, "fine")), misconduct=((90, "throwing"),)),
    "FARREACH": Story(
        kept=1, broken=1, unfiled=1, late_months=2, prohibited=(120,),
        penalties=((240, "fine"), (100, "large_fine")),
        misconduct=((210, "sign_off_without_consent"), (80, "inspection_omitted")),
    ),
    "FLYGRAIN": Story(
        broken=2, unfiled=2, late_months=4, prohibited=(170, 40),
        penalties=((220, "fine"), (130, "confiscation"), (50, "business_stop")),
        misconduct=((200, "fictitious_trace"), (110, "real_name_omitted"), (30, "throwing")),
    ),
    "SMALLTOWN": Story(kept=1, unfiled=1),
}  # fmt: skip


def demo_archive(engine: Engine, fleet: Fleet, *, now: datetime) -> int:
    """Enter the invented carriers' archives, through what everybody else enters by; how many records are new.

    Once a carrier has an archive nothing more is told about it but the volumes of months that have ended since, so a
    second start changes nothing. A month's volume is what was recorded here by now.
    """
    new = 0
    with transaction(engine) as session:
        for carrier in fleet.carriers:
            known = Carrier(carrier.code, carrier.name_zh, carrier.name_en, uscc_of(carrier.code), verified=True)
            save_carrier(session, known)
        for carrier in fleet.carriers:
            if not archive_of(session, enterprise(uscc_of(carrier.code))).entries:
                stations = fleet.stations_of(carrier.code)
                new += _take(session, _tell_story(carrier, stations, now), now)
                new += _take(session, _tell_judgements(session, carrier, now), now)
                new += _take(session, _tell_franchise(stations, now), now) if carrier.code == "BLUEBIRD" else 0
            _declare_volumes(session, carrier.code, now)
    return new


def tell_courier(engine: Engine, station: SimStation, login: str, *, now: datetime) -> None:
    """The archive of the demo's courier, so that his own page shows something; again: nothing new."""
    holder = f"{station.carrier}/{station.couriers[0]}"
    about = {"holder_kind": "practitioner", "holder": holder, "division": station.division}
    opened = now - 300 * ONE_DAY
    told = [
        _told(about, "identity", opened, station=station.code, login=login),
        _told(
            about,
            "honour",
            opened + 100 * ONE_DAY,
            title="最美快递员提名",
            level="city",
            **_paper(holder, "certificate"),
        ),
        _told(
            about, "misconduct", opened + 200 * ONE_DAY, misconduct="throwing", **_paper(holder, "inspection_record")
        ),
    ]
    with transaction(engine) as session:
        if not archive_of(session, parse_holder("practitioner", holder)).entries:
            _take(session, told, now)


def _tell_story(carrier: SimCarrier, stations: Sequence[SimStation], now: datetime) -> Iterator[dict[str, Any]]:
    code, story, division = uscc_of(carrier.code), STORIES[carrier.code], stations[0].division
    about = {"holder_kind": "enterprise", "holder": code, "division": division}
    begun = now - 900 * ONE_DAY
    yield _told(about, "identity", begun, name_zh=f"{carrier.name_zh}有限公司", name_en=carrier.name_en)
    end = local_day_of(begun + 1826 * ONE_DAY).isoformat()
    number = f"演邮{carrier.prefix}0001"
    yield _told(about, "licence", begun, number=number, areas=["*"], valid_from=_day(begun), valid_until=end)
    for place, station in enumerate(stations):
        opened = begun + 30 * ONE_DAY
        filed = "" if place < story.unfiled else _day(opened + 9 * ONE_DAY)
        outlet = _told(about, "outlet", opened, outlet=station.code, valid_from=_day(opened))
        yield outlet | {"division": station.division, "document_date": filed}
    day = local_day_of(now - 400 * ONE_DAY)
    proof = prove_commitment(_template(), enterprise(code), day)
    papers = {f"proof_{name}": getattr(proof, name) for name in ("sha256", "type", "name", "held_by")}
    signed = {"template": _template().code, "parts": list(PARTS), "published_on": day.isoformat(), **papers}
    yield _told(about, "commitment", now - 400 * ONE_DAY, source="declared", **signed)
    for ago, measure in story.penalties:
        number = f"演邮罚{carrier.prefix}{ago:03}号"
        paper = _paper(number, "decision")
        yield _told(about, "penalty", now - ago * ONE_DAY, number=number, about="safety", measures=[measure], **paper)
    for ago, found in story.misconduct:
        paper = _paper(f"{carrier.prefix}{ago}", "inspection_record")
        yield _told(about, "misconduct", now - ago * ONE_DAY, misconduct=found, **paper)
    for ago in story.prohibited:
        paper = _paper(f"{carrier.prefix}{ago}P", "inspection_record")
        goods = {"found": "inspection", "category": "FLAMMABLE_LIQUIDS", "quantity": "1"}
        yield _told(about, "prohibited_goods", now - ago * ONE_DAY, **goods, **paper)
    for each in range(story.honours):
        title = f"演示守信企业 {each + 1}"
        paper = _paper(f"{carrier.prefix}{title}", "certificate")
        yield _told(about, "honour", now - (70 + 50 * each) * ONE_DAY, title=title, level="province", **paper)


def _tell_judgements(session: Session, carrier: SimCarrier, now: datetime) -> Iterator[dict[str, Any]]:
    """How the carrier's commitment was kept, a quarter each."""
    holder, story = enterprise(uscc_of(carrier.code)), STORIES[carrier.code]
    (commitment,) = archive_of(session, holder).of_kind(RecordKind.COMMITMENT)
    about = {"holder_kind": "enterprise", "holder": holder.code, "division": commitment.told.division}
    verdicts = [KEPT] * story.kept + [BROKEN] * story.broken
    for number, verdict in enumerate(verdicts, start=1):
        fields = {"commitment": str(commitment.record_id), "verdict": verdict}
        paper = _paper(f"{carrier.prefix}Q{number}", "inspection_record")
        yield _told(about, "commitment_judgement", now - number * 75 * ONE_DAY, **fields, **paper)


def _tell_franchise(stations: Sequence[SimStation], now: datetime) -> Iterator[dict[str, Any]]:
    """A franchisee of BLUEBIRD's with a penalty of its own, which counts for its headquarters too."""
    about = {"holder_kind": "enterprise", "holder": _write_uscc(90), "division": stations[0].division}
    begun = now - 500 * ONE_DAY
    yield _told(about, "identity", begun, name_zh=FRANCHISEE)
    yield _told(about, "franchise", begun, parent=uscc_of("BLUEBIRD"), valid_from=_day(begun))
    number = "演邮罚JM045号"
    yield _told(about, "penalty", now - 45 * ONE_DAY, number=number, about="service_quality", measures=["warning"],
                **_paper(number, "decision"))  # fmt: skip


def _declare_volumes(session: Session, code: str, now: datetime) -> None:
    """The months that are over and not declared yet; a carrier that is late is late again and again."""
    today = local_day_of(now)
    present, known = Month(today.year, today.month), {each.told.month for each in volumes_of(session, code)}
    month = Month(today.year - 1, today.month)
    while month < present:
        at = min(now, Window(month.next.first, month.next.next.first).start + 7 * ONE_DAY)
        late = STORIES[code].late_months and month.number % 6 < STORIES[code].late_months
        if month not in known:
            told = NewVolume(code, month, None, _count_parcels(session, code, month))
            moment = min(now, at + 5 * ONE_DAY) if late else at
            append_volume(session, told, source=Source.DECLARED, entered_by=ENTERED_BY, recorded_at=moment)
        month = month.next


def _count_parcels(session: Session, code: str, month: Month) -> int:
    within = Window(month.first, month.next.first)
    accepted = col(ParcelRow.accepted_at)
    statement = sa.select(sa.func.count()).where(
        col(ParcelRow.carrier) == code, accepted >= within.start, accepted < within.end
    )
    return session.connection().scalar(statement) or 0


def _take(session: Session, told: Iterable[Mapping[str, Any]], now: datetime) -> int:
    """Take records as each would have come: three days after its document."""
    new = 0
    for each in told:
        record = parse_record(each, today=local_day_of(now))
        day = record.document_date or record.valid_from or local_day_of(now)
        at = min(now, Window(day, day + ONE_DAY).start + 3 * ONE_DAY)
        new += append_record(session, record, entered_by=ENTERED_BY, recorded_at=at).is_new
    return new


def _told(whom: Mapping[str, Any], kind: str, at: datetime, /, **fields: Any) -> dict[str, Any]:
    return {"source": "entered", **whom, "kind": kind, "document_date": _day(at), **fields}


def _paper(name: str, kind: str) -> dict[str, str]:
    """The document of an invented record: its digest is of its name, for no such paper exists."""
    digest = sha256(name.encode()).hexdigest()
    return {"proof_sha256": digest, "proof_type": kind, "proof_name": "演示文书", "proof_held_by": "administration"}


def _day(at: datetime) -> str:
    return local_day_of(at).isoformat()


def _template() -> Template:
    return list(load_templates().values())[-1]
