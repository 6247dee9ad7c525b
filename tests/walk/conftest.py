"""What the walk shares (全程夹具): one running installation, and the word that nothing of ours is left running."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanners.pickups import write_replay_csv
from tests.walk.installation import Installation
from tests.walk.processes import processes_under


@pytest.fixture(scope="session", autouse=True)
def walk_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder below which every data dir of this session lies; at the end no process of it runs."""
    folder = tmp_path_factory.getbasetemp()
    yield folder
    assert processes_under(folder) == []


@pytest.fixture(scope="session")
def house(walk_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running `up` that the tests of this folder share."""
    installation = Installation(tmp_path_factory.mktemp("house") / "data")
    with installation.up():
        yield installation


@pytest.fixture
def place(walk_folder: Path, tmp_path: Path) -> Installation:
    """An installation of this test's own, not running."""
    return Installation(tmp_path / "data")


@pytest.fixture(scope="session")
def pickups_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 6,190 real pick-ups as a Replay CSV."""
    path = tmp_path_factory.mktemp("pickups") / "pickups.csv"
    write_replay_csv(path)
    return path


@pytest.fixture(scope="session")
def pickups(house: Installation, pickups_file: Path) -> dict[str, Any]:
    """The report of their first replay into the shared installation."""
    return house.replay(pickups_file)
