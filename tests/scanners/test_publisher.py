"""The publisher: the same bytes until a receipt that it believes, and nothing before a store has spoken."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from scanners import publisher as publisher_module
from scanners.outbox import Outbox
from scanners.publisher import DOUBT, OVERTAKEN, Publisher, Sent
from tests.intake.devices import NOW, TRACKER_KEY, Device
from tests.intake.fakes import FakeClock, FakeMqtt, FakeReason, Published, until
from tests.scanners.counter import GUN, FakeTracker, build_enrolment, events_in, receipt_of, waybills_of
from tracker.wire.message import open_batch, read_batch
from tracker.wire.receipt import Receipt, sign_receipt, sign_store_state
from tracker.wire.signature import SigningKey
from tracker.wire.status import DeviceStatus, decode_status
from tracker.wire.topics import GATEWAY_DEVICE, STORE, Post

RECEIPTS = GUN.post.topic("receipts")


@dataclass
class SteadyChance(random.Random):
    """Chance that always gives the same share of what is asked, and notes what was asked."""

    share: float = 1.0
    asked: list[tuple[float, float]] = field(default_factory=list)

    def uniform(self, a: float, b: float) -> float:
        self.asked.append((a, b))
        return self.share


class Station:
    """A publisher with a broker and a tracker that the test plays."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, **told: Any) -> None:
        self.patch = patch
        self.clock = FakeClock()
        self.now = NOW
        self.chance = SteadyChance()
        self.tracker = FakeTracker()
        self.folder = folder
        self.gateway = told.pop("gateway", False)
        self.key = GUN.key
        self.told = told
        self.start()

    def start(self) -> None:
        """Start with the outbox as it lies on the disk, and a client of its own."""
        self.mqtt = FakeMqtt()
        self.patch.setattr(publisher_module, "Client", self._make_client)
        self.patch.setattr(publisher_module, "IDLE", 0.002)
        self.outbox = Outbox(self.folder / "outbox.db")
        self.publisher = Publisher(
            build_enrolment(self.key, gateway=self.gateway, url=self.told.get("url", "mqtt://broker:1884")),
            self.outbox,
            broker_url=self.told.get("broker_url"),
            now=lambda: self.now,
            clock=self.clock,
            chance=self.chance,
        )
        self.publisher.start()

    def _make_client(self, *_: object, **options: Any) -> FakeMqtt:
        self.mqtt.options = options
        return self.mqtt

    def stop(self) -> None:
        self.publisher.stop()
        self.outbox.close()

    def open(self) -> None:
        """The broker lets us in, and a store has spoken there."""
        self.mqtt.connect()
        self.speak()

    def speak(self, key: SigningKey = TRACKER_KEY) -> None:
        self.mqtt.deliver(STORE, sign_store_state(self.tracker.state(), key))

    def put(self, *waybills: str, post: Post = GUN.post) -> None:
        self.outbox.put_many((post, GUN.scan(no)) for no in waybills)

    def sent(self, post: Post = GUN.post) -> list[bytes]:
        return self.mqtt.sent_to(post.topic("scans"))

    def answer(self, receipt: Receipt, *, key: SigningKey = TRACKER_KEY) -> None:
        self.mqtt.deliver(RECEIPTS, sign_receipt(receipt, key))

    def expect(self, number: int, post: Post = GUN.post) -> list[bytes]:
        """So many payloads were sent, and no more come."""
        until(lambda: len(self.sent(post)) >= number)
        time.sleep(0.02)
        assert len(self.sent(post)) == number
        return self.sent(post)


@pytest.fixture
def make_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Station]]:
    """`make_station(gateway=True)`: a station that has started; the broker has not answered yet."""
    made: list[Station] = []

    def make(**told: Any) -> Station:
        made.append(Station(tmp_path, monkeypatch, **told))
        return made[-1]

    yield make
    for station in made:
        station.stop()


@pytest.fixture
def station(make_station: Callable[..., Station]) -> Station:
    """A device's station."""
    return make_station()


def test_what_is_sent_is_a_batch_that_the_tracker_can_verify(station: Station) -> None:
    station.put("W1", "W2")
    station.open()
    (payload,) = station.expect(1)
    opened = open_batch(payload)
    signed = read_batch(opened, signed=opened.jws.verify(GUN.key.verifying), topic_post=GUN.post, today=NOW.date())
    assert signed.head.sent_at == NOW
    assert waybills_of(signed.items) == ["W1", "W2"]
    (published,) = [each for each in station.mqtt.published if each.topic.endswith("scans")]
    assert (published.qos, published.retain) == (1, False)


