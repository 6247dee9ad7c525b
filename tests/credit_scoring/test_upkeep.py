"""The upkeep (定时整理): the hourly job weighs reviews anew before it counts them, and forgets what is over."""

from datetime import timedelta

import pytest
import structlog
from sqlalchemy.engine import Engine

from credit_scoring.scoring.job import run_job
from credit_scoring.upkeep import keep_up
from credit_scoring.voices.rules import Doubt
from credit_scoring.voices.voice_store import find_voices
from tests.credit_scoring.rows import many, store
from tests.credit_scoring.voices.world import NOW, RULES, say
from tracker.store.database import reading

LATER = NOW + timedelta(days=6)


@pytest.fixture
def ring(engine: Engine) -> Engine:
    """Five reviews of one company from one telephone."""
    for number in range(5):
        say(engine, f"W{number}", 5, by=1, at=NOW + timedelta(days=number))
    return engine


def doubted(engine: Engine) -> int:
    with reading(engine) as session:
        return sum(Doubt.RING in each.weight.doubts for each in find_voices(session))


def test_it_weighs_says_so_once_and_forgets(ring: Engine) -> None:
    with structlog.testing.capture_logs() as logs:
        keep_up(ring, now=LATER)
        keep_up(ring, now=LATER)
        keep_up(ring, now=LATER + RULES.kept_for)
    assert doubted(ring) == 4
    assert [(each["changed"], each["origins_gone"]) for each in logs] == [(4, 0), (0, 5)]


def test_the_hourly_job_does_it_before_its_run(ring: Engine) -> None:
    store(ring, many(30, "BLUEBIRD", accepted_at=NOW))
    assert run_job(ring, clock=lambda: LATER) is not None
    assert doubted(ring) == 4
