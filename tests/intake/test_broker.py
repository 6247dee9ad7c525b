"""The embedded broker: where it listens, and that it says what to do when it cannot."""

import socket
from pathlib import Path

import pytest

from tracker.intake.broker import (
    ACK_WAIT,
    LISTENING,
    MAX_PAYLOAD,
    BrokerError,
    EmbeddedBroker,
    choose_port,
    find_server,
)
from tracker.intake.broker_users import TRACKER, changing_users, tracker_user
from tracker.intake.inbox import MAX_MESSAGES
from tracker.wire.message import MAX_PAYLOAD_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A broker's folder with the tracker as its one user."""
    with changing_users(tmp_path) as users:
        users[TRACKER] = tracker_user("t")
    return tmp_path


def test_the_wanted_port_is_taken_when_it_is_free() -> None:
    free = choose_port("127.0.0.1", 0, exactly=False)
    assert choose_port("127.0.0.1", free, exactly=True) == free


def test_another_port_is_found_unless_exactly_that_one_was_asked_for() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        assert choose_port("127.0.0.1", taken, exactly=False) != taken
        with pytest.raises(BrokerError, match="JIXIN_BROKER_PORT"):
            choose_port("127.0.0.1", taken, exactly=True)


def test_without_users_no_broker_starts(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="no users"):
        EmbeddedBroker(tmp_path, "127.0.0.1", 0).start()


def test_a_broker_that_cannot_start_names_its_log(tmp_path: Path) -> None:
    (tmp_path / "users.conf").write_text("users: [ {")
    with pytest.raises(BrokerError, match=r"nats\.log"):
        EmbeddedBroker(tmp_path, "127.0.0.1", 0).start()


def test_a_broker_takes_connections_once_started_and_none_once_stopped(folder: Path) -> None:
    broker = EmbeddedBroker(folder, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=False))
    broker.start()
    socket.create_connection((broker.host, broker.port), timeout=5).close()
    broker.stop()
    broker.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((broker.host, broker.port), timeout=5)


def test_what_the_broker_says_is_for_its_owner_only(folder: Path) -> None:
    """It names client ids, and the tracker's is a secret."""
    (folder / "nats.log").touch(0o644)
    broker = EmbeddedBroker(folder, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=False))
    broker.start()
    broker.stop()
    assert (folder / "nats.log").stat().st_mode & 0o077 == 0


def test_a_port_that_somebody_else_listens_on_is_not_taken_for_the_brokers_own(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(BrokerError, match=r"nats\.log"):
            EmbeddedBroker(folder, "127.0.0.1", other.getsockname()[1]).start()
        log = (folder / "nats.log").read_text()
    assert "address already in use" in log


def test_an_earlier_life_that_listened_is_not_taken_for_this_one(folder: Path) -> None:
    (folder / "nats.log").write_bytes(LISTENING + b" mqtt://127.0.0.1:1883\n")
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(BrokerError, match=r"nats\.log"):
        EmbeddedBroker(folder, "127.0.0.1", other.getsockname()[1]).start()


def test_the_limits_fit_each_other(folder: Path) -> None:
    """A payload above ours is still delivered, to be answered; no more waits unacknowledged than the inbox holds."""
    broker = EmbeddedBroker(folder, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=False))
    broker.start()
    broker.stop()
    configuration = (folder / "nats.conf").read_text()
    assert f"max_payload: {MAX_PAYLOAD}" in configuration
    assert MAX_PAYLOAD > 2 * MAX_PAYLOAD_BYTES
    assert f"max_ack_pending: {MAX_MESSAGES}" in configuration
    assert f'ack_wait: "{ACK_WAIT}"' in configuration
    assert "listen: 127.0.0.1:-1" in configuration


def test_the_server_comes_with_the_packages() -> None:
    assert find_server().is_file()
