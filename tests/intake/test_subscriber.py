"""The subscriber: receiving acknowledges nothing, and a packet id means something on its own connection only."""

import socket
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.intake.fakes import FakeMqtt, FakeReason, until
from tracker.intake import subscriber as subscriber_module
from tracker.intake.inbox import Inbox
from tracker.intake.subscriber import Subscriber
from tracker.wire.topics import ALL_IDENTITIES, ALL_SCANS, ALL_STATUS, STORE, Post

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")
SCANS = POST.topic("scans")


@pytest.fixture
def mqtt(monkeypatch: pytest.MonkeyPatch) -> FakeMqtt:
    """The client that the subscriber will make."""
    client = FakeMqtt()

    def make(*_: object, **options: Any) -> FakeMqtt:
        client.options = options
        return client

    monkeypatch.setattr("tracker.intake.subscriber.Client", make)
    return client


@pytest.fixture
def subscriber(mqtt: FakeMqtt) -> Subscriber:
    """A subscriber that has started; the broker has not answered yet."""
    one = Subscriber(url="mqtt://broker:1884", username="tracker", password="p", client_id="secret", inbox=Inbox())
    one.start()
    return one


def waiting(subscriber: Subscriber) -> list[bytes]:
    taken = subscriber.inbox.take(max_messages=100, max_bytes=10_000, timeout=0)
    return [delivery.payload for delivery in taken]


def test_the_session_is_persistent_under_the_secret_id_and_acknowledged_by_hand(
    mqtt: FakeMqtt, subscriber: Subscriber
) -> None:
    assert mqtt.options["clean_session"] is False
    assert mqtt.options["manual_ack"] is True
    assert mqtt.options["client_id"] == "secret"
    assert (mqtt.login, mqtt.address, mqtt.tls) == (("tracker", "p"), ("broker", 1884), None)


def test_mqtts_is_spoken_over_tls(mqtt: FakeMqtt) -> None:
    Subscriber(url="mqtts://broker", username="t", password="p", client_id="c", inbox=Inbox()).start()
    assert mqtt.tls is not None


def test_a_node_that_is_away_or_lost_is_passed_over_for_the_next(mqtt: FakeMqtt) -> None:
    urls = "mqtt://one,mqtt://two:1884,mqtt://three"
    Subscriber(url=urls, username="t", password="p", client_id="c", inbox=Inbox()).start()
    assert mqtt.address == ("one", 1883)
    mqtt.fail()
    assert mqtt.address == ("two", 1884)
    mqtt.connect()
    assert mqtt.address == ("two", 1884)
    mqtt.drop()
    assert mqtt.address == ("three", 1883)
    mqtt.fail()
    assert mqtt.address == ("one", 1883)


