"""Ten thousand acceptances (一万次收寄), one in twenty bad: none bad passes, none good is turned away."""

import time
from datetime import date, timedelta
from random import Random

import pytest

from scanners.identity.agreements import HeldAgreements, hold_agreements
from scanners.identity.gate import Accepted, Refused, decide
from scanners.identity.presented import Acceptance
from tests.scanners.identity.bad_ways import WAYS
from tests.scanners.identity.people import (
    CARRIER,
    NOW,
    TODAY,
    acceptance,
    as_letter,
    of_an_agreement,
    of_an_organisation,
    other_document,
    preverified,
    resident_card,
)
from tracker.wire.agreements import Agreement, AgreementList

NUMBER, ONE_BAD_IN = 10_000, 20
CUSTOMER = "重庆渝州商贸有限公司"


def agreement(
    number: str, carrier: str = CARRIER, *, ended: date | None = None, start: int = -300, end: int = 60
) -> Agreement:
    days = (TODAY + timedelta(days=start), TODAY + timedelta(days=end))
    return Agreement(carrier, number, CUSTOMER, "91110000600037341L", *days, ended)


def held_agreements(age: timedelta = timedelta(days=1)) -> HeldAgreements:
    agreements = [
        agreement("GOOD-1"),
        agreement("LAST-DAY", end=0),
        agreement("PAST-1", end=-1),
        agreement("AHEAD-1", start=1),
        agreement("ENDED-1", ended=TODAY),
        agreement("OTHER-1", "EVENWAY"),
    ]
    return hold_agreements(AgreementList(1, CARRIER, NOW - age, agreements))


def draw_good(random: Random) -> Acceptance:
    base = acceptance(random, resident_card(random))
    match random.randrange(10):
        case 0:
            return acceptance(random, other_document(random))
        case 1:
            return of_an_organisation(random, base)
        case 2:
            return of_an_agreement(base, random.choice(("GOOD-1", "LAST-DAY")), CUSTOMER)
        case 3:
            return as_letter(base)
        case 4:
            return preverified(random, base)
        case _:
            return base


def test_none_bad_is_accepted_and_none_good_refused() -> None:
    random, held, ways = Random(20181022), held_agreements(), list(WAYS)
    took: list[float] = []
    turned_away, let_through, other_reason = [], [], []
    for number in range(NUMBER):
        way = ways[number // ONE_BAD_IN % len(ways)] if number % ONE_BAD_IN == 0 else None
        reason, given = (None, draw_good(random)) if way is None else (WAYS[way][0], WAYS[way][1](random))
        begun = time.perf_counter()
        outcome = decide(given, now=NOW, held=held)
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
        outcome = decide(spoil(Random(seed)), now=NOW, held=held_agreements())
        assert isinstance(outcome, Refused)
        assert outcome.reasons == (reason,)
