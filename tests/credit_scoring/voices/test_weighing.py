"""Weighing (评价计权): what is found later is added, with what followed; older weights stay as they were."""

from datetime import timedelta

from sqlalchemy.engine import Engine

from credit_scoring.voices.origins import forget_origins
from credit_scoring.voices.rules import Doubt
from credit_scoring.voices.voice import Weight
from credit_scoring.voices.voice_store import find_voices
from credit_scoring.voices.weighing import find_reweighing, save_reweighing
from tests.credit_scoring.voices.world import NOW, RULES, say
from tracker.store.database import reading, transaction


def weigh(engine: Engine, days: int = 10) -> tuple[int, int]:
    """How many were looked at and how many changed."""
    now = NOW + timedelta(days=days)
    with reading(engine) as session:
        found = find_reweighing(session, RULES, now=now)
    with transaction(engine) as session:
        save_reweighing(session, found, RULES, now=now)
    return found.looked_at, len(found.changed)


def weights(engine: Engine) -> dict[str, Weight]:
    with reading(engine) as session:
        return {f"{each.thread}+{each.turn}": each.weight for each in find_voices(session)}


def test_a_ring_is_found_later_and_what_followed_shares_its_doubts(engine: Engine) -> None:
    for number in range(5):
        say(engine, f"W{number}", 5, by=1, at=NOW + timedelta(days=number))
    say(engine, "W4", 5, by=2, code="follow", at=NOW + timedelta(days=6), keep=False)
    say(engine, "E1", 2, by=3, carrier="EVENWAY")
    assert set(weights(engine).values()) == {Weight(100)}
    assert weigh(engine) == (6, 5)
    less = Weight(10, (Doubt.RING,))
    assert weights(engine) == {
        "consumer/W0+0": Weight(100), "consumer/E1+0": Weight(100), "consumer/W1+0": less, "consumer/W2+0": less,
        "consumer/W3+0": less, "consumer/W4+0": less, "consumer/W4+1": less,
    }  # fmt: skip
    assert weigh(engine) == (6, 0)


def test_after_a_month_a_weight_stays_also_without_its_origin(engine: Engine) -> None:
    for number in range(5):
        say(engine, f"W{number}", 5, by=1, at=NOW + timedelta(days=number))
    weigh(engine)
    before = weights(engine)
    with transaction(engine) as session:
        assert forget_origins(session, RULES, now=NOW + timedelta(days=100)) == 5
    assert weigh(engine, days=36) == (0, 0)
    assert before == weights(engine)


def test_who_was_the_companys_own_stays_so(engine: Engine) -> None:
    say(engine, "W1", 5, by_staff=True)
    with transaction(engine) as session:
        forget_origins(session, RULES, now=NOW + timedelta(days=100))
    assert weigh(engine) == (1, 0)
    assert weights(engine) == {"consumer/W1+0": Weight(0, (Doubt.OWN_STAFF,))}
