"""Faults that could pass without having happened: a round in which they did not is no round."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from web.bench.faults import answers
from web.bench.faults.answers import lose_receipts
from web.bench.faults.counter import Promises
from web.bench.faults.devices import clone_identity
from web.bench.faults.programs.unlucky_tracker import LOSS
from web.bench.faults.service import RoundFailed, Service


class FakeGround:
    """A ground where everything goes at once, and whose new stations beep as often as the test says."""

    def __init__(self, folder: Path, *, beeps: int = 0) -> None:
        self.folder, self.chance = folder, Random(1)
        self.tracker = Service("tracker", ["true"], {}, folder / "tracker.log")
        self.counters = [SimpleNamespace(enrolment=folder / "S1.json")]
        numbers = frozenset(map(str, range(beeps)))
        self.twin = SimpleNamespace(start=lambda: None, promises=Promises(numbers, numbers))
        self.retired: list[Any] = []

    def add_counter(self, *_: object) -> Any:
        return self.twin

    def strike(self, _what: str, hit: Callable[[], object]) -> None:
        hit()

    def hold(self, _seconds: float) -> None: ...

    def drain(self) -> None: ...

    def moment(self) -> float:
        return 0.0

    def retire(self, twin: Any) -> None:
        self.retired.append(twin)

    def wait(self, true: Callable[[], bool], what: str) -> None:
        if not true():
            raise RoundFailed(what)


def test_a_second_device_that_never_beeped_fails_the_round(tmp_path: Path) -> None:
    silent: Any = FakeGround(tmp_path)
    with pytest.raises(RoundFailed, match="beeped"):
        clone_identity(silent)
    busy: Any = FakeGround(tmp_path, beeps=3)
    clone_identity(busy)
    assert busy.retired == [busy.twin]


@pytest.mark.parametrize("lost", [0, 2])
def test_a_round_in_which_no_receipt_was_lost_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    log = tmp_path / "unlucky.log"
    log.write_text(f"broker_connected\n{LOSS}\n" if lost else "broker_connected\n")
    monkeypatch.setattr(answers, "_unlucky", lambda *_: Service("tracker", ["true"], {}, log))
    ground: Any = FakeGround(tmp_path)
    usual = ground.tracker
    if lost:
        lose_receipts(ground)
    else:
        with pytest.raises(RoundFailed, match="receipts are lost"):
            lose_receipts(ground)
    assert ground.tracker is usual
    usual.stop()
