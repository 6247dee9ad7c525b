"""A store with months of events (归档测试世界): real batches, signed and receipted, some of them years old."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from sqlalchemy.engine import Engine

from tests.intake.devices import NOW, TRACKER_KEY, Device, Intake, fresh_id
from tracker.intake.delivery import Delivery
from tracker.store.months import Month
from tracker.wire.event import ScanEvent, encode_event
from tracker.wire.message import encode_batch
from tracker.wire.private_file import write_private
from web.commands.archiving import run_archive
from web.settings import Settings

OLD, NEXT = Month(2022, 3), Month(2022, 4)
DAY = datetime(2022, 3, 10, 2, 0, tzinfo=UTC)
PINNED = {TRACKER_KEY.kid: TRACKER_KEY.verifying}


def old_scan(device: Device, waybill_no: str, step: str, *, day: float, **told: object) -> ScanEvent:
    """A scan so many days after 2022-03-10."""
    return device.scan(waybill_no, step, event_time=DAY + timedelta(days=day), **told)


def signed_then(device: Device, *events: ScanEvent, day: float) -> Delivery:
    """A batch that was signed on that day."""
    moment = DAY + timedelta(days=day)
    bodies = [encode_event(event) for event in events]
    payload = encode_batch(bodies, post=device.post, key=device.key, batch_id=fresh_id(moment), sent_at=moment)
    return Delivery(device.post, payload)


@dataclass
class Cellar:
    """A store whose months can be archived; `said` is what the command printed."""

    engine: Engine
    settings: Settings
    out: Path
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.intake = Intake(self.engine)
        self.device = self.intake.enrol(Device())

    def fill(self, parcels: int = 6) -> None:
        """Delivered parcels of March 2022, then the same number on their way today."""
        for number in range(parcels):
            scans = [old_scan(self.device, f"OLD{number}", step, day=n) for n, step in enumerate(STEPS)]
            self.intake.record(signed_then(self.device, *scans, day=5))
        today = [self.device.scan(f"NEW{number}", "accepted") for number in range(parcels)]
        self.intake.record(self.device.deliver(*today))

    def archive(
        self, *months: Month, drop: bool = False, before: Month | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        """The command, at NOW unless told otherwise."""
        run_archive(
            self.settings, months, self.out, before=before, drop=drop, console=Console(quiet=True),
            say=self.said.append, now=now or (lambda: NOW),
        )  # fmt: skip

    def count(self, table: str = "event") -> int:
        return int(self.intake.rows(f"SELECT count(*) FROM {table}")[0][0])


STEPS = ("accepted", "departed", "arrived", "out_for_delivery", "delivered")


def settings_for(engine: Engine, tmp_path: Path) -> Settings:
    """Settings that name this engine's database, with the tests' receipt key on disk."""
    settings = Settings(data_dir=tmp_path / "data", database_url=engine.url.render_as_string(hide_password=False))
    jwk = TRACKER_KEY.to_jwk()
    write_private(settings.receipt_key_file, f'{{"kty":"OKP","crv":"Ed25519","x":"{jwk.x}","d":"{jwk.d}"}}'.encode())
    return settings
