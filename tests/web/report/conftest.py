"""What the report's tests share: an installation with a saved run (see tests.web.report.world)."""

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.web.report.world import Printed, print_run


@pytest.fixture
def printed(seeded_engine: Engine, tmp_path: Path) -> Printed:
    return print_run(seeded_engine, tmp_path)
