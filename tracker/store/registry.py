"""The registry (登记册): carriers, stations, devices and their keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from tracker.store.bulk import table_of
from tracker.store.database import insert_into
from tracker.store.tables.event_log import EventRow
from tracker.store.tables.registry import CarrierRow, DeviceKeyRow, DeviceRow, StationRow
from tracker.wire.topics import GATEWAY_DEVICE, Post

ANY = "*"  # a gateway's carrier and station


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier; names may be None where nobody told them."""

    code: str
    name_zh: str | None = None
    name_en: str | None = None
    uscc: str | None = None
    is_dataset: bool = False
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """A station of a carrier; `division` is a GB/T 2260 code."""

    carrier: str
    code: str
    name: str | None = None
    division: str | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A key in force or revoked, and whose it is; a gateway's speaks for every station as device `replay`."""

    kid: str
    public_key: bytes
    device_no: int
    carrier: str
    station: str
    device: str
    revoked: bool

    @property
    def is_gateway(self) -> bool:
        return self.carrier == ANY

    def may_speak_for(self, post: Post) -> bool:
        """Whether this key's holder stands at `post`."""
        if self.is_gateway:
            return post.device == GATEWAY_DEVICE
        return (self.carrier, self.station, self.device) == (post.carrier, post.station, post.device)


def carriers(session: Session) -> dict[str, Carrier]:
    """All carriers by code."""
    return {row.code: _carrier(row) for row in session.exec(select(CarrierRow))}


def carrier_of(session: Session, code: str) -> Carrier | None:
    """The carrier with this code or, failing that, this USCC."""
    row = session.get(CarrierRow, code) or session.exec(select(CarrierRow).where(CarrierRow.uscc == code)).first()
    return _carrier(row) if row else None


def save_carrier(session: Session, carrier: Carrier) -> None:
    """Write a carrier, taking the place of what was known under its code."""
    _ensure(session, CarrierRow(code=carrier.code))
    row = session.get_one(CarrierRow, carrier.code)
    for name in ("name_zh", "name_en", "uscc", "is_dataset", "verified"):
        setattr(row, name, getattr(carrier, name))


def stations_of(session: Session, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Station]:
    """The stations with these (carrier, code) keys; those unknown are absent."""
    wanted = set(keys)
    rows = session.exec(select(StationRow).where(col(StationRow.code).in_({code for _, code in wanted})))
    return {(row.carrier, row.code): _station(row) for row in rows if (row.carrier, row.code) in wanted}


def save_station(session: Session, station: Station) -> None:
    """Write a station, taking the place of what was known under its key."""
    _ensure(session, StationRow(carrier=station.carrier, code=station.code))
    row = session.get_one(StationRow, (station.carrier, station.code))
    for name in ("name", "division", "verified"):
        setattr(row, name, getattr(station, name))


def save_station_division(session: Session, carrier: str, code: str, *, division: str) -> None:
    """Write where a station stands, a code of GB/T 2260; what else is known of it stays."""
    _ensure(session, StationRow(carrier=carrier, code=code))
    session.get_one(StationRow, (carrier, code)).division = division


def save_silence_threshold(session: Session, carrier: str, code: str, *, hours: int | None) -> bool:
    """Write after how many hours a station's devices are silent, None for the installation's; False where unknown."""
    row = session.get(StationRow, (carrier, code))
    if row is None:
        return False
    row.silent_after_hours = hours
    return True


def device_keys(session: Session) -> dict[str, DeviceKey]:
    """Every key ever enrolled, by kid."""
    rows = session.exec(select(DeviceKeyRow, DeviceRow).join(DeviceRow))
    return {
        key.kid: DeviceKey(
            kid=key.kid,
            public_key=key.public_key,
            device_no=key.device_no,
            carrier=device.carrier,
            station=device.station,
            device=device.device,
            revoked=key.revoked_at is not None,
        )
        for key, device in rows
    }


def public_keys_of(session: Session, waybill_no: str) -> dict[str, bytes]:
    """The public keys, by kid, of the devices that scanned a parcel and of the gateways that spoke for them."""
    scanning = select(col(EventRow.device_no)).where(EventRow.waybill_no == waybill_no)
    statement = (
        select(DeviceKeyRow)
        .join(DeviceRow)
        .where(sa.or_(col(DeviceKeyRow.device_no).in_(scanning), col(DeviceRow.carrier) == ANY))
    )
    return {row.kid: row.public_key for row in session.exec(statement)}


def save_device_key(
    session: Session,
    *,
    carrier: str,
    station: str,
    device: str,
    kid: str,
    public_key: bytes,
    enrolled_at: datetime,
    certificate_ends: datetime | None = None,
    self_service: bool = False,
) -> None:
    """Enrol a key for a device, which is made (with its carrier and station) where it is new.

    A key that is known keeps what is known of it, but for a certificate that ends later.
    """
    number = _ensure_device(session, carrier, station, device, verified=True)
    made = DeviceKeyRow(
        kid=kid, device_no=number, public_key=public_key, enrolled_at=enrolled_at, self_service=self_service
    )
    _ensure(session, made)
    row = session.get_one(DeviceKeyRow, kid)
    row.certificate_ends = max(filter(None, (row.certificate_ends, certificate_ends)), default=None)


