"""A counter for tests (柜台): the page's server over a real outbox, with a vault's keys and a reporter of ours."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from starlette.testclient import TestClient

from scanners.counter.app import Counter, build_app
from scanners.counter.card_reader import SimulatedReader
from scanners.counter.desk import Desk
from scanners.counter.labels import Labels
from scanners.counter.operators import OperatorFile, add_operator, save_operators
from scanners.counter.own_page import OwnPage
from scanners.counter.shelf import Shelf
from scanners.counter.shifts import Shifts
from scanners.counter.sign_off import Codes
from scanners.label.typeface import Typeface
from scanners.outbox import Outbox
from scanners.refusal_register import RefusalRegister
from tests.scanners.counter import GUN
from tracker.wire.identity_record import IdentityRecord, decode_record
from tracker.wire.sealing import PersonalContent, open_sealed
from tracker.wire.signature import VerifyingKey
from tracker.wire.vault_keys import NoSealingKey, Purpose, SealingKey, month_of, sealing_key_of
from web.assets import FOLDER
from web.bench.gate.people import NOW, TODAY, resident_number

KEY = b"k" * 32  # the device's label key
HOST = "127.0.0.1:8787"
PAGE = {"Host": HOST, "Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
DRIVER, DRIVERS_BADGE = "D1", "BADGE-D-9902"
CLERK, PIN, BADGE = "C7", "402917", "BADGE-7-4471"
NUMBER = resident_number(Random(7), TODAY - timedelta(days=365 * 38), region="500112")
PERSON = {"name": "张三丰", "phone": "13800138000", "address": "重庆市渝北区冉家坝街1号3单元501"}
STRANGER = {"name": "李四光", "phone": "13900139000", "address": "北京市朝阳区建国路1号2单元302"}
NEEDLES = [NUMBER, *PERSON.values(), *STRANGER.values()]


@dataclass
class Reporter:
    """What the desk asks of a publisher, with a vault of its own; `month` is the one month that the vault has named."""

    month: str | None
    woken: int = 0
    private: dict[Purpose, X25519PrivateKey] = field(
        default_factory=lambda: {purpose: X25519PrivateKey.generate() for purpose in Purpose}
    )
    tracker_keys: dict[str, VerifyingKey] = field(default_factory=dict)

    def sealing_key(self, purpose: Purpose, *, moment: datetime) -> SealingKey:
        if self.month != month_of(moment):
            raise NoSealingKey(f"no key of the vault for {month_of(moment)}")
        return sealing_key_of(self.private[purpose], month=self.month, purpose=purpose)

    def wake(self) -> None:
        self.woken += 1

    def open(self, record: IdentityRecord, box: bytes) -> PersonalContent:
        """What a record holds, opened with whichever key it names."""
        kids = {sealing_key_of(key, month="2026-07", purpose=purpose).kid: key for purpose, key in self.private.items()}
        return open_sealed(
            box, private=kids[record.kid], kid=record.kid, record_id=record.record_id, event_id=record.event_id,
            commitment=record.commitment,
        )  # fmt: skip


@cache
def the_clerk() -> OperatorFile:
    """One operator, and one driver who only takes over; slow to hash, so made once."""
    clerk = add_operator(OperatorFile("00" * 16, []), CLERK, pin=PIN, badge=BADGE)
    return add_operator(clerk, DRIVER, pin=None, badge=DRIVERS_BADGE)


@dataclass
class World:
    """One counter, its clock and its page."""

    folder: Path
    clock: float = 0.0
    now: datetime = NOW
    is_online: bool = True

    def __post_init__(self) -> None:
        self.reporter = Reporter(month_of(NOW))
        self.outbox = Outbox(self.folder / "outbox.db")
        self.refusals = RefusalRegister(self.folder / "refusals.db")
        self.shelf = Shelf(self.folder / "shelf.db")
        save_operators(self.folder / "operators.json", the_clerk())
        self.desk = Desk(
            post=GUN.post,
            outbox=self.outbox,
            reporting=self.reporter,
            refusals=self.refusals,
            agreements_file=self.folder / "agreements.jws",
            self_service_file=self.folder / "self-service.jws",
            labels=Labels("BLUEBIRD", "https://trace.example", KEY, Typeface()),
            codes=Codes(self.shelf, KEY),
            now=lambda: self.now,
            division="500112",
        )
        self.shifts = Shifts(lambda: self.clock, idle=600.0)
        counter = Counter(
            desk=self.desk,
            outbox=self.outbox,
            shifts=self.shifts,
            operators_file=self.folder / "operators.json",
            is_online=lambda: self.is_online,
            tokens=FOLDER / "tokens.css",
            secure=False,
            card_reader=SimulatedReader(Random(3)),
        )
        self.inner = build_app(counter)
        self.app = OwnPage(self.inner, hosts=[HOST], scheme="http")
        self.client = TestClient(self.app, base_url=f"http://{HOST}", headers=PAGE)

    def sign_in(self) -> None:
        answer = self.client.post("/api/sign-in", json={"code": CLERK, "pin": PIN})
        assert answer.status_code == 200, answer.text

    def ask(self, path: str, form: Any = None) -> Any:
        """What our own page is answered; a fault too."""
        return self.client.post(path, json={} if form is None else form).json()

    def state(self) -> Any:
        return self.client.get("/api/state").json()

    def bodies(self, channel: str = "scans") -> list[bytes]:
        """What lies in the outbox, oldest first."""
        found = []
        for lane in self.outbox.lanes_with_queued():
            if lane.channel == channel:
                found += [body for _, body in self.outbox.next_items(lane)]
        return found

    def records(self) -> dict[str, tuple[IdentityRecord, PersonalContent]]:
        """The sealed records that wait, opened with the vault's keys, by subject."""
        read = [decode_record(body) for body in self.bodies("identities")]
        return {str(each.record.subject): (each.record, self.reporter.open(each.record, each.box)) for each in read}

    def reopen_shelf(self) -> None:
        """As after a restart."""
        self.shelf.close()
        self.shelf = Shelf(self.folder / "shelf.db")
        self.desk.codes = Codes(self.shelf, KEY)

    def on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())

    def close(self) -> None:
        self.outbox.close()
        self.refusals.close()
        self.shelf.close()


def acceptance(**told: Any) -> dict[str, Any]:
    """A form that the gate accepts."""
    document = {
        "kind": "RESIDENT_ID", "number": NUMBER, "name": PERSON["name"], "valid_from": "2020-01-31",
        "valid_until": "2040-01-31",
    }  # fmt: skip
    form = {
        "waybill_no": "QN1408223190755", "sender": dict(PERSON), "recipient": dict(STRANGER),
        "evidence": {"how": "document", "document": document}, "category": "FOOD", "goods": "茶叶", "quantity": 2,
        "weight_g": 820, "result": "PASSED", "confirmed": True, "destination": "110105",
    }  # fmt: skip
    return form | told
