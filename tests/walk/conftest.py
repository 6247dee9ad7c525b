"""What the walk shares (全程夹具): one running installation, and the word that nothing of ours is left running."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.walk.handheld import Handheld
from tests.walk.installation import Installation
from tests.walk.processes import processes_under

NewHandheld = Callable[..., Handheld]


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
def place(tmp_path: Path) -> Installation:
    """An installation of this test's own, not running."""
    return Installation(tmp_path / "data")


_numbers = count(1)


@pytest.fixture
def new_handheld(house: Installation) -> Iterator[NewHandheld]:
    """`new_handheld(carrier="QING", station="HZ-1")`: a device enrolled while everything runs, and online."""
    with ExitStack() as devices:

        def enrol(carrier: str = "QING", station: str = "HZ-1") -> Handheld:
            file = house.enrol(carrier, station, f"GUN-{next(_numbers)}")
            return devices.enter_context(Handheld.of(file).online())

        yield enrol