def test_nothing_is_sent_before_a_store_has_spoken(station: Station) -> None:
    """A broker keeps nothing for a tracker that never came: it would acknowledge and forget."""
    station.put("W1")
    station.mqtt.connect()
    station.expect(0)
    station.speak(SigningKey.generate())
    station.mqtt.deliver(STORE, b"rubbish")
    station.expect(0)
    station.speak()
    station.expect(1)


def test_after_a_lost_connection_the_store_speaks_first_again(station: Station) -> None:
    station.open()
    station.mqtt.drop()
    station.put("W1")
    station.mqtt.connect()
    station.expect(0)
    station.speak()
    station.expect(1)


def test_the_same_bytes_go_again_after_30_seconds_doubling_to_10_minutes(station: Station) -> None:
    station.put("W1")
    station.open()
    station.expect(1)
    for sent, pause in enumerate([30, 60, 120, 240, 480, 600, 600, 600], start=1):
        station.clock.seconds += pause - 0.01
        station.expect(sent)
        station.speak()
        station.clock.seconds += 0.01
        station.expect(sent + 1)
    assert len(set(station.sent())) == 1


def test_while_nothing_is_heard_of_the_store_it_goes_once_an_hour(station: Station) -> None:
    """The broker keeps every copy until the tracker is back."""
    station.put("W1")
    station.open()
    station.expect(1)
    for sent, pause in enumerate([30, 60, 120, 240, 480, 3600, 3600], start=1):
        station.clock.seconds += pause - 0.01
        station.expect(sent)
        station.clock.seconds += 0.01
        station.expect(sent + 1)


@pytest.mark.parametrize("sign", ["word", "connection"])
def test_a_sign_of_life_brings_what_was_put_off_back_to_10_minutes(station: Station, sign: str) -> None:
    station.put("W1")
    station.open()
    for sent, pause in enumerate([30, 60, 120, 240, 480], start=1):
        station.expect(sent)
        station.clock.seconds += pause
    station.expect(6)
    station.clock.seconds += 700
    station.expect(6)
    if sign == "connection":
        station.mqtt.drop()
        station.mqtt.connect()
        station.mqtt.deliver(STORE, sign_store_state(station.tracker.state(), TRACKER_KEY), retain=True)
    else:
        station.speak()
    station.clock.seconds += 599
    station.expect(6)
    station.clock.seconds += 2
    station.expect(7)


def test_the_pauses_jitter_by_a_fifth(station: Station) -> None:
    station.chance.share = 0.8
    station.put("W1")
    station.open()
    station.expect(1)
    assert station.chance.asked == [(0.8, 1.2)]
    station.clock.seconds += 23.99
    station.expect(1)
    station.clock.seconds += 0.01
    station.expect(2)


def test_pauses_stay_at_10_minutes_however_often_it_was_sent(station: Station) -> None:
    station.put("W1")
    station.open()
    station.expect(1)
    (batch,) = station.outbox.open_batches()
    for _ in range(40):
        station.outbox.count_attempt(batch.batch_id)
    station.clock.seconds += 30
    station.expect(2)
    station.clock.seconds += 599.9
    station.expect(2)
    station.clock.seconds += 0.1
    station.expect(3)


