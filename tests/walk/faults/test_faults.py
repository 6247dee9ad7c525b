"""Every fault (故障): it strikes at load, and each scan that beeped is recorded once, with a receipt."""

import pytest

from tests.walk.faults.conftest import Rounds
from web.bench.faults.catalogue import every_fault
from web.bench.faults.table import tell

PATIENCE = 400.0  # seconds: the rounds run one after another, and a busy machine takes its time


@pytest.mark.parametrize("fault", every_fault())
def test_nothing_is_lost_and_nothing_doubled(fault: str, rounds: Rounds) -> None:
    each = rounds[fault].result(PATIENCE)
    print(tell(each))
    assert each.problem == "", f"again: ./jixin bench --faults --short --rounds 1 --seed {each.seed} --fault {fault}"
    assert (each.lost, each.doubled) == (0, 0)
    assert each.in_flight > 0
    assert each.events > 0
