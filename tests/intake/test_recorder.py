"""The recorder: one commit, then the acknowledgements, then the receipts; whatever happens in between."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlmodel import Session
from structlog.testing import capture_logs

from tests.intake.devices import NOW, TRACKER_KEY, Device, Intake
from tests.intake.fakes import FakeClock, FakeOutward, until
from tracker.intake import reading as reading_module
from tracker.intake import recorder as recorder_module
from tracker.intake.delivery import Delivery, ReadBatch
from tracker.intake.inbox import Inbox
from tracker.intake.ingest import IngestResult, ingest
from tracker.intake.keyring import Keyring
from tracker.intake.reading import Reading
from tracker.intake.recorder import STATE_EVERY, ReceiptKeys, Recorder
from tracker.store.database import reading, transaction
from tracker.store.event_store import log_head
from tracker.store.registry import revoke_device_keys
from tracker.wire.errors import RefusalCode
from tracker.wire.receipt import Receipt, StoreState, verify_receipt, verify_store_state
from tracker.wire.signature import SigningKey, digest_of, parse_jws
from tracker.wire.topics import Post
from tracker.wire.tracker_keys import KeyNotice, sign_notice

PINNED = {TRACKER_KEY.kid: TRACKER_KEY.verifying}
AWAY = OperationalError("INSERT", {}, Exception("the server closed the connection"))


class Bench:
    """A recorder between an inbox and a fake broker."""

    def __init__(self, engine: Engine) -> None:
        self.intake = Intake(engine)
        self.clock = FakeClock()
        self.inbox = Inbox()
        self.outward = FakeOutward(engine.url.database)
        self.reading = Reading(self.inbox, Keyring.of(engine, self.clock), today=NOW.date)
        self.recorder = Recorder(
            engine=engine,
            source=self.reading,
            outward=self.outward,
            key=TRACKER_KEY,
            now=lambda: NOW,
            clock=self.clock,
        )
        self.numbers = iter(range(1, 1000))

    def put(self, *deliveries: Delivery) -> None:
        """Messages arrive, each with the next packet id."""
        for delivery in deliveries:
            self.inbox.put(Delivery(delivery.post, delivery.payload, next(self.numbers), 1))

    def finish(self) -> None:
        """Tell the recorder to stop and let it record what has arrived."""
        self.recorder.stop.set()
        self.recorder.run()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The recorder at work on its own thread."""
        thread = Thread(target=self.recorder.run, daemon=True)
        thread.start()
        yield
        self.recorder.stop.set()
        thread.join(10)
        assert not thread.is_alive()

    def acknowledged(self) -> list[int]:
        return [delivery.packet_id for delivery in self.outward.acknowledged]

    def receipts(self) -> list[Receipt]:
        return [verify_receipt(text, PINNED) for _, text in self.outward.receipts]

    def states(self) -> list[StoreState]:
        return [verify_store_state(text, PINNED) for text in self.outward.states]

    def recorded(self) -> list[str]:
        return [row[0] for row in self.intake.rows("SELECT waybill_no FROM event ORDER BY position")]


@pytest.fixture
def bench(sqlite_engine: Engine) -> Bench:
    """A recorder that is not running yet."""
    return Bench(sqlite_engine)


@pytest.fixture
def gun(bench: Bench) -> Device:
    """A device that the recorder knows."""
    return bench.intake.enrol(Device())


def test_acknowledgements_and_receipts_come_after_the_commit(bench: Bench, gun: Device) -> None:
    bench.put(gun.deliver(gun.scan(), gun.scan()), gun.deliver(gun.scan()))
    bench.finish()
    assert bench.outward.said == [("acknowledge", 1, 3), ("acknowledge", 2, 3), ("receipt", gun.post, 3)]


def test_what_waits_together_is_committed_together_and_answered_once(bench: Bench, gun: Device) -> None:
    bench.put(*(gun.deliver(gun.scan(f"W{number}")) for number in range(5)))
    bench.finish()
    (receipt,) = bench.receipts()
    assert [line.recorded for line in receipt.batches] == [1] * 5
    assert bench.recorded() == [f"W{number}" for number in range(5)]


