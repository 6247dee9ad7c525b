"""A fuzz run (一次模糊测试): payloads read and recorded as the tracker does it, judged after each commit."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Engine

from tracker.intake.delivery import Delivery, Read, read_alone
from tracker.intake.ingest import ingest
from tracker.intake.keyring import Keyring
from tracker.store.database import reading, transaction
from tracker.store.quarantine_bounds import MIB, QuarantineLimits
from tracker.store.registry import ANY, revoke_device_keys, save_device_key
from tracker.wire.receipt import BatchReceipt, verify_receipt
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post
from web.bench.fuzz.judge import Judge, Violation
from web.bench.fuzz.notebook import Roster, Signer
from web.bench.fuzz.payloads import new_writer, write_payloads
from web.bench.fuzz.writer import Payload

NOW = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)  # the run's own clock: a seed gives the same payloads on every day
TICK = timedelta(milliseconds=10)
MOST_A_COMMIT = 150
LIMITS = QuarantineLimits(device_rows=2_000, device_bytes=4 * MIB, rows=6_000, bytes=16 * MIB)  # a long run fills them
TOO_SLOW = 20.0  # seconds over one payload
Lines = dict[tuple[Post, str], list[BatchReceipt]]


@dataclass(frozen=True, slots=True)
class FuzzReport:
    """What a run did. `codes` counts (outcome, code) as receipts said it."""

    seed: int
    payloads: int
    kinds: Counter[str]
    codes: Counter[tuple[str, str]]
    violations: list[Violation]
    seconds: float
    slowest: float


@dataclass(slots=True)
class Intake:
    """Reads and records on one store, with a tracker's key of the run's own."""

    engine: Engine
    judge: Judge
    key: SigningKey
    keyring: Keyring
    slowest: float = field(default=0.0)

    def take(self, sent: dict[int, Payload], record_time: datetime) -> None:
        """One commit's worth of payloads, judged."""
        read = {number: each for number, payload in sent.items() if (each := self._read(number, payload)) is not None}
        lines = self._record(sent, read, record_time)
        self.judge.see_answers({number: sent[number] for number in read}, read, lines)
        with reading(self.engine) as session:
            self.judge.see_quarantine(session, sent, read)
            self.judge.see_rows(session)

    def _read(self, number: int, payload: Payload) -> Read | None:
        start = time.perf_counter()
        try:
            return read_alone(Delivery(payload.post, payload.octets), self.keyring, today=NOW.date())
        except Exception as error:
            self.judge.blame(number, payload.kind, f"reading crashed: {error!r}")
            return None
        finally:
            spent = time.perf_counter() - start
            self.slowest = max(self.slowest, spent)
            if spent > TOO_SLOW:
                self.judge.blame(number, payload.kind, f"reading took {spent:.0f} s")

    def _record(self, sent: dict[int, Payload], read: dict[int, Read], record_time: datetime) -> Lines:
        """Record them together, as the tracker does; where that fails each alone, to name the one that crashes."""
        lines: Lines = defaultdict(list)
        try:
            with transaction(self.engine) as session:
                result = ingest(session, list(read.values()), record_time=record_time, key=self.key, limits=LIMITS)
        except Exception as error:
            if len(read) > 1:
                for number, each in read.items():
                    for key, found in self._record(sent, {number: each}, record_time).items():
                        lines[key] += found
            else:
                for number in read:
                    self.judge.blame(number, sent[number].kind, f"recording crashed: {error!r}")
            return lines
        for post, receipt in result.receipts:
            for line in verify_receipt(receipt, {self.key.kid: self.key.verifying}).batches:
                lines[post, line.payload_sha256].append(line)
        return lines


def run_fuzz(engine: Engine, *, count: int, seed: int, show: Callable[[int], None] = lambda done: None) -> FuzzReport:
    """So many payloads of a seed through a migrated, empty store; `show` is told how many are done."""
    roster = Roster.draw(seed)
    enrol(engine, roster)
    writer = new_writer(seed, roster, NOW)
    judge = Judge(writer.notebook)
    key = SigningKey.from_private(Ed25519PrivateKey.from_private_bytes(Random(f"tracker {seed}").randbytes(32)))
    keyring = Keyring.of(engine, lambda: 0.0)
    keyring.refresh(missed=True)
    intake = Intake(engine, judge, key, keyring)
    sizes, kinds = Random(f"commits {seed}"), Counter[str]()
    payloads, done, record_time = write_payloads(writer, count), 0, NOW
    start = time.perf_counter()
    while some := list(islice(payloads, sizes.randint(1, MOST_A_COMMIT))):
        record_time += TICK
        intake.take(dict(enumerate(some, start=done)), record_time)
        kinds.update(each.kind for each in some)
        done += len(some)
        show(done)
    intake.take(
        {done + number: each for number, each in enumerate(_last_words(writer.good, roster))}, record_time + TICK
    )
    seconds = time.perf_counter() - start
    with reading(engine) as session:
        judge.see_store(session)
        judge.see_bounds(session, LIMITS)
    return FuzzReport(seed, count, kinds, judge.codes, judge.violations, seconds, intake.slowest)


def _last_words(good: Callable[[], Payload], roster: Roster) -> list[Payload]:
    """Good batches at the end, enough that probably everybody speaks once more."""
    return [good() for _ in range(6 * len(list(roster.in_force())))]


def enrol(engine: Engine, roster: Roster) -> None:
    """Make the roster known; the revoked one is enrolled and revoked before the others."""
    _save(engine, roster.revoked)
    with transaction(engine) as session:
        revoke_device_keys(session, roster.revoked.post, revoked_at=NOW)
    for signer in roster.in_force():
        _save(engine, signer)


def _save(engine: Engine, signer: Signer) -> None:
    post = signer.post
    codes = (ANY, ANY, post.device) if signer.is_gateway else (post.carrier, post.station, post.device)
    with transaction(engine) as session:
        save_device_key(
            session, carrier=codes[0], station=codes[1], device=codes[2], kid=signer.key.kid,
            public_key=signer.key.verifying.public_bytes, enrolled_at=NOW,
        )  # fmt: skip