def test_who_may_not_connect_is_to_paho_a_broker_that_is_away(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.on_pre_connect(mqtt, None)
    subscriber.may_connect = lambda: False
    with pytest.raises(OSError, match="another tracker"):
        mqtt.on_pre_connect(mqtt, None)


def test_workers_share_the_scans(mqtt: FakeMqtt) -> None:
    one = Subscriber(url="mqtt://broker", username="t", password="p", client_id="c", inbox=Inbox(), shared=True)
    one.start()
    mqtt.connect()
    assert ("$share/jixin/jixin/v1/+/+/+/scans", 1) in mqtt.subscribed[0]


def test_a_cluster_that_refuses_the_subscription_during_an_election_is_asked_again(
    mqtt: FakeMqtt, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.intake.subscriber.ASK_AGAIN", 0.01)
    mqtt.connect()
    subscriber.connected.clear()
    mqtt.on_subscribe(mqtt, None, 2, [FakeReason(True), FakeReason()], None)
    assert not subscriber.connected.is_set()
    until(lambda: len(mqtt.subscribed) == 2)
    mqtt.on_subscribe(mqtt, None, 3, [FakeReason(), FakeReason()], None)
    assert subscriber.connected.is_set()


def test_every_devices_scans_are_subscribed_at_qos_1_on_each_connection(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    mqtt.drop()
    mqtt.connect()
    assert mqtt.subscribed == [[(ALL_SCANS, 1), (ALL_IDENTITIES, 1), (ALL_STATUS, 0)]] * 2


def test_a_status_is_handed_on_beside_the_inbox(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    heard: list[tuple[Post, bytes, bool]] = []
    subscriber.on_status = lambda *word: heard.append(word)
    mqtt.connect()
    mqtt.deliver(POST.topic("status"), b"retained", retain=True)
    mqtt.deliver(POST.topic("status"), b"live")
    assert heard == [(POST, b"retained", True), (POST, b"live", False)]
    assert (waiting(subscriber), mqtt.acknowledged) == ([], [])


def test_a_message_goes_into_the_inbox_and_is_not_acknowledged_by_that(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    mqtt.deliver(SCANS, b"payload", packet_id=7)
    (delivery,) = subscriber.inbox.take(max_messages=9, max_bytes=999, timeout=0)
    assert (delivery.post, delivery.payload, delivery.packet_id) == (POST, b"payload", 7)
    assert mqtt.acknowledged == []
    subscriber.acknowledge([(delivery.connection, delivery.packet_id)])
    assert mqtt.acknowledged == [(7, 1)]


def test_a_packet_id_that_waits_is_the_brokers_repeat(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    mqtt.deliver(SCANS, b"one", packet_id=7)
    mqtt.deliver(SCANS, b"one", packet_id=7)
    (delivery,) = subscriber.inbox.take(max_messages=9, max_bytes=999, timeout=0)
    mqtt.deliver(SCANS, b"one", packet_id=7)  # taken from the inbox, not yet recorded
    assert waiting(subscriber) == []
    subscriber.acknowledge([(delivery.connection, delivery.packet_id)])
    mqtt.deliver(SCANS, b"two", packet_id=7)
    assert waiting(subscriber) == [b"two"]


def test_an_acknowledgement_of_an_old_connection_does_nothing(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    mqtt.deliver(SCANS, b"old", packet_id=7)
    (old,) = subscriber.inbox.take(max_messages=9, max_bytes=999, timeout=0)
    mqtt.drop()
    mqtt.connect()
    mqtt.deliver(SCANS, b"another message", packet_id=7)
    subscriber.acknowledge([(old.connection, old.packet_id)])
    assert mqtt.acknowledged == []
    assert waiting(subscriber) == [b"another message"]


def test_what_waits_is_dropped_when_the_connection_is_new(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    mqtt.deliver(SCANS, b"old", packet_id=7)
    mqtt.drop()
    mqtt.connect()
    mqtt.deliver(SCANS, b"the same again", packet_id=1)
    assert waiting(subscriber) == [b"the same again"]


def test_messages_without_a_packet_id_are_all_taken_and_never_acknowledged(
    mqtt: FakeMqtt, subscriber: Subscriber
) -> None:
    """A device that publishes at QoS 0; NATS hangs up on whoever acknowledges packet 0."""
    mqtt.connect()
    mqtt.deliver(SCANS, b"one", packet_id=0)
    mqtt.deliver(SCANS, b"two", packet_id=0)
    deliveries = subscriber.inbox.take(max_messages=9, max_bytes=999, timeout=0)
    assert [delivery.payload for delivery in deliveries] == [b"one", b"two"]
    subscriber.acknowledge([(each.connection, each.packet_id) for each in deliveries])
    assert mqtt.acknowledged == []


@pytest.mark.parametrize("topic", ["jixin/v1/A/B/C D/scans", "jixin/v1/青鸟/B/C/scans", b"jixin/v1/A/B/\xff/scans"])
def test_a_topic_that_is_nobodys_is_acknowledged_and_forgotten(
    mqtt: FakeMqtt, subscriber: Subscriber, topic: str | bytes
) -> None:
    mqtt.connect()
    mqtt.deliver(topic, b"?", packet_id=3)
    assert mqtt.acknowledged == [(3, 1)]
    mqtt.deliver(SCANS, b"good", packet_id=3)
    assert waiting(subscriber) == [b"good"]


def test_a_flood_on_topics_that_are_nobodys_writes_one_line(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    with capture_logs() as lines:
        for number in range(100):
            mqtt.deliver("jixin/v1/A/B/C D/scans", b"?", packet_id=number + 1)
    assert [line["times"] for line in lines if line["event"] == "topic_not_ours"] == [1]
    assert waiting(subscriber) == []


def test_the_store_speaks_only_after_the_subscription_stands(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    """Whoever hears it may send: from then on the broker keeps scans for us."""
    assert not subscriber.publish_store_state("too early")
    mqtt.on_connect(mqtt, None, None, type("Fine", (), {"is_failure": False}), None)
    assert not subscriber.publish_store_state("too early still")
    mqtt.on_subscribe(mqtt, None, 1, [], None)
    assert subscriber.publish_store_state("now")
    (state,) = mqtt.published
    assert (state.topic, state.payload, state.qos, state.retain) == (STORE, b"now", 0, True)
    mqtt.drop()
    assert not subscriber.publish_store_state("nobody listens")
    assert len(mqtt.published) == 1


def test_each_subscription_counts_as_a_connection(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    seen = []
    for happening in (mqtt.connect, mqtt.drop, mqtt.connect):
        happening()
        seen.append((subscriber.connected.is_set(), subscriber.connections))
    assert seen == [(True, 1), (False, 1), (True, 2)]


def test_a_connection_that_is_refused_subscribes_nothing(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect(refused=True)
    assert mqtt.subscribed == []
    assert not subscriber.connected.is_set()


def test_a_receipt_goes_to_its_device_at_qos_0(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    subscriber.publish_receipt(POST, "receipt")
    (sent,) = mqtt.published
    assert (sent.topic, sent.payload, sent.qos, sent.retain) == (POST.topic("receipts"), b"receipt", 0, False)


def test_stopping_leaves_what_is_not_acknowledged_to_the_broker(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    mqtt.deliver(SCANS, b"unrecorded", packet_id=5)
    subscriber.stop()
    assert (mqtt.closed, mqtt.acknowledged) == (True, [])
    mqtt.deliver(SCANS, b"too late", packet_id=6)
    assert waiting(subscriber) == [b"unrecorded"]


def test_it_leaves_once_the_broker_has_answered_its_last_question(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    """Which is not the store's state once more: another worker may have said a later one since."""
    mqtt.connect()
    subscriber.publish_store_state("how far the store has come")
    subscriber.publish_receipt(POST, "a receipt")
    assert subscriber.stop() is True
    assert [(each.topic, each.qos, each.retain) for each in mqtt.published] == [
        (STORE, 0, True), (POST.topic("receipts"), 0, False)
    ]  # fmt: skip
    (asked,) = mqtt.left
    assert asked not in [topic for topics in mqtt.subscribed for topic, _ in topics]
    assert mqtt.closed


def test_a_broker_that_does_not_answer_is_left_all_the_same(
    mqtt: FakeMqtt, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber_module, "FLUSH", 0.01)
    near, far = socket.socketpair()
    mqtt.line, mqtt.answers = near, False
    mqtt.connect()
    subscriber.publish_store_state("how far the store has come")
    with near, far:
        assert subscriber.stop() is False
        assert far.recv(1) == b""  # shut down: paho's thread waits for nothing any more
    assert mqtt.closed


def test_without_a_connection_there_is_no_last_question(mqtt: FakeMqtt, subscriber: Subscriber) -> None:
    mqtt.connect()
    subscriber.publish_store_state("how far the store has come")
    mqtt.drop()
    assert subscriber.stop() is True
    assert mqtt.left == []
    assert mqtt.closed
