"""The simulate command (模拟命令): a fleet's stations, each with its own device, outbox and connection."""

import json
import os
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zlib import crc32

from rich.console import Console
from sqlalchemy.engine import Engine

from credit_scoring.scoring.rhythm import past_months
from scanners.identity.presented import Sender
from scanners.outbox import Outbox, Put
from scanners.publisher import Publisher
from scanners.sealed_records import Sealer, seal_party
from scanners.simulator.agreements import build_agreements
from scanners.simulator.fleet import Fleet, build_fleet
from scanners.simulator.history import simulate_history
from scanners.simulator.products import build_products
from scanners.simulator.scanning import SimScan
from scanners.simulator.simulate import simulate
from scanners.simulator.truth import truth, write_truth
from tracker.access.api_tokens import TokenScope
from tracker.access.roles import Role, Scope
from tracker.store.agreement_store import save_agreements
from tracker.store.database import reading, transaction
from tracker.store.identity_store import vault_word
from tracker.store.registry import Carrier, Station, carrier_of, save_carrier, save_station
from tracker.wire.enrolment import Enrolment, read_enrolment, write_enrolment
from tracker.wire.event import ScanEvent
from tracker.wire.event_ids import build_event_id
from tracker.wire.identity_record import IdentityRecord, Subject
from tracker.wire.sealing import SALT_BYTES, PersonalContent
from tracker.wire.signature import NotAJws
from tracker.wire.topics import Post
from tracker.wire.vault_keys import NoSealingKey, Purpose, SealingKey, find_sealing_key, read_vault_word
from tracker.working_days import local_day_of
from web.commands.accounts import borrowed_token
from web.commands.installation import broker_url, enrol_devices
from web.commands.progress import Show, showing_receipts
from web.commands.running import InstallationError, only_one
from web.commands.scanning import wait_for_receipts
from web.commands.services import open_store
from web.settings import Settings

CHUNK = 2_000
ONE_IN = 20  # acceptances that name a recipient: somebody must be able to open a door of the fleet's
RECEIPT_TIMEOUT = 120.0


class SimulationIncomplete(RuntimeError):
    """Some scans have no receipt yet; they are in the stations' outboxes and go with the next run."""


def run_simulation(
    settings: Settings,
    *,
    parcels: int,
    seed: int,
    truth_file: Path | None,
    console: Console,
    months: int = 0,
) -> None:
    """Run the fleet up to this moment: every station enrols, keeps its scans and reports them.

    With `months` what it reports are the scans of so many months before instead, fewer parcels (see simulate_history).
    """
    url = broker_url(settings)
    now = datetime.now(UTC)
    fleet = build_fleet(seed)
    if truth_file is not None:
        write_truth(truth_file, truth(fleet, seed=seed, parcels=parcels, now=now), data_dir=settings.data_dir)
    engine = open_store(settings)
    register_fleet(engine, fleet)
    with borrowed_token(engine, Role.PLATFORM, Scope(platform="FLEET"), TokenScope.PRODUCTS_WRITE) as token:
        post_products(settings, build_products(seed, now=now), token=token)
    busy = "another simulation runs with this data dir"
    with only_one(settings.data_dir / "outbox" / "fleet.lock", busy):
        stations = Stations(settings, engine, fleet, url)
        try:
            if months:
                since = past_months(local_day_of(now), months)[0].start
                scans = simulate_history(fleet, seed=seed, since=since, now=now)
            else:
                scans = simulate(fleet, seed=seed, parcels=parcels, now=now)
            with showing_receipts(console, "模拟车队 fleet") as show:
                kept, left = stations.report(scans, show)
        finally:
            stations.close()
    if left:
        raise SimulationIncomplete(f"{left} 条还没有回执，下次继续 · scans wait for a receipt and go with the next run")
    recorded, known, refused = stations.totals
    console.print(
        f"✓ 模拟车队 fleet: {len(fleet.carriers)} 家企业 carriers · {len(fleet.stations)} 个网点 stations"
        f" · 新扫描 new scans {kept:,} · 实名记录 sealed records {stations.sealed:,}"
        f" · 入库 recorded {recorded:,} · 已有 known {known:,} · 被拒 refused {refused:,}",
        markup=False,
    )


def register_fleet(engine: Engine, fleet: Fleet) -> None:
    """Names for the invented carriers and their stations, and the agreements of their customers."""
    with transaction(engine) as session:
        for carrier in fleet.carriers:
            known = carrier_of(session, carrier.code)
            uscc = known.uscc if known else None
            save_carrier(session, Carrier(carrier.code, carrier.name_zh, carrier.name_en, uscc, verified=True))
        save_agreements(session, build_agreements(fleet), filed_at=datetime.now(UTC))
        for station in fleet.stations:
            save_station(session, Station(station.carrier, station.code, station.name, station.division, verified=True))


