"""The takeover: certain of its end, or it says so. That it ends a real connection is shown in tests/walk."""

import socket
import ssl
from collections.abc import Callable

import pytest

from tracker.intake import takeover
from tracker.intake.takeover import TakeoverFailed, take_over

REVOKED, GOOD = ssl.create_default_context(), ssl.create_default_context()


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> list[ssl.SSLContext]:
    """Who came, in order, to a broker that lets in whom `monkeypatch` says."""
    came: list[ssl.SSLContext] = []
    monkeypatch.setattr(takeover, "PAUSE", 0.001)
    monkeypatch.setattr(takeover, "PATIENCE", 0.01)
    let_in(monkeypatch, came, lambda context: context is GOOD)
    return came


def let_in(
    monkeypatch: pytest.MonkeyPatch, came: list[ssl.SSLContext], judge: Callable[[ssl.SSLContext], bool]
) -> None:
    def answer(_host: str, _port: int, context: ssl.SSLContext) -> bool:
        came.append(context)
        return judge(context)

    monkeypatch.setattr(takeover, "_is_let_in", answer)


def test_the_place_is_taken_only_after_the_list_is_in_force(
    broker: list[ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(monkeypatch, broker, lambda context: context is GOOD or len(broker) < 4)
    take_over("broker.example", 8883, revoked=REVOKED, good=GOOD)
    assert broker == [REVOKED] * 4 + [GOOD]


def test_a_broker_that_does_not_read_its_list_is_said(
    broker: list[ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(monkeypatch, broker, lambda _: True)
    with pytest.raises(TakeoverFailed, match="reload it"):
        take_over("broker.example", 8883, revoked=REVOKED, good=GOOD)


def test_a_broker_that_lets_nobody_in_is_said(broker: list[ssl.SSLContext], monkeypatch: pytest.MonkeyPatch) -> None:
    let_in(monkeypatch, broker, lambda _: False)
    with pytest.raises(TakeoverFailed, match="restart it"):
        take_over("broker.example", 8883, revoked=REVOKED, good=GOOD)


def test_where_no_broker_runs_no_connection_is_open() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        take_over("127.0.0.1", taken.getsockname()[1], revoked=REVOKED, good=GOOD)


def test_a_broker_that_is_not_found_is_said() -> None:
    with pytest.raises(TakeoverFailed, match="restart it"):
        take_over("no-such-host.invalid", 8883, revoked=REVOKED, good=GOOD)
