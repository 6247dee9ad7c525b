"""A store that goes back on its own (库自行回退): no restore was run, and still every receipted scan comes back."""

import shutil
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from tests.walk.installation import Installation
from tests.walk.processes import wait_until
from tests.walk.till import open_till
from tests.walk.witness import rows

COUNT = "SELECT count(*) FROM event"


def test_a_snapshot_put_back_is_seen_before_others_grow_over_the_hole(place: Installation, tmp_path: Path) -> None:
    store, snapshot = place.data_dir / "jixin.db", tmp_path / "snapshot.db"
    first, later = ([f"EW{n:06}" for n in range(start, start + 100)] for start in (0, 100))
    others = [f"EW{n:06}" for n in range(1000, 1300)]
    with place.up():
        enrolments = place.enrol("EVENWAY", "JL-1"), place.enrol("EVENWAY", "JL-2")
        with open_till(tmp_path / "till", enrolments[0]) as till:
            till.scan(*first)
            till.wait_for_receipts()
            with closing(sqlite3.connect(store)) as here, closing(sqlite3.connect(snapshot)) as there:
                here.backup(there)
            till.scan(*later)
            till.wait_for_receipts()
            till.close()
    assert rows(store, "SELECT epoch, position FROM log_head") == [(1, 200)]
    shutil.copy(snapshot, store)
    with place.up(), ExitStack() as open_tills:
        other = open_tills.enter_context(open_till(tmp_path / "other", enrolments[1]))
        other.scan(*others)  # past the old position, while the first station is away
        other.wait_for_receipts()
        ((epoch, position),) = rows(store, "SELECT epoch, position FROM log_head")
        assert (epoch > 1, position) == (True, 400)
        till = open_tills.enter_context(open_till(tmp_path / "till", enrolments[0]))
        till.scan("EW009999")
        wait_until(lambda: rows(store, COUNT) == [(501,)], "the first station has sent again what was lost")
        assert "待传 0" in till.close()
    recorded = [number for (number,) in rows(store, "SELECT waybill_no FROM event")]
    assert sorted(recorded) == sorted([*first, *later, *others, "EW009999"])
