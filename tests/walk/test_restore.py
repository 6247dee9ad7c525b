"""The machine burns (恢复不丢): an older backup comes back, and the stations send again what was receipted above it."""

import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import ENGINES
from tests.walk.installation import Installation
from tests.walk.processes import PATIENCE, wait_until
from tests.walk.till import open_till
from tests.walk.witness import rows
from web.bench.postgres import find_postgres

WAYBILLS = "SELECT waybill_no FROM event"
POSITIONS = "SELECT position FROM event ORDER BY position"
HEAD = "SELECT epoch, position FROM log_head"


def numbers(first: int, last: int) -> list[str]:
    return [f"EW{number:06}" for number in range(first, last)]


class Burning:
    """An installation whose machine, with its store, its keys and its broker, will be gone."""

    def __init__(self, place: Installation, postgres_url: str | None) -> None:
        self.place = place
        self.postgres = postgres_url and postgres_url.replace("postgresql+psycopg://", "postgresql://")
        if self.postgres:
            place.variables |= {
                "JIXIN_DATABASE_URL": self.postgres,
                "PATH": f"{find_postgres()}{os.pathsep}{os.environ['PATH']}",
            }

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """What the store holds, read with none of our code."""
        if not self.postgres:
            return rows(self.place.data_dir / "jixin.db", query)
        with psycopg.connect(self.postgres) as connection:
            return connection.execute(query.encode()).fetchall()

    def burn(self) -> None:
        shutil.rmtree(self.place.data_dir)
        if self.postgres:
            with psycopg.connect(self.postgres, autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")


@pytest.mark.parametrize("engine_name", ENGINES)
def test_what_was_receipted_after_the_backup_comes_back_from_the_station(
    engine_name: str, request: pytest.FixtureRequest, place: Installation, tmp_path: Path
) -> None:
    burning = Burning(place, request.getfixturevalue("postgres_url") if engine_name == "postgresql" else None)
    with ExitStack() as open_tills:
        with place.up():
            enrolment = place.enrol("EVENWAY", "JL-1")
            till = open_tills.enter_context(open_till(tmp_path / "till", enrolment))
            till.scan(*numbers(0, 200))
            till.wait_for_receipts()
            back_up = place.start(
                "backup", "--out", str(tmp_path / "backups"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            till.scan(*numbers(200, 300))  # tracker and web know nothing of it
            _, complaint = back_up.communicate(timeout=PATIENCE)
            assert back_up.returncode == 0, complaint
            till.scan(*numbers(300, 600))
            till.wait_for_receipts()
        assert burning.select(HEAD) == [(1, 600)]
        burning.burn()
        data, keys = sorted((tmp_path / "backups").iterdir())
        place.must("restore", "--data", str(data), "--keys", str(keys))
        ((_, kept),) = burning.select(HEAD)
        print(f"{600 - int(kept)} receipted events are not in the backup")
        assert 200 <= kept <= 300
        with place.up():
            wait_until(lambda: len(burning.select(WAYBILLS)) >= 600, "the station has sent again what was lost")
            till.scan(*numbers(600, 650))
            assert "待传 0" in till.close()
            proof = place.get(f"/api/v1/parcels/{till.listed[599]}/proof", as_admin=True)
    assert sorted(number for (number,) in burning.select(WAYBILLS)) == till.listed == numbers(0, 650)
    assert [position for (position,) in burning.select(POSITIONS)] == list(range(1, 651))
    ((epoch, head),) = burning.select(HEAD)
    assert (epoch == 1, head) == (False, 650)
    (tmp_path / "proof.json").write_bytes(proof.body)
    place.must("verify", str(tmp_path / "proof.json"), "--keys", str(enrolment))
