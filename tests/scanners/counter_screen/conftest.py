"""What the counter's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scanners.counter_screen.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A counter with one clerk, signed in."""
    made = World(tmp_path)
    made.sign_in()
    yield made
    made.close()
