"""Ten thousand acceptances (一万次收寄), one in twenty bad: none bad passes, none good is turned away."""

import time
from datetime import timedelta
from random import Random

import pytest

from scanners.identity.agreements import HeldAgreements, hold_agreements
from scanners.identity.gate import Accepted, Refused, decide
from scanners.identity.preverification import HeldDevices, hold_devices
from web.bench.gate.bad_ways import WAYS
from web.bench.gate.crowd import BAD_PHOTOGRAPHS, draw_crowd, list_agreements, list_devices
from web.bench.gate.people import NOW

NUMBER = 10_000


def held_agreements(age: timedelta = timedelta(days=1)) -> HeldAgreements:
    return hold_agreements(list_agreements(age))


def held_devices(age: timedelta = timedelta(days=1)) -> HeldDevices:
    return hold_devices(list_devices(age))


def test_none_bad_is_accepted_and_none_good_refused() -> None:
    held, devices = held_agreements(), held_devices()
    took: list[float] = []
    turned_away, let_through, other_reason = [], [], []
    for brought in draw_crowd(NUMBER, seed=20181022):
        if brought.way in BAD_PHOTOGRAPHS:
            continue  # what the desk looks at: tests/bench/gate
        way, reason, given = brought.way, brought.reason, brought.given
        begun = time.perf_counter()
        outcome = decide(given, now=NOW, held=held, devices=devices)
        took.append(time.perf_counter() - begun)
        if way is None and isinstance(outcome, Refused):
            turned_away.append((given.evidence.__class__.__name__, outcome.reasons))
        elif way is not None and isinstance(outcome, Accepted):
            let_through.append(way)
        elif isinstance(outcome, Refused) and outcome.reasons != (reason,):
            other_reason.append((way, outcome.reasons))
    p95 = sorted(took)[NUMBER * 95 // 100]
    print(f"{NUMBER:,} acceptances, p95 {p95 * 1000:.2f} ms, longest {max(took) * 1000:.1f} ms")
    assert (let_through, turned_away, other_reason) == ([], [], [])


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_be_bad_has_its_own_reason(way: str) -> None:
    reason, spoil = WAYS[way]
    for seed in range(5):
        outcome = decide(spoil(Random(seed)), now=NOW, held=held_agreements(), devices=held_devices())
        assert isinstance(outcome, Refused)
        assert outcome.reasons == (reason,)
