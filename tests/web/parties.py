"""Sender and recipient of a parcel, as the counter that accepted it tells of them."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID, uuid4

from sqlmodel import Session

from tests.web.world import NOW
from tracker.store.event_store import events_of
from tracker.store.identity_store import NewRecord, append_records
from tracker.store.registry import device_numbers
from tracker.wire.steps import Step
from tracker.wire.topics import Post

SECRET = bytes(range(32))  # the installation's label secret
MASKED = {
    "sender": b'{"name":"\xe6\x9d\x8e*","phone":"********3210","address":"\xe6\xb7\xb1\xe5\x9c\xb3\xe5\xb8\x82****"}',
    "recipient": b'{"name":"\xe6\xac\xa7\xe9\x98\xb3**","phone":"*******8000"}',
    "agent": b'{"name":"\xe7\x8e\x8b*","phone":"*******7777"}',
    "register": b'{"document_number":"**************002X"}',
}


def acceptance_of(session: Session, number: str) -> tuple[UUID, int]:
    """A parcel's first acceptance, and the number of the device that made it."""
    scan = next(each for each in events_of(session, number) if each.step is Step.ACCEPTED)
    post = Post(scan.carrier, scan.station, scan.device)
    return scan.event_id, device_numbers(session, [post])[post]


def keep_parties(session: Session, number: str, told: Mapping[str, bytes]) -> None:
    """Keep a record of each subject, masked so, of the parcel's first acceptance."""
    event_id, device_no = acceptance_of(session, number)
    append_records(session, [
        NewRecord(uuid4(), number, event_id, subject, device_no, seq, "kid", "c", masked, b"box", NOW)
        for seq, (subject, masked) in enumerate(told.items())
    ])  # fmt: skip


def keep_label_secret(data_dir: Path) -> None:
    """Give an installation its label secret: without one it opens no parcel's door."""
    (data_dir / "keys").mkdir(exist_ok=True)
    (data_dir / "keys" / "label-secret").write_bytes(SECRET)