def revoke_device_keys(session: Session, post: Post, *, revoked_at: datetime) -> int:
    """Revoke a device's keys; how many were in force."""
    return _revoke(session, (post.carrier, post.station, post.device), revoked_at)


def revoke_gateway_keys(session: Session, *, revoked_at: datetime) -> int:
    """Revoke every gateway's keys; how many were in force."""
    return _revoke(session, (ANY, ANY, GATEWAY_DEVICE), revoked_at)


def _revoke(session: Session, device: tuple[str, str, str], revoked_at: datetime) -> int:
    statement = (
        select(DeviceKeyRow)
        .join(DeviceRow)
        .where(DeviceRow.carrier == device[0], DeviceRow.station == device[1], DeviceRow.device == device[2])
        .where(col(DeviceKeyRow.revoked_at).is_(None))
    )
    rows = session.exec(statement).all()
    for row in rows:
        row.revoked_at = revoked_at
    return len(rows)


_DEVICE = table_of(DeviceRow)
_DEVICES_AT = sa.select(  # these are built once: every commit asks for them
    _DEVICE.c.carrier,
    _DEVICE.c.station,
    _DEVICE.c.device,
    _DEVICE.c.device_no,
    _DEVICE.c.last_seq,
    _DEVICE.c.signed_at,
    _DEVICE.c.clock_off_ms,
).where(
    _DEVICE.c.carrier.in_(sa.bindparam("carriers", expanding=True)),
    _DEVICE.c.station.in_(sa.bindparam("stations", expanding=True)),
)
_SAVE_SEQ = (
    sa.update(_DEVICE)
    .where(_DEVICE.c.device_no == sa.bindparam("number"))
    .values(
        last_seq=sa.bindparam("seq"),
        last_recorded_at=sa.bindparam("at"),
        signed_at=sa.bindparam("signed"),
        clock_off_ms=sa.bindparam("off"),
    )
)


@dataclass(slots=True)
class DeviceCount:
    """A device's number and the highest `seq` seen from it, -1 before the first; its clock as DeviceRow has it."""

    device_no: int
    last_seq: int
    signed_at: datetime | None = None
    clock_off_ms: int | None = None


def device_counts(session: Session, posts: Iterable[Post]) -> dict[Post, DeviceCount]:
    """Number and highest seq of each device; a gateway's unknown stations are made, marked unverified."""
    wanted = set(posts)
    found = _find_devices(session, wanted)
    for post in sorted(wanted - found.keys()):
        _ensure_device(session, post.carrier, post.station, post.device, verified=False)
    return found if len(found) == len(wanted) else _find_devices(session, wanted)


def device_numbers(session: Session, posts: Iterable[Post]) -> dict[Post, int]:
    """The number of each device; those that nobody knows are absent."""
    wanted = set(posts)
    return {post: count.device_no for post, count in _find_devices(session, wanted).items()} if wanted else {}


def save_last_seqs(session: Session, counts: Iterable[DeviceCount], *, recorded_at: datetime) -> None:
    """Write each device's highest seq, its clock, and when it was recorded from."""
    rows = [
        {"number": each.device_no, "seq": each.last_seq, "at": recorded_at, "signed": each.signed_at,
         "off": each.clock_off_ms}
        for each in counts
    ]  # fmt: skip
    if rows:
        session.connection().execute(_SAVE_SEQ, rows)


def _find_devices(session: Session, posts: set[Post]) -> dict[Post, DeviceCount]:
    asked = {"carriers": {post.carrier for post in posts}, "stations": {post.station for post in posts}}
    found = {}
    for carrier, station, device, *count in session.connection().execute(_DEVICES_AT, asked):
        if carrier != ANY and (post := Post(carrier, station, device)) in posts:
            found[post] = DeviceCount(*count)
    return found


def _ensure_device(session: Session, carrier: str, station: str, device: str, *, verified: bool) -> int:
    if carrier != ANY:
        _ensure(session, CarrierRow(code=carrier, verified=verified))
        _ensure(session, StationRow(carrier=carrier, code=station, verified=verified))
    number = select(col(DeviceRow.device_no)).where(
        DeviceRow.carrier == carrier, DeviceRow.station == station, DeviceRow.device == device
    )
    if (known := session.exec(number).first()) is not None:
        return known
    _ensure(session, DeviceRow(carrier=carrier, station=station, device=device, verified=verified))
    made = session.exec(number).one()
    assert made is not None
    return made


def _ensure(session: Session, row: SQLModel) -> None:
    """Write a row whose key is new; of several at once, in other processes too, the first one's stays."""
    session.execute(
        insert_into(session, type(row)).values(**row.model_dump(exclude_none=True)).on_conflict_do_nothing()
    )


def _carrier(row: CarrierRow) -> Carrier:
    return Carrier(row.code, row.name_zh, row.name_en, row.uscc, row.is_dataset, row.verified)


def _station(row: StationRow) -> Station:
    return Station(row.carrier, row.code, row.name, row.division, row.verified)
