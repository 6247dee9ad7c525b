"""Where reviews come from (评价来源): keyed hashes of browser and address, for as long as the rules keep them."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.voices.rules import Doubt, VoiceRules
from credit_scoring.voices.voice_tables import StaffDeviceRow, VoiceOriginRow
from tracker.store.database import insert_into


@dataclass(frozen=True, slots=True)
class Origin:
    """A browser and its address, as keyed hashes; who has no key learns nothing from them."""

    device: bytes
    address: bytes


def hash_origin(pepper: bytes, *, address: str, agent: str) -> Origin:
    """The origin of a request: `address` as it is counted, `agent` what the browser calls itself."""
    return Origin(
        device=hmac.new(pepper, f"device {address} {agent}".encode("utf-8", "replace"), sha256).digest()[:16],
        address=hmac.new(pepper, f"address {address}".encode("utf-8", "replace"), sha256).digest()[:16],
    )


def save_origin(session: Session, voice_no: int, origin: Origin, marks: frozenset[Doubt], *, now: datetime) -> None:
    """Keep where a review came from, and the doubts that it came with."""
    told = " ".join(sorted(marks))
    row = VoiceOriginRow(voice_no=voice_no, device=origin.device, address=origin.address, marks=told, recorded_at=now)
    session.add(row)
    session.flush()


def save_staff_device(session: Session, origin: Origin, carrier: str, *, now: datetime) -> None:
    """A carrier's staff has logged in from here."""
    seen = insert_into(session, StaffDeviceRow).values(device=origin.device, carrier=carrier, seen_at=now)
    session.connection().execute(
        seen.on_conflict_do_update(index_elements=["device", "carrier"], set_={"seen_at": now})
    )


def is_staff_device(session: Session, origin: Origin, carrier: str) -> bool:
    """Whether a carrier's staff has logged in from this browser."""
    return session.get(StaffDeviceRow, (origin.device, carrier)) is not None


def forget_origins(session: Session, rules: VoiceRules, *, now: datetime) -> int:
    """Delete what is older than the rules keep; how many reviews' origins went. Their weights stay."""
    last = now - rules.kept_for
    connection = session.connection()
    connection.execute(sa.delete(StaffDeviceRow).where(col(StaffDeviceRow.seen_at) <= last))
    return connection.execute(sa.delete(VoiceOriginRow).where(col(VoiceOriginRow.recorded_at) <= last)).rowcount
