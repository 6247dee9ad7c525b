"""The last word: what the broker keeps of the store, asked of a real broker before anything is recorded."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tests.intake.devices import TRACKER_KEY
from tracker.intake.broker import EmbeddedBroker, choose_port
from tracker.intake.broker_users import TRACKER, changing_users, new_password, tracker_user
from tracker.intake.last_word import hear_last_word
from tracker.store.lease import LeaseLost
from tracker.wire.enrolment import BrokerLogin
from tracker.wire.receipt import StoreState, sign_store_state
from tracker.wire.signature import SigningKey
from tracker.wire.topics import STORE

PINNED = [TRACKER_KEY.verifying]


def goes_on() -> None:
    """It is our turn."""


@pytest.fixture
def login(tmp_path: Path) -> Iterator[BrokerLogin]:
    """A running broker's tracker user; the first of two nodes is away."""
    password = new_password()
    with changing_users(tmp_path) as users:
        users[TRACKER] = tracker_user(password)
    port = choose_port("127.0.0.1", 0, exactly=True)
    broker = EmbeddedBroker(tmp_path, "127.0.0.1", port)
    broker.start()
    yield BrokerLogin(f"mqtt://127.0.0.1:1,mqtt://127.0.0.1:{port}", TRACKER, password)
    broker.stop()


def say(login: BrokerLogin, text: str) -> None:
    client = Client(CallbackAPIVersion.VERSION2, client_id="says", protocol=MQTTv311)
    client.username_pw_set(login.username, login.password)
    client.connect("127.0.0.1", int(login.url.rpartition(":")[2]))
    client.loop_start()
    client.publish(STORE, text, qos=1, retain=True).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_the_kept_word_is_heard_and_believed_under_our_keys_only(login: BrokerLogin) -> None:
    assert hear_last_word(login, PINNED, stop=Event(), check=goes_on) is None
    state = StoreState("store", 3, 77)
    say(login, sign_store_state(state, TRACKER_KEY))
    assert hear_last_word(login, PINNED, stop=Event(), check=goes_on) == state
    say(login, sign_store_state(StoreState("store", 3, 10**9), SigningKey.generate()))
    assert hear_last_word(login, PINNED, stop=Event(), check=goes_on) is None
    say(login, "no word at all")
    assert hear_last_word(login, PINNED, stop=Event(), check=goes_on) is None


def test_without_a_broker_or_a_way_in_it_waits_until_told_to_stop_or_the_turn_is_anothers(login: BrokerLogin) -> None:
    wrong = BrokerLogin(login.url, login.username, "wrong")
    stop = Event()
    Timer(0.5, stop.set).start()
    assert hear_last_word(wrong, PINNED, stop=stop, check=goes_on) is None

    def lost() -> None:
        raise LeaseLost("another's")

    with pytest.raises(LeaseLost):
        hear_last_word(BrokerLogin("mqtt://127.0.0.1:1", "", ""), PINNED, stop=Event(), check=lost)
