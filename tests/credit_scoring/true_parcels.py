"""Parcels whose truth is known (真值件): twelve invented carriers, the rates by which they truly work, and their rows.

The rows are drawn parcel by parcel from those rates and put into the store at once: folding every scan of a city's
parcels would take minutes. How a parcel's row follows from its scans is the chain's own test.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import NormalDist, mean
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from credit_scoring.evidence.indicators import IndicatorName
from scanners.simulator.last_mile import STORED
from scanners.simulator.parcels import AGREEMENT
from scanners.simulator.quality import EXCELLENT, POOR, Quality
from scanners.simulator.times import MEDIAN_HOURS, SIGMA, SLOW_MEDIAN_HOURS, draw_hours
from tests.credit_scoring.rows import parcel
from tracker.store.database import transaction
from tracker.store.tables.parcel import ParcelRow

CARRIERS = 12
UNEVEN = 0.12  # a carrier is not as good in everything: how far one thing may lie from its place
YEAR = datetime(2024, 12, 31, 16, tzinfo=UTC)  # midnight in China
TERM = timedelta(hours=72)
ROAD_SCANS = 8  # any of which may be missed
_COLUMNS = [column.name for column in sa.inspect(ParcelRow).columns]
_NEVER: dict[str, Any] = dict.fromkeys(
    ("accepted_at", "due_at", "final_at", "full_ms", "origin_ms", "transport_ms", "destination_ms", "delivery_ms")
)


@dataclass(frozen=True, slots=True)
class TrueCarrier:
    """An invented carrier and how it truly works; `place` is its quality from 0, the best, to 1."""

    code: str
    place: float
    quality: Quality

    @property
    def rates(self) -> dict[IndicatorName, float]:
        """What every indicator would be if it were counted for ever."""
        quality = self.quality
        within = (1 - quality.lost) * (
            (1 - quality.slow) * _within(72 / quality.pace, MEDIAN_HOURS)
            + quality.slow * _within(72 / quality.pace, SLOW_MEDIAN_HOURS)
        )
        return {
            IndicatorName.DELIVERED_IN_TIME: within,
            IndicatorName.WITHIN_72_HOURS: within,
            IndicatorName.PICKED_UP_IN_TIME: 1 - quality.pickup_late,
            IndicatorName.TRACE_COMPLETE: (1 - quality.scan_missed) ** ROAD_SCANS,
            IndicatorName.SCANS_IN_TIME: 1 - quality.offline,
            IndicatorName.LOSS: quality.lost,
            IndicatorName.DAMAGE: quality.damaged,
            IndicatorName.WITHOUT_CONSENT: STORED * quality.consent_skipped,
            IndicatorName.REAL_NAME: 1 - (1 - AGREEMENT) * quality.identity_skipped,
            IndicatorName.INSPECTION: 1 - quality.inspection_skipped,
            IndicatorName.SCREENING: 1 - quality.screening_skipped,
        }


def build_true_carriers(seed: int) -> list[TrueCarrier]:
    """Carriers from the best to the worst quality of the simulated fleet, each a little uneven."""
    random = Random(seed)
    carriers = []
    for number in range(CARRIERS):
        places = {
            name: min(1.0, max(0.0, number / (CARRIERS - 1) + random.uniform(-UNEVEN, UNEVEN)))
            for name in asdict(EXCELLENT)
        }
        quality = Quality(**{name: _between(name, place) for name, place in places.items()})
        carriers.append(TrueCarrier(f"TRUE{number:02}", mean(places.values()), quality))
    random.shuffle(carriers)
    return carriers


def draw_parcels(carrier: TrueCarrier, count: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """So many parcels of a carrier, spread evenly over 2025, as the values of their rows; platforms announced each."""
    random, quality = Random(f"{seed}/{carrier.code}"), carrier.quality
    plain = {name: getattr(parcel(""), name) for name in _COLUMNS}

    def happens(share: float) -> bool:
        return random.random() < share

    for number in range(count):
        accepted_at = YEAR + timedelta(days=365 * number / count)
        full = timedelta(hours=draw_hours(random, pace=quality.pace, slow=quality.slow))
        lost = happens(quality.lost)
        yield plain | {
            "waybill_no": f"{carrier.code}{number:07}",
            "carrier": carrier.code,
            "announced_at": accepted_at - timedelta(hours=2),
            "pickup_due": accepted_at + timedelta(hours=-1 if happens(quality.pickup_late) else 1),
            "accepted_at": accepted_at,
            "due_at": accepted_at + TERM,
            "state": "lost" if lost else "delivered",
            "final_at": None if lost else accepted_at + full,
            "full_ms": None if lost else full // timedelta(milliseconds=1),
            "identity_checked": happens(AGREEMENT) or not happens(quality.identity_skipped),
            "inspected": not happens(quality.inspection_skipped),
            "screened": not happens(quality.screening_skipped),
            "stored_without_consent": happens(STORED) and happens(quality.consent_skipped),
            "damaged": happens(quality.damaged),
            "gaps": sum(happens(quality.scan_missed) for _ in range(ROAD_SCANS)),
            "scans_late": int(happens(quality.offline)),
        }


def is_bad(row: dict[str, Any]) -> bool:
    """Whether a carrier would rather nobody saw this parcel."""
    late = row["final_at"] is None or row["final_at"] > row["due_at"]
    seen = row["identity_checked"] and row["inspected"] and row["screened"]
    return bool(late or row["damaged"] or row["gaps"] or row["stored_without_consent"] or not seen)


def never_scanned(row: dict[str, Any]) -> dict[str, Any]:
    """What is left of a parcel that the carrier never scans: that a platform announced it."""
    return row | _NEVER | {"state": "announced", "on_the_way": False}


def store_parcels(engine: Engine, rows: list[dict[str, Any]]) -> None:
    """Put the rows into the store."""
    with transaction(engine) as session:
        session.connection().execute(sa.insert(ParcelRow), rows)


def _between(name: str, place: float) -> float:
    """From the best to the worst in equal ratios."""
    best, worst = getattr(EXCELLENT, name), getattr(POOR, name)
    return float(best * (worst / best) ** place)


def _within(hours: float, median: float) -> float:
    return NormalDist().cdf(math.log(hours / median) / SIGMA)
