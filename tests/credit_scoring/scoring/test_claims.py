"""Claims: a period is run by one worker and kept once."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine

from credit_scoring.errors import ClaimLost
from credit_scoring.scoring.claims import ABANDONED_AFTER, Claim, claim_period, finish_claim, period_of
from tracker.store.database import transaction

NOW = datetime(2026, 6, 15, 10, 25, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def claim(engine: Engine, now: datetime = NOW) -> Claim | None:
    return claim_period(engine, "job", "2026-06-15T10:00:00Z", now=now)


def finish(engine: Engine, mine: Claim | None, at: datetime = NOW) -> None:
    assert mine is not None
    with transaction(engine) as session:
        finish_claim(session, mine, finished_at=at)


def test_a_period_is_named_by_its_beginning_in_utc() -> None:
    hour = timedelta(hours=1)
    assert period_of(NOW, hour) == "2026-06-15T10:00:00Z"
    assert period_of(NOW.astimezone(timezone(timedelta(hours=8))), hour) == "2026-06-15T10:00:00Z"
    assert period_of(NOW, timedelta(minutes=10)) == "2026-06-15T10:20:00Z"


def test_a_period_is_claimed_once(engine: Engine) -> None:
    assert claim(engine) == Claim("job", "2026-06-15T10:00:00Z", NOW)
    assert claim(engine, NOW + SECOND) is None


def test_a_finished_period_stays_finished(engine: Engine) -> None:
    finish(engine, claim(engine))
    assert claim(engine, NOW + 10 * ABANDONED_AFTER) is None


def test_an_abandoned_claim_is_taken_over_and_its_first_worker_keeps_nothing(engine: Engine) -> None:
    slow = claim(engine)
    assert claim(engine, NOW + ABANDONED_AFTER - SECOND) is None
    quick = claim(engine, NOW + ABANDONED_AFTER)
    with pytest.raises(ClaimLost):
        finish(engine, slow)
    finish(engine, quick)


def test_a_claim_is_finished_once(engine: Engine) -> None:
    mine = claim(engine)
    finish(engine, mine)
    with pytest.raises(ClaimLost):
        finish(engine, mine)


@pytest.mark.parametrize("abandoned", [False, True])
def test_of_many_workers_at_once_one_gets_the_claim(engine: Engine, abandoned: bool) -> None:
    if abandoned:
        claim(engine)
    now = NOW + 2 * ABANDONED_AFTER
    ready, won = threading.Barrier(4), []

    def work(number: int) -> None:
        ready.wait()
        won.append(claim(engine, now + number * timedelta(microseconds=1)))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len([each for each in won if each is not None]) == 1
