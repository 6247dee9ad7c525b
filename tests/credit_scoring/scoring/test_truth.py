"""The truth (真值检验): at a city's volume scores follow true quality, intervals hold it, and hiding does not pay."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from math import exp
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.engine import Engine

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.indicators import Kind
from credit_scoring.evidence.intervals import garwood
from credit_scoring.evidence.measure import build_measure
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import Assessment, assess
from credit_scoring.scoring.collect import collect_evidence
from tests.credit_scoring.true_parcels import (
    build_true_carriers,
    draw_parcels,
    is_bad,
    never_scanned,
    store_parcels,
)
from tracker.store.database import build_engine, reading

SEED = 11
EACH = 9_000  # parcels a carrier: 108,000 in the city
SCHEME = shipped_schemes().of("2025-1")
AS_OF = datetime(2026, 2, 1, tzinfo=UTC)
YEAR = Window(date(2025, 1, 1), date(2026, 1, 1))
MONTHS = [Window(date(2025, month, 1), date(2025 + month // 12, month % 12 + 1, 1)) for month in range(1, 13)]
CLAIMED = 0.95
TRUE = build_true_carriers(SEED)


@pytest.fixture(scope="module")
def city(sqlite_template: Path) -> Iterator[Engine]:
    """A store that holds a year of a city."""
    path = sqlite_template.with_name("city.db")
    path.write_bytes(sqlite_template.read_bytes())
    engine = build_engine(f"sqlite:///{path}")
    for carrier in TRUE:
        store_parcels(engine, list(draw_parcels(carrier, EACH, seed=SEED)))
    yield engine
    engine.dispose()


def assessed(engine: Engine) -> Assessment:
    with reading(engine) as session:
        return assess(session, scheme=SCHEME, window=YEAR, division=None, as_of=AS_OF)


def test_scores_rank_carriers_by_their_true_quality(city: Engine) -> None:
    assessment = assessed(city)
    assert sum(row.score.parcels for row in assessment.rows) == EACH * len(TRUE) > 100_000
    found = [row.score.carrier for row in assessment.rows]
    true = [each.code for each in sorted(TRUE, key=lambda each: each.place)]
    assert spearman(found, true) >= 0.95


def test_intervals_hold_the_true_rate_at_least_as_often_as_they_claim(city: Engine) -> None:
    """A case is an indicator of a carrier in a month: twelve draws of each true rate."""
    rates = {each.code: each.rates for each in TRUE}
    held: dict[Kind, list[bool]] = defaultdict(list)
    for month in MONTHS:
        with reading(city) as session:
            found = collect_evidence(session, Scope(month, None, AS_OF))
        for evidence in found:
            for name, rate in rates[evidence.carrier].items():
                indicator = indicator_of(name)
                interval = build_measure(indicator, evidence).interval
                assert interval is not None
                held[indicator.kind].append(interval.low <= rate <= interval.high)
    assert {kind: len(cases) for kind, cases in held.items()} == {Kind.PROPORTION: 1296, Kind.RARE_EVENT: 288}
    for kind, cases in held.items():
        assert sum(cases) / len(cases) >= CLAIMED, kind


def test_of_appeals_a_million_the_interval_holds_the_true_rate() -> None:
    random, cases = Random(SEED), []
    for million in (0.1, 0.24, 0.89, 1.51, 5.09, 10.29):
        for parcels in (1_000_000, 5_000_000):
            rate = million / 1_000_000
            for _ in range(40):
                interval = garwood(_poisson(rate * parcels, random), parcels)
                cases.append(interval.low <= rate <= interval.high)
    assert sum(cases) / len(cases) >= CLAIMED


@pytest.mark.parametrize("better", [2, 8])
def test_a_carrier_that_hides_its_bad_parcels_does_not_gain(sqlite_engine: Engine, better: int) -> None:
    """The same parcels by four carriers; platforms announced all, and three leave out a part of the bad ones."""
    honest = sorted(TRUE, key=lambda each: each.place)[better]
    rows, shares = list(draw_parcels(honest, 3_000, seed=SEED)), {"A": 0.0, "B": 0.1, "C": 0.5, "D": 1.0}
    for code, share in shares.items():
        random = Random(SEED)
        own = [row | {"carrier": code, "waybill_no": f"{code}{row['waybill_no']}"} for row in rows]
        hides = [random.random() < share and is_bad(row) for row in own]
        assert sum(hides) >= share * 300
        store_parcels(
            sqlite_engine, [never_scanned(row) if hide else row for row, hide in zip(own, hides, strict=True)]
        )
    assessment = assessed(sqlite_engine)
    scores = {row.score.carrier: row.score.score for row in assessment.rows}
    assert scores["A"] is not None
    assert [row.score.carrier for row in assessment.rows] == ["A", "B", "C", "D"]
    assert all(score < scores["A"] for code, score in scores.items() if code != "A" and score is not None)


def spearman(found: list[str], true: list[str]) -> float:
    """Spearman's rank correlation of two orders without ties."""
    count = len(true)
    apart = sum((found.index(code) - place) ** 2 for place, code in enumerate(true))
    return 1 - 6 * apart / (count * (count**2 - 1))


def _poisson(expected: float, random: Random) -> int:
    """Knuth's way, for small means."""
    events, chance, end = 0, random.random(), exp(-expected)
    while chance > end:
        events, chance = events + 1, chance * random.random()
    return events