def test_stopping_records_what_has_arrived_and_takes_nothing_more(bench: Bench, gun: Device) -> None:
    bench.put(gun.deliver(gun.scan("LAST")))
    bench.finish()
    assert bench.recorded() == ["LAST"]
    bench.put(gun.deliver(gun.scan("TOO-LATE")))
    assert len(bench.inbox) == 0


def test_stopping_takes_no_longer_than_its_bound_and_leaves_the_rest_to_the_broker(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly() -> datetime:
        bench.clock.seconds += 4
        return NOW

    monkeypatch.setattr(recorder_module, "MAX_COMMIT_MESSAGES", 1)
    bench.recorder.now = slowly
    bench.put(*(gun.deliver(gun.scan(f"W{number}")) for number in range(5)))
    bench.finish()
    assert bench.recorded() == ["W0", "W1", "W2"]
    assert bench.acknowledged() == [1, 2, 3]
    assert len(bench.inbox) == 2


def fail_times(monkeypatch: pytest.MonkeyPatch, name: str, times: int, error: Exception) -> list[int]:
    """Let a use of the database fail so often; counts the failures."""
    real: Callable[..., Any] = getattr(recorder_module, name)
    failures: list[int] = []

    @contextmanager
    def flaky(engine: Engine) -> Iterator[Session]:
        with real(engine) as session:
            yield session
            if len(failures) < times:
                failures.append(1)
                raise error

    monkeypatch.setattr(recorder_module, name, flaky)
    monkeypatch.setattr(recorder_module, "RETRY_FIRST", 0.001)
    return failures


LOST = DBAPIError("INSERT", {}, Exception("terminating connection"), connection_invalidated=True)
READ_ONLY = InternalError("INSERT", {}, psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"))


@pytest.mark.parametrize(
    "error",
    [AWAY, InterfaceError("INSERT", {}, Exception("closed")), LOST, READ_ONLY],
    ids=lambda error: type(error).__name__,
)
def test_while_the_database_is_away_nothing_is_lost_and_nothing_acknowledged(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failures = fail_times(monkeypatch, "transaction", 4, error)
    bench.put(gun.deliver(gun.scan("W1")), gun.deliver(gun.scan("W2")))
    with bench.running():
        until(lambda: len(bench.outward.acknowledged) == 2)
    assert len(failures) == 4
    assert bench.recorded() == ["W1", "W2"]
    assert all(committed == 2 for _, _, committed in bench.outward.said)
    assert bench.intake.rows("SELECT * FROM quarantine") == []


def test_keys_that_cannot_be_read_are_read_later_and_refuse_nobody(bench: Bench, gun: Device) -> None:
    calls = []
    load = bench.reading.keyring.load

    def flaky() -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise AWAY
        return load()

    bench.reading.keyring.load = flaky
    bench.put(gun.deliver(gun.scan("W1")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_module, "RETRY", 0.001)
        with bench.running():
            until(lambda: bench.outward.acknowledged)
    assert bench.recorded() == ["W1"]


def test_stopped_while_the_database_is_away_it_acknowledges_nothing(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_times(monkeypatch, "transaction", 1_000, AWAY)
    bench.put(gun.deliver(gun.scan()))
    with pytest.raises(SystemExit) as ended:
        bench.finish()
    assert ended.value.code == 1
    assert bench.outward.said == []


def poison(monkeypatch: pytest.MonkeyPatch, waybill_no: str) -> None:
    """Let a fault of ours strike every commit with this waybill."""

    def ingest_or_fail(session: Session, read: Sequence[Any], **told: Any) -> IngestResult:
        result = ingest(session, read, **told)
        if any(waybill_no.encode() in one.delivery.payload for one in read if isinstance(one, ReadBatch)):
            raise ZeroDivisionError("a fault of ours")
        return result

    monkeypatch.setattr(recorder_module, "ingest", ingest_or_fail)


def test_a_poisoned_message_is_kept_without_a_receipt_and_its_neighbours_are_recorded(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, "POISON")
    other = bench.intake.enrol(Device(Post("EVENWAY", "SH-01", "GUN-1")))
    bench.put(gun.deliver(gun.scan("W1")), other.deliver(other.scan("POISON")), gun.deliver(gun.scan("W2")))
    bench.finish()
    assert bench.recorded() == ["W1", "W2"]
    assert bench.acknowledged() == [1, 2, 3]
    assert {post for post, _ in bench.outward.receipts} == {gun.post}
    (row,) = bench.intake.rows("SELECT code, device, carrier FROM quarantine")
    assert tuple(row) == ("internal_error", "GUN-1", "EVENWAY")


def test_a_message_that_not_even_the_quarantine_takes_is_counted_and_disturbs_nobody(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, "POISON")
    poisoned = gun.deliver(gun.scan("POISON"))
    refuse_quarantine(bench, poisoned)
    with capture_logs() as told:
        bench.put(gun.deliver(gun.scan("W1")), poisoned, gun.deliver(gun.scan("W2")))
        bench.finish()
    assert bench.recorded() == ["W1", "W2"]
    assert bench.acknowledged() == [1, 2, 3]
    assert len([line for receipt in bench.receipts() for line in receipt.batches]) == 2, "its station keeps its scans"
    assert bench.intake.rows("SELECT count FROM tally WHERE code = 'internal_error'")[0][0] == 1
    (said,) = [line for line in told if line["event"] == "message_not_kept"]
    assert said["sha256"] == digest_of(poisoned.payload)
    assert "POISON" not in str(told)


def test_a_refused_message_that_the_quarantine_does_not_take_disturbs_nobody(bench: Bench, gun: Device) -> None:
    rubbish = Delivery(gun.post, b"rubbish")
    refuse_quarantine(bench, rubbish)
    bench.put(gun.deliver(gun.scan("W1")), rubbish, gun.deliver(gun.scan("W2")))
    bench.finish()
    assert (bench.recorded(), bench.acknowledged()) == (["W1", "W2"], [1, 2, 3])


def test_a_store_that_takes_nothing_at_all_has_no_message_acknowledged(bench: Bench, gun: Device) -> None:
    """No message is at fault: the tracker ends, and the broker keeps them all."""
    refuse(bench, "tally")
    bench.put(gun.deliver(gun.scan("W1")), gun.deliver(gun.scan("W2")))
    with pytest.raises(IntegrityError):
        bench.recorder.run()
    assert bench.acknowledged() == []


def refuse_quarantine(bench: Bench, delivery: Delivery) -> None:
    """Let the database refuse to keep this payload."""
    refuse(bench, "quarantine", f"WHEN NEW.sha256 = '{hashlib.sha256(delivery.payload).hexdigest()}'")


def refuse(bench: Bench, table: str, rows: str = "") -> None:
    with transaction(bench.recorder.engine) as session:
        session.connection().exec_driver_sql(
            f"CREATE TRIGGER refusing BEFORE INSERT ON {table} {rows} BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )


def test_a_mended_tracker_records_what_poisoned_it(bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = gun.deliver(gun.scan("POISON"))
    with monkeypatch.context() as broken:
        poison(broken, "POISON")
        bench.put(delivery)
        bench.finish()
    assert bench.recorded() == []
    assert bench.intake.record(delivery).recorded == 1


def test_a_key_enrolled_a_moment_ago_is_looked_up_before_its_message_is_refused(bench: Bench, gun: Device) -> None:
    with bench.running():
        bench.put(gun.deliver(gun.scan("W1")))
        until(lambda: bench.outward.receipts)
        fresh = bench.intake.enrol(Device(Post("BLUEBIRD", "HZ-01", "GUN-2")))  # the clock stands still
        bench.put(fresh.deliver(fresh.scan("W2")))
        until(lambda: len(bench.outward.receipts) == 2)
    assert bench.recorded() == ["W1", "W2"]


def test_a_revoked_key_is_refused_after_two_seconds_at_most(bench: Bench, gun: Device) -> None:
    with bench.running():
        bench.put(gun.deliver(gun.scan("BEFORE")))
        until(lambda: bench.outward.receipts)
        with transaction(bench.recorder.engine) as session:
            assert revoke_device_keys(session, gun.post, revoked_at=NOW + timedelta(seconds=1)) == 1
        bench.clock.seconds += 2.001
        bench.put(gun.deliver(gun.scan("AFTER")))
        until(lambda: len(bench.outward.receipts) == 2)
    assert bench.recorded() == ["BEFORE"]
    (line,) = bench.receipts()[1].batches
    assert line.refused is not None
    assert line.refused.code == RefusalCode.KEY_REVOKED


def test_the_store_says_how_far_it_has_come_when_it_is_idle(bench: Bench, gun: Device) -> None:
    with bench.running():
        until(lambda: bench.outward.states)
        bench.put(gun.deliver(gun.scan(), gun.scan()))
        until(lambda: len(bench.outward.states) == 2)
    assert [state.position for state in bench.states()] == [0, 2]


def test_under_load_the_store_speaks_once_a_second_and_at_the_end(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly() -> datetime:
        bench.clock.seconds += 0.4
        return NOW

    monkeypatch.setattr(recorder_module, "MAX_COMMIT_MESSAGES", 1)
    bench.recorder.now = slowly
    bench.put(*(gun.deliver(gun.scan()) for _ in range(6)))
    bench.finish()
    assert [state.position for state in bench.states()] == [1, 4, 6]


def test_a_worker_under_load_says_how_far_the_store_has_come_and_not_only_itself(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker records between this one's commit and its word."""
    other, publish = Intake(bench.recorder.engine), bench.outward.publish_receipts

    def meanwhile(receipts: Sequence[tuple[Post, str]]) -> None:
        other.keyring.refresh(missed=True)
        other.record(gun.deliver(gun.scan()))
        bench.clock.seconds += STATE_EVERY + 0.1
        publish(receipts)

    monkeypatch.setattr(recorder_module, "MAX_COMMIT_MESSAGES", 1)
    monkeypatch.setattr(bench.outward, "publish_receipts", meanwhile)
    bench.put(*(gun.deliver(gun.scan()) for _ in range(2)))
    bench.finish()
    assert [state.position for state in bench.states()] == [1, 2, 4]


def test_the_same_state_is_said_once_until_the_broker_is_a_new_one(bench: Bench) -> None:
    bench.recorder.announce()
    bench.recorder.announce()
    assert len(bench.outward.states) == 1
    bench.recorder.forget_announcement()
    bench.recorder.announce()
    first, second = bench.states()
    assert first == second


def test_devices_hear_of_a_new_key_before_anything_that_it_signed(
    bench: Bench, gun: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = SigningKey.generate()
    notice = sign_notice(KeyNotice(1, "next", later.verifying.to_jwk(), NOW), TRACKER_KEY)
    changes = iter([None, ReceiptKeys(TRACKER_KEY, (notice,)), None, ReceiptKeys(later, (notice,))])
    heard: list[tuple[str, str]] = []

    def hear_state(state: str) -> bool:
        heard.append(("state", parse_jws(state).header.kid))
        return True

    def hear_receipts(receipts: Sequence[tuple[Post, str]]) -> None:
        heard.extend(("receipt", parse_jws(text).header.kid) for _, text in receipts)

    monkeypatch.setattr(bench.outward, "publish_store_state", hear_state)
    monkeypatch.setattr(bench.outward, "publish_receipts", hear_receipts)
    bench.recorder.find_changed_keys = lambda: next(changes, None)
    monkeypatch.setattr(recorder_module, "MAX_COMMIT_MESSAGES", 1)
    bench.put(*(gun.deliver(gun.scan(f"W{number}")) for number in range(4)))
    bench.finish()
    old, new = TRACKER_KEY.kid, later.kid
    assert [kid for what, kid in heard if what == "receipt"] == [old, old, old, new]
    assert heard.index(("state", new)) < heard.index(("receipt", new))


def test_what_nobody_could_hear_is_said_when_somebody_can(bench: Bench) -> None:
    bench.outward.connected = False
    bench.recorder.announce()
    bench.outward.connected = True
    bench.recorder.announce()
    assert len(bench.outward.states) == 1


def test_the_store_is_silent_while_the_database_is_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_times(monkeypatch, "reading", 1, AWAY)
    bench.recorder.announce()
    assert bench.outward.states == []
    bench.recorder.announce()
    assert len(bench.outward.states) == 1


def test_a_refused_message_is_answered_and_acknowledged_like_any_other(bench: Bench, gun: Device) -> None:
    bench.put(Delivery(gun.post, b"rubbish"))
    bench.finish()
    assert bench.acknowledged() == [1]
    (receipt,) = bench.receipts()
    assert receipt.batches[0].refused is not None


def test_a_store_behind_its_last_word_begins_a_new_epoch_before_it_says_or_records_anything(
    bench: Bench, gun: Device
) -> None:
    bench.put(gun.deliver(gun.scan("BEFORE")))
    bench.finish()
    head = bench.recorder.furthest
    assert head is not None
    for known in (replace(head, position=9), replace(head, epoch=head.epoch + 10**9, position=0)):
        again = Bench(bench.intake.engine)
        again.recorder.furthest = known
        again.put(gun.deliver(gun.scan()))
        again.finish()
        assert {state.epoch for state in again.states()} == {again.receipts()[0].epoch}
        assert again.states()[0].epoch > known.epoch


def test_an_idle_store_behind_its_last_word_says_the_new_epoch(bench: Bench) -> None:
    with reading(bench.intake.engine) as session:
        bench.recorder.furthest = replace(log_head(session), position=7)
    bench.recorder.announce()
    (state,) = bench.states()
    assert (state.epoch > 1, state.position) == (True, 0)


def test_the_word_of_another_store_or_of_an_older_life_begins_no_epoch(bench: Bench) -> None:
    with reading(bench.intake.engine) as session:
        head = log_head(session)
    for known in (replace(head, store="another", position=9), replace(head, epoch=0, position=9), head):
        bench.recorder.furthest = known
        bench.recorder.announce()
    assert {state.epoch for state in bench.states()} == {1}


def test_a_database_that_fails_over_to_an_older_one_while_the_tracker_records_begins_a_new_epoch(
    bench: Bench, gun: Device
) -> None:
    bench.put(gun.deliver(gun.scan("W1")))
    bench.finish()
    with transaction(bench.intake.engine) as session:  # what came after a lagging server's last word is gone
        for table in ("event", "batch", "receipt", "parcel"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
        session.connection().exec_driver_sql("UPDATE log_head SET position = 0, batch_no = 0, receipt_no = 0")
    bench.reading.inbox = bench.inbox = Inbox()
    bench.put(gun.deliver(gun.scan("W3")))
    bench.finish()
    assert bench.recorded() == ["W3"]
    assert bench.receipts()[-1].epoch > 1
    assert bench.states()[-1].epoch == bench.receipts()[-1].epoch


def test_a_clock_that_is_days_behind_refuses_no_scan_and_is_told_once_a_minute(bench: Bench, gun: Device) -> None:
    bench.put(gun.deliver(gun.scan("W1", event_time=NOW)))
    bench.finish()
    again = Bench(bench.intake.engine)  # the machine starts anew, and its clock did not go on
    again.recorder.now = lambda: NOW - timedelta(days=2)
    with capture_logs() as logs:
        for number in range(2, 5):
            again.reading.inbox = again.inbox = Inbox()
            again.put(gun.deliver(gun.scan(f"W{number}", event_time=NOW + timedelta(hours=1))))
            again.clock.seconds += 31
            again.finish()
    assert again.recorded() == ["W1", "W2", "W3", "W4"]
    assert {receipt.record_time for receipt in again.receipts()} == {NOW}
    assert [line["seconds"] for line in logs if line["event"] == "clock_behind"] == [172800] * 2


def test_a_clock_that_goes_on_is_believed(bench: Bench, gun: Device) -> None:
    bench.put(gun.deliver(gun.scan("W1")))
    bench.finish()
    bench.recorder.now = lambda: NOW + timedelta(days=2)
    bench.reading.inbox = bench.inbox = Inbox()
    bench.put(gun.deliver(gun.scan("W2", event_time=NOW + timedelta(days=2))))
    bench.finish()
    assert [receipt.record_time for receipt in bench.receipts()] == [NOW, NOW + timedelta(days=2)]