def post_products(settings: Settings, products: Sequence[Mapping[str, object]], *, token: str) -> None:
    """Tell the web server what the parcels hold, as a maker's own system would. Raises InstallationError."""
    request = urllib.request.Request(
        f"http://{settings.web_host}:{settings.web_port}/api/v1/products",
        data=json.dumps([_told(product) for product in products], default=str).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 our own server
            return
    except urllib.error.HTTPError as error:
        raise InstallationError(
            f"网页服务没有接受商品 · the web server refused the products: {error.code} {error.reason}"
        ) from error
    except urllib.error.URLError as error:
        raise InstallationError(
            f"网页服务没有运行 · no web server at {request.full_url}: start `jixin up` ({error.reason})"
        ) from error


def _told(product: Mapping[str, object]) -> dict[str, object]:
    """A product's fields without the empty ones: a whole lot has no serial."""
    return {name: value for name, value in product.items() if value != ""}


class Stations:
    """The fleet's devices: an enrolment, an outbox and a connection each."""

    def __init__(self, settings: Settings, engine: Engine, fleet: Fleet, url: str) -> None:
        self.sealed = 0  # identity records that travelled with the new scans
        self._folder = settings.data_dir / "outbox" / "fleet"
        self._keys = read_sealing_keys(engine)
        enrolments = self._enrol(settings, engine, fleet)
        self._outboxes = {post: Outbox(self._folder / f"{_name(post)}.db") for post in enrolments}
        self._publishers = [
            Publisher(enrolment, self._outboxes[post], broker_url=url) for post, enrolment in enrolments.items()
        ]
        for publisher in self._publishers:
            publisher.start()

    def _enrol(self, settings: Settings, engine: Engine, fleet: Fleet) -> dict[Post, Enrolment]:
        paths = {post: self._folder / f"{_name(post)}.json" for post in fleet.posts}
        missing = [post for post, path in paths.items() if not path.exists()]
        for post, enrolment in zip(missing, enrol_devices(settings, engine, missing) if missing else (), strict=True):
            write_enrolment(enrolment, paths[post])
        return {post: read_enrolment(path) for post, path in paths.items()}

    def report(self, scans: Iterable[SimScan], show: Show) -> tuple[int, int]:
        """Put every scan into its station's outbox and wait for the receipts: (new scans, scans without receipt)."""
        iterator, kept = iter(scans), 0
        while chunk := list(islice(iterator, CHUNK)):
            by_post: dict[Post, list[SimScan]] = defaultdict(list)
            for scan in chunk:
                by_post[scan.post].append(scan)
            for post, group in by_post.items():
                kept += self._keep(post, group)
            show(kept, self._waiting())
        while self._waiting():
            before = self._waiting()
            slowest = max(self._outboxes.values(), key=lambda outbox: outbox.waiting())
            wait_for_receipts(slowest, RECEIPT_TIMEOUT)
            show(kept, self._waiting())
            if self._waiting() == before:
                break
        return kept, self._waiting()

    def _keep(self, post: Post, scans: Sequence[SimScan]) -> int:
        """Put scans into their station's outbox, acceptances with their sealed records; how many are new."""
        shown = {each.scan.event_id: each.shown for each in scans}
        fates = self._outboxes[post].put_many(
            ((post, each.scan) for each in scans), seal=lambda scan: self._seal(scan, shown[scan.event_id])
        )
        return sum(fate is Put.NEW for fate in fates)

    def _seal(self, scan: ScanEvent, shown: PersonalContent | None) -> list[IdentityRecord]:
        """The record that an acceptance commits to, and of some parcels the recipient's; none of another scan."""
        if shown is None or scan.waybill_no is None:
            return []
        sealer = Sealer(
            scan.event_id,
            scan.waybill_no,
            key_of=self._keys.__getitem__,
            new_id=lambda: build_event_id(datetime.now(UTC), os.urandom(10)),
            new_salt=lambda: shown.salt,
        )
        kind, number = shown.document_kind, shown.document_number
        records = [sealer.seal(Subject.REGISTER, document_kind=kind, document_number=number)]
        if (chance := crc32(scan.waybill_no.encode())) % ONE_IN == 0:
            invented = Sender("收件人", f"1990000{chance // ONE_IN % 10_000:04}", "")
            own_salt = replace(sealer, new_salt=lambda: os.urandom(SALT_BYTES))
            records.append(seal_party(own_salt, Subject.RECIPIENT, invented))
        self.sealed += len(records)
        return records

    def _waiting(self) -> int:
        return sum(outbox.waiting() for outbox in self._outboxes.values())

    @property
    def totals(self) -> tuple[int, int, int]:
        """Recorded, known and refused scans, as the receipts said."""
        sent = [publisher.sent for publisher in self._publishers]
        return sum(s.recorded for s in sent), sum(s.known for s in sent), sum(s.refused for s in sent)

    def close(self) -> None:
        """Stop reporting; what waits stays in the outboxes."""
        for publisher in self._publishers:
            publisher.stop()
        for outbox in self._outboxes.values():
            outbox.close()


def read_sealing_keys(engine: Engine) -> dict[Purpose, SealingKey]:
    """The vault's keys of this month by purpose. Raises InstallationError."""
    with reading(engine) as session:
        word = vault_word(session)
    try:
        notice = read_vault_word(word) if word is not None else None
        return {each: find_sealing_key(notice, moment=datetime.now(UTC), purpose=each) for each in Purpose}
    except (NoSealingKey, NotAJws) as error:
        raise InstallationError(
            "保险库没有本月的密钥，收寄无法封存 · the vault has no key of this month, so that nothing can be accepted:"
            " start `jixin vault`"
        ) from error


def _name(post: Post) -> str:
    return post.username.replace("/", "-")
