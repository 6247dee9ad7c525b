"""The demo's voices (演示评价): said by the same functions, the same each time, a ring found, an objection open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Engine

from credit_scoring.governance.objections.objection_store import open_objections
from credit_scoring.voices.aspects import Rater
from credit_scoring.voices.rules import Doubt
from credit_scoring.voices.voice_store import find_voices
from scanners.simulator.fleet import CARRIERS, build_fleet
from tests.credit_scoring.voices.world import delivered
from tracker.store.database import reading, transaction
from tracker.store.parcel_store import save_parcels
from web.accounts.keys import read_account_keys
from web.commands.demo.voices import RING, RING_OF, demo_voices

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
SEED = 7


def test_the_demo_has_voices_a_ring_and_an_objection_and_says_nothing_twice(engine: Engine, tmp_path: Path) -> None:
    parcels = [
        delivered(f"{carrier.prefix}{number:06}", carrier.code, final_at=NOW - timedelta(days=2 + number % 20))
        for carrier in CARRIERS
        for number in range(120)
    ]
    with transaction(engine) as session:
        save_parcels(session, parcels, known=[])
    fleet, keys = build_fleet(SEED), read_account_keys(tmp_path / "accounts-key")
    said = demo_voices(engine, fleet, keys, seed=SEED, now=NOW)
    assert demo_voices(engine, fleet, keys, seed=SEED, now=NOW + timedelta(hours=1)) == 0
    with reading(engine) as session:
        voices = find_voices(session, limit=1_000)
        [objection] = open_objections(session)
    assert len(voices) == said
    consumers = [each for each in voices if each.rater is Rater.CONSUMER]
    assert len(consumers) >= 15 + RING
    assert {each.carrier for each in voices if each.rater is Rater.REGULATOR} == {each.code for each in CARRIERS}
    doubted = [each for each in consumers if Doubt.RING in each.weight.doubts]
    assert {each.carrier for each in doubted} == {RING_OF}
    assert len(doubted) == RING - 1
    assert objection.carrier == CARRIERS[0].code
    assert sum(len(each.notes) for each in voices) == 1
