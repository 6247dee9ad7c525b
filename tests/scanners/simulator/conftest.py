"""One simulated month that several tests look at."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from scanners.simulator.fleet import Fleet, build_fleet
from scanners.simulator.scanning import SimScan
from scanners.simulator.simulate import simulate

SEED = 7
PARCELS = 1500
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    return build_fleet(SEED)


@pytest.fixture(scope="session")
def uploads(fleet: Fleet) -> list[SimScan]:
    return list(simulate(fleet, seed=SEED, parcels=PARCELS, now=NOW))


@pytest.fixture(scope="session")
def by_waybill(uploads: list[SimScan]) -> dict[str, list[SimScan]]:
    sorted_out: defaultdict[str, list[SimScan]] = defaultdict(list)
    for upload in uploads:
        sorted_out[upload.scan.waybill_no or ""].append(upload)
    return dict(sorted_out)
