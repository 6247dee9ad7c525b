"""What command tests share (命令夹具): an installation of the test's own, and no settings from outside."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tracker.store.database import build_engine
from web.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_from_outside_and_nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither variables nor a jixin.toml of whoever runs the tests; signals go where they went before."""
    for name in [name for name in os.environ if name.startswith("JIXIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a data dir that does not exist yet."""
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def store(settings: Settings, sqlite_template: Path) -> Iterator[Engine]:
    """The migrated store of that data dir."""
    settings.data_dir.mkdir(mode=0o700)
    shutil.copy(sqlite_template, settings.data_dir / "jixin.db")
    engine = build_engine(settings.store_url)
    yield engine
    engine.dispose()
