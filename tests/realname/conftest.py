"""What tests of the vault share (保险库夹具): a clock that stands, and a vault that goes by it."""

from pathlib import Path

import pytest

from tests.realname.world import Clock, make_vault
from tracker.realname.vault import Vault


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(tmp_path: Path, clock: Clock) -> Vault:
    """A vault whose keys of the month are made."""
    return make_vault(tmp_path / "vault", clock)
