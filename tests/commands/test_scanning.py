"""`jixin station` says why nothing is sent: the broker is away, or does not take this login any more. Once."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from tests.walk.processes import free_port
from tracker.wire.enrolment import write_enrolment
from tracker.wire.topics import Post
from web.cli.program import app
from web.commands import connection
from web.commands.installation import enrol_device
from web.settings import Settings

Station = Callable[..., Result]


@pytest.fixture
def station(settings: Settings, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    """`station(port, "W1\\n")`: a shift of these lines with the broker at a port of this machine."""
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    file = tmp_path / "gun.json"
    write_enrolment(enrol_device(settings, store, Post("BLUEBIRD", "HZ-01", "GUN-1")), file)

    def run(port: int, lines: str, wait: float = 0.5) -> Result:
        monkeypatch.setenv("JIXIN_BROKER_URL", f"mqtt://127.0.0.1:{port}")
        return CliRunner().invoke(
            app, ["station", "--enrolment", str(file), "--step=arrived", "--wait", str(wait)], input=lines
        )

    return run


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A broker that says this to each connection and closes it; its port."""
    ended = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)

        def serve() -> None:
            while not ended.is_set():
                try:
                    client, _ = server.accept()
                except TimeoutError:
                    continue
                with client:
                    client.recv(4096)
                    client.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        thread.join()


def test_a_broker_that_is_away_is_said_once_with_the_reason(station: Station) -> None:
    port = free_port()
    result = station(port, "W1\nW2\n")
    assert result.exit_code == 1
    assert result.stderr.count("no connection to the broker at") == 1
    assert f"mqtt://127.0.0.1:{port} (Connection refused)" in result.stderr
    assert "– 入库 recorded 0 · 已有 known 0 · 被拒 refused 0 · 待传 2" in result.stdout


def test_a_shift_without_scans_has_nothing_to_complain_of(station: Station) -> None:
    result = station(free_port(), "")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "✓" not in result.stdout


@pytest.mark.parametrize(
    "answer", [b"\x20\x02\x00\x05", b"\x20\x02\x00\x04", b""], ids=["not authorized", "4", "closed"]
)
def test_a_login_that_is_taken_no_more_may_be_revoked(station: Station, answer: bytes) -> None:
    with answering(answer) as port:
        result = station(port, "W1\n", wait=1.5)
    assert result.exit_code == 1
    assert result.stderr.count("does not take this login any more; it may have been revoked") == 1
    assert "重新入网" in result.stderr


def test_a_broker_that_only_begins_is_not_taken_for_one_that_refuses(station: Station) -> None:
    with answering(b"\x20\x02\x00\x03") as port:
        result = station(port, "W1\n", wait=1.5)
    assert "revoked" not in result.stderr
    assert "no connection to the broker" in result.stderr


def test_it_is_said_during_a_long_shift_and_not_again_at_its_end(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.0)
    said: list[float] = []
    told = connection.no_connection
    monkeypatch.setattr(connection, "no_connection", lambda *words: said.append(time.monotonic()) or told(*words))
    station(free_port(), "W1\n", wait=2.0)
    assert len(said) == 1
    assert time.monotonic() - said[0] > 1.0
