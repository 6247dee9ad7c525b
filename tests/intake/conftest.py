"""What intake tests share (入库夹具): a tracker without a network on each engine, and one enrolled device."""

import pytest
from sqlalchemy.engine import Engine

from tests.intake.devices import Device, Intake


@pytest.fixture
def intake(engine: Engine) -> Intake:
    """A tracker on an empty store, on SQLite and on PostgreSQL in turn."""
    return Intake(engine)


@pytest.fixture
def device(intake: Intake) -> Device:
    """A device that the tracker knows."""
    return intake.enrol(Device())