def test_at_most_eight_batches_of_a_device_are_open(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.outbox.MAX_EVENTS", 1)
    station.put(*(f"W{number}" for number in range(11)))
    station.open()
    payloads = station.expect(8)
    assert [waybills_of(events_in(payload)) for payload in payloads] == [[f"W{number}"] for number in range(8)]
    station.answer(station.tracker.take(payloads[3]))
    assert waybills_of(events_in(station.expect(9)[-1])) == ["W8"]
    station.answer(station.tracker.take(payloads[0]))
    station.answer(station.tracker.take(payloads[1]))
    station.expect(11)


def test_each_post_of_a_gateway_has_its_own_eight(
    make_station: Callable[..., Station], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanners.outbox.MAX_EVENTS", 1)
    station = make_station(gateway=True)
    posts = [Post("BLUEBIRD", "HZ-01", GATEWAY_DEVICE), Post("EVENWAY", "SH-01", GATEWAY_DEVICE)]
    for post in posts:
        station.put(*(f"W{number}" for number in range(10)), post=post)
    station.open()
    for post in posts:
        station.expect(8, post)


def test_a_receipt_removes_what_it_names_and_is_counted(station: Station) -> None:
    station.tracker.refuse = lambda waybill_no: "time_in_future" if waybill_no == "BAD" else None
    station.put("W1", "BAD", "W2")
    station.open()
    (payload,) = station.expect(1)
    station.tracker.take(payload)
    station.answer(station.tracker.take(payload))
    assert station.publisher.sent == Sent(recorded=0, known=2, refused=1)
    assert station.outbox.waiting() == 0
    station.clock.seconds += 10_000
    station.expect(1)


def test_each_runs_receipts_are_counted_apart(station: Station) -> None:
    run = station.outbox.begin_run()
    station.put("W1")
    station.outbox.put_many([(GUN.post, GUN.scan("R1")), (GUN.post, GUN.scan("R2"))], run=run)
    station.open()
    for payload in station.expect(2):
        station.answer(station.tracker.take(payload))
    assert station.publisher.sent_by_run == {0: Sent(recorded=1), run: Sent(recorded=2)}
    assert station.publisher.sent == Sent(recorded=3)


@pytest.mark.parametrize("code", ["key_unknown", "key_revoked", "version_unknown"])
def test_what_a_new_enrolment_may_mend_is_kept_said_and_sent_again(station: Station, code: str) -> None:
    station.put("W1")
    station.open()
    (payload,) = station.expect(1)
    station.tracker.refuse_batch = code
    station.answer(station.tracker.take(payload))
    assert (station.publisher.refusal, station.outbox.waiting()) == (code, 1)
    station.tracker.refuse_batch = None
    station.clock.seconds += 30
    station.answer(station.tracker.take(station.expect(2)[1]))
    assert (station.outbox.waiting(), station.publisher.sent) == (0, Sent(recorded=1))


def test_after_a_new_enrolment_what_waits_is_signed_with_the_new_key(station: Station) -> None:
    station.put("W1")
    station.open()
    station.expect(1)
    station.stop()
    station.key = SigningKey.generate()
    station.start()
    station.open()
    (payload,) = station.expect(1)
    opened = open_batch(payload)
    signed = read_batch(opened, signed=opened.jws.verify(station.key.verifying), topic_post=GUN.post, today=NOW.date())
    assert waybills_of(signed.items) == ["W1"]
    station.answer(station.tracker.take(payload))
    assert station.outbox.waiting() == 0


def test_a_receipt_signed_by_an_unpinned_key_is_not_believed(station: Station) -> None:
    station.put("W1")
    station.open()
    (payload,) = station.expect(1)
    receipt = station.tracker.take(payload)
    station.answer(receipt, key=SigningKey.generate())
    station.answer(receipt, key=SigningKey(TRACKER_KEY.kid, SigningKey.generate().key))
    station.mqtt.deliver(RECEIPTS, sign_store_state(station.tracker.state(), TRACKER_KEY))
    assert (station.outbox.waiting(), station.publisher.sent) == (1, Sent())
    station.answer(receipt)
    assert station.outbox.waiting() == 0


@pytest.mark.parametrize("payload", [b"", b"rubbish", b"\xff\xfe", b"a.b.c", b"[" * 10_000])
def test_what_cannot_be_read_does_not_end_the_network_thread(station: Station, payload: bytes) -> None:
    station.put("W1")
    station.open()
    (sent,) = station.expect(1)
    for topic in (RECEIPTS, STORE):
        station.mqtt.deliver(topic, payload)
    station.answer(station.tracker.take(sent))
    assert station.outbox.waiting() == 0


def test_an_outbox_that_fails_while_a_receipt_is_taken_does_not_end_the_network_thread(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.put("W1")
    station.open()
    receipt = station.tracker.take(station.expect(1)[0])
    with monkeypatch.context() as broken:
        broken.setattr(station.outbox, "take_receipt", _fail)
        station.answer(receipt)
    assert station.outbox.waiting() == 1
    station.answer(receipt)
    assert station.outbox.waiting() == 0


def test_an_outbox_that_cannot_be_written_does_not_silence_the_station(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full while a batch is signed: it is sent once there is room again."""
    monkeypatch.setattr(publisher_module, "FAILED_PAUSE", 0.01)
    failed: list[int] = []

    def fail(*_: object) -> None:
        failed.append(1)
        _fail()

    with monkeypatch.context() as broken:
        broken.setattr(station.outbox, "open_batch", fail)
        station.put("W1")
        station.open()
        until(lambda: len(failed) >= 2)
    station.expect(1)


def _fail(*_: object, **__: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_after_a_restart_what_was_signed_goes_again_as_the_same_bytes(station: Station) -> None:
    station.put("W1")
    station.open()
    (before,) = station.expect(1)
    station.stop()
    station.start()
    station.put("W2")
    station.open()
    again, fresh = station.expect(2)
    assert again == before
    assert waybills_of(events_in(fresh)) == ["W2"]


def test_a_store_that_went_back_gets_its_events_again(station: Station) -> None:
    station.put("W1", "W2")
    station.open()
    (first,) = station.expect(1)
    station.answer(station.tracker.take(first))
    station.tracker.restore(1)
    station.speak()
    assert events_in(station.expect(2)[1]) == events_in(first)


def test_a_device_whose_clock_jumps_weeks_ahead_forgets_nothing_early(station: Station) -> None:
    for waybill_no, ahead in (("W1", 0), ("W2", 21), ("W3", 0)):
        station.now = NOW + timedelta(days=ahead)
        station.put(waybill_no)
        station.open()
        until(lambda: station.outbox.open_batches())
        station.answer(station.tracker.take(station.sent()[-1]))
    station.tracker.restore(0)
    station.speak()
    assert waybills_of(events_in(station.expect(4)[3])) == ["W1", "W2", "W3"]


def test_what_the_broker_kept_about_the_store_waits_for_the_trackers_own_word(station: Station) -> None:
    """Under load it is always a little old, and after a broker's crash much: that is no store that went back."""
    old = sign_store_state(station.tracker.state(), TRACKER_KEY)
    station.put("W1", "W2")
    station.open()
    (first,) = station.expect(1)
    station.answer(station.tracker.take(first))
    station.mqtt.deliver(STORE, old, retain=True)
    station.speak()
    station.clock.seconds += DOUBT + 1
    station.expect(1)
    assert station.outbox.waiting() == 0


def test_a_word_that_a_receipt_overtook_is_no_store_that_went_back(station: Station) -> None:
    """One worker says how far the store has come while another answers."""
    before = sign_store_state(station.tracker.state(), TRACKER_KEY)
    station.put("W1", "W2")
    station.open()
    (first,) = station.expect(1)
    station.answer(station.tracker.take(first))
    station.mqtt.deliver(STORE, before)
    station.clock.seconds += OVERTAKEN
    station.expect(1)
    station.speak()
    station.clock.seconds += DOUBT + 1
    station.expect(1)
    assert station.outbox.waiting() == 0


def test_a_lower_word_of_the_same_epoch_is_believed_of_older_receipts_at_once(station: Station) -> None:
    station.put("W1", "W2")
    station.open()
    (first,) = station.expect(1)
    station.answer(station.tracker.take(first))
    station.clock.seconds += OVERTAKEN + 1
    station.mqtt.deliver(STORE, sign_store_state(replace(station.tracker.state(), position=1), TRACKER_KEY))
    assert events_in(station.expect(2)[1]) == events_in(first)


def test_a_lower_word_that_nobody_puts_right_is_believed_of_every_receipt(station: Station) -> None:
    station.put("W1", "W2")
    station.open()
    (first,) = station.expect(1)
    station.answer(station.tracker.take(first))
    station.mqtt.deliver(STORE, sign_store_state(replace(station.tracker.state(), position=1), TRACKER_KEY))
    station.clock.seconds += DOUBT + 1
    assert events_in(station.expect(2)[1]) == events_in(first)


def test_what_the_broker_kept_about_the_store_is_believed_when_nobody_puts_it_right(station: Station) -> None:
    station.put("W1", "W2")
    station.open()
    (first,) = station.expect(1)
    station.answer(station.tracker.take(first))
    station.tracker.restore(1)
    station.mqtt.deliver(STORE, sign_store_state(station.tracker.state(), TRACKER_KEY), retain=True)
    station.clock.seconds += DOUBT - 1
    station.expect(1)
    station.clock.seconds += 2
    assert events_in(station.expect(2)[1]) == events_in(first)


def test_a_receipt_for_nothing_of_ours_changes_nothing(station: Station) -> None:
    station.put("W1")
    station.open()
    station.expect(1)
    stranger = Device(GUN.post)
    station.answer(FakeTracker().take(stranger.sign([stranger.scan("W9")])))
    station.answer(receipt_of())
    assert (station.outbox.waiting(), station.publisher.sent) == (1, Sent())


def test_a_device_hears_its_own_receipts_and_the_store_at_qos_0_and_keeps_no_session(station: Station) -> None:
    station.mqtt.connect()
    assert station.mqtt.subscribed == [[(RECEIPTS, 0), (STORE, 0)]]
    assert station.mqtt.options["clean_session"] is True
    assert station.mqtt.login == (GUN.post.username, "secret")


def test_a_gateway_hears_the_receipts_of_every_station_it_speaks_for(make_station: Callable[..., Station]) -> None:
    station = make_station(gateway=True)
    station.mqtt.connect()
    assert station.mqtt.subscribed == [[("jixin/v1/+/+/replay/receipts", 0), (STORE, 0)]]
    assert (station.mqtt.will, station.mqtt.published) == (None, [])


def test_a_device_says_when_it_is_there_and_when_it_leaves(station: Station) -> None:
    topic = GUN.post.topic("status")
    station.put("W1")
    station.mqtt.connect()
    until(lambda: station.mqtt.sent_to("status"))
    station.publisher.stop()
    said = [each for each in station.mqtt.published if each.topic == topic]
    assert [(word.online, word.waiting, word.sent_at) for word in map(read_status, said)] == [
        (True, 1, NOW),
        (False, 1, NOW),
    ]
    assert {(each.qos, each.retain) for each in said} == {(1, True)}
    assert station.mqtt.closed


def test_the_will_says_offline_and_no_more_than_the_broker_can_know(station: Station) -> None:
    assert station.mqtt.will is not None
    assert (station.mqtt.will.topic, station.mqtt.will.qos, station.mqtt.will.retain) == (
        GUN.post.topic("status"), 1, True,
    )  # fmt: skip
    assert read_status(station.mqtt.will) == DeviceStatus(v=1, online=False, waiting=None, oldest=None, sent_at=None)


def test_each_connection_is_told_at_once(station: Station) -> None:
    for number in (1, 2):
        station.mqtt.connect()
        until(lambda number=number: len(station.mqtt.sent_to("status")) == number)
        station.mqtt.drop()


def read_status(word: Published) -> DeviceStatus:
    return decode_status(word.payload)


def test_who_was_never_let_in_says_nothing_when_it_leaves(station: Station) -> None:
    station.mqtt.connect(refused=True)
    station.publisher.stop()
    assert station.mqtt.published == []


def test_why_the_broker_refuses_is_known_until_it_does_not(station: Station) -> None:
    station.mqtt.connect(refused=True)
    assert station.publisher.refusal == "Not authorized"
    assert not station.publisher.connected.is_set()
    station.mqtt.connect()
    assert station.publisher.refusal is None
    assert station.publisher.connected.is_set()


def test_a_client_id_ends_in_the_outboxs_own_id(station: Station) -> None:
    """Two clones of one device coexist at the broker; the same device stays the same."""
    first = station.mqtt.options["client_id"]
    station.stop()
    station.start()
    assert station.mqtt.options["client_id"] == first
    name, _, install = first.rpartition("-")
    assert name == "BLUEBIRD-HZ-01-GUN-1"
    assert len(install) == 16


def test_mqtts_is_spoken_over_tls_to_where_the_broker_is(make_station: Callable[..., Station]) -> None:
    station = make_station(url="mqtts://broker.example")
    assert station.mqtt.address == ("broker.example", 8883)
    assert station.mqtt.tls is not None


def test_a_broker_that_has_moved_is_found(make_station: Callable[..., Station]) -> None:
    station = make_station(broker_url="mqtt://127.0.0.1:2883")
    assert station.mqtt.address == ("127.0.0.1", 2883)


def test_a_station_goes_on_to_the_next_node_of_a_cluster(make_station: Callable[..., Station]) -> None:
    station = make_station(broker_url="mqtt://one,mqtt://two,mqtt://three")
    nodes = ["one", "two", "three"] * 2
    first = nodes.index(station.mqtt.address[0]) if station.mqtt.address else -1
    station.mqtt.fail()
    assert station.mqtt.address == (nodes[first + 1], 1883)
    station.open()
    station.mqtt.drop()
    assert station.mqtt.address == (nodes[first + 2], 1883)


def test_closing_the_connection_oneself_goes_on_to_nobody(make_station: Callable[..., Station]) -> None:
    station = make_station(broker_url="mqtt://one,mqtt://two")
    station.open()
    before = station.mqtt.address
    station.mqtt.on_disconnect(station.mqtt, None, None, FakeReason(), None)
    assert station.mqtt.address == before


def test_a_refused_subscription_is_asked_for_again(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "ASK_AGAIN", 0.01)
    station.open()
    before = len(station.mqtt.subscribed)
    station.mqtt.on_subscribe(station.mqtt, None, 2, [FakeReason(), FakeReason()], None)
    station.mqtt.on_subscribe(station.mqtt, None, 3, [FakeReason(True), FakeReason()], None)
    until(lambda: len(station.mqtt.subscribed) == before + 1)
    assert station.mqtt.subscribed[-1] == station.mqtt.subscribed[0]
