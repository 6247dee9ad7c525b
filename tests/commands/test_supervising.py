"""The supervisor's eye on the broker (守护代理): started again when it ended, or when it stores nothing more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracker.intake.broker import BrokerError
from web.commands import supervisor as supervisor_module
from web.commands.supervisor import HEALTH_EVERY, Supervisor
from web.settings import Settings


class FakeProcess:
    """A broker's process that the test ends."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode


class FakeBroker:
    """A broker that starts when there is room."""

    room = True
    started: list["FakeBroker"]

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.folder, self.host, self.port = folder, host, port
        self.url = f"mqtt://{host}:{port}"
        self.process: FakeProcess | None = None

    def start(self) -> None:
        if not type(self).room:
            raise BrokerError("no room")
        type(self).started.append(self)
        self.process = FakeProcess(1000 + len(type(self).started))

    def stop(self) -> None:
        assert self.process is not None
        self.process.returncode = 0


Look = Callable[[float], None]


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """The supervisor looks after a running broker, so many seconds after it began."""
    FakeBroker.started, FakeBroker.room = [], True
    monkeypatch.setattr(supervisor_module, "EmbeddedBroker", FakeBroker)
    monkeypatch.setattr(supervisor_module, "is_stuck", lambda _folder, pid: pid in stuck)
    stuck.clear()
    supervisor = Supervisor(Settings(data_dir=tmp_path))
    supervisor._start_broker(1883)
    return supervisor._look_after_broker


stuck: set[int] = set()


def now_running() -> Any:
    broker = FakeBroker.started[-1]
    assert broker.process is not None
    return broker.process


def test_a_broker_that_ended_is_started_again(look: Look) -> None:
    now_running().returncode = -9
    look(0)
    assert len(FakeBroker.started) == 2


def test_a_broker_that_is_well_is_left_alone_and_not_asked_all_the_time(look: Look) -> None:
    look(0)
    stuck.add(now_running().pid)
    look(HEALTH_EVERY - 0.1)
    assert len(FakeBroker.started) == 1


def test_a_broker_that_stores_nothing_more_is_started_again(look: Look) -> None:
    stuck.add(now_running().pid)
    look(0)
    assert [broker.process.returncode for broker in FakeBroker.started if broker.process] == [0, None]
    look(HEALTH_EVERY)
    assert len(FakeBroker.started) == 2


def test_a_broker_that_does_not_start_is_tried_again_later_and_ends_nothing(look: Look) -> None:
    now_running().returncode = 1
    FakeBroker.room = False
    look(0)
    FakeBroker.room = True
    look(1)
    assert len(FakeBroker.started) == 1
    look(supervisor_module.BROKER_PAUSE)
    assert len(FakeBroker.started) == 2
