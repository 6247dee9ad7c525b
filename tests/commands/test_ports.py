"""A port (端口) that somebody else has: every command that wants it says so, Chinese first, and what to do."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.intake.broker import BrokerError, choose_port
from web.commands.ports import require_free_port
from web.commands.running import InstallationError
from web.commands.services import run_web
from web.settings import Settings

CHINESE_FIRST = re.compile(r"^[^a-z]*端口 \d+ 已被占用.*另选一个 · .* port \d+ is taken: .*choose another")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_the_web_server_says_at_once_that_its_port_is_taken(taken: int, tmp_path: Path) -> None:
    with pytest.raises(InstallationError, match=CHINESE_FIRST):
        run_web(Settings(data_dir=tmp_path, web_host="127.0.0.1", web_port=taken))


def test_the_brokers_port_and_the_pages_are_told_apart(taken: int) -> None:
    with pytest.raises(BrokerError, match=CHINESE_FIRST) as broker:
        choose_port("127.0.0.1", taken, exactly=True)
    with pytest.raises(InstallationError, match=CHINESE_FIRST) as pages:
        require_free_port("127.0.0.1", taken)
    assert "JIXIN_BROKER_PORT" in str(broker.value)
    assert "JIXIN_WEB_PORT" in str(pages.value)


def test_a_free_port_is_no_fault(taken: int) -> None:
    assert choose_port("127.0.0.1", taken, exactly=False) != taken
    require_free_port("127.0.0.1", 0)
