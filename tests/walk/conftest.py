"""What the walk shares (全程夹具): one running installation, and the word that nothing of ours is left running."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from scanners.pickups import write_replay_csv
from tests.walk.installation import Installation
from tests.walk.kills import Walk, kill_in_mid_replay
from tests.walk.processes import processes_under

KILLED = ("tracker", "nats-server")


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


@pytest.fixture(scope="session", autouse=True)
def kills_under_way(
    request: pytest.FixtureRequest, walk_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, "Future[Walk]"]]:
    """The kills, begun with the first test of this folder where any test asks for them.

    After a kill a station waits half a minute before it sends again, and nobody wants to watch it wait.
    """
    wanted = KILLED if any("kills" in getattr(item, "fixturenames", ()) for item in request.session.items) else ()
    folders = {name: tmp_path_factory.mktemp(name) for name in wanted}
    with ThreadPoolExecutor(len(KILLED)) as pool:
        yield {name: pool.submit(kill_in_mid_replay, name, folder) for name, folder in folders.items()}


@pytest.fixture
def kills(kills_under_way: dict[str, "Future[Walk]"]) -> dict[str, "Future[Walk]"]:
    """Services killed in mid-replay, each in an installation of its own, by the service's name."""
    return kills_under_way
