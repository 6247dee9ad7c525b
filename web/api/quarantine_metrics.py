"""Quarantine metrics (隔离区指标): how much it holds, and how near it is to letting the oldest go."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.database import reading
from tracker.store.quarantine_bounds import QuarantineLimits, fullness, use_of


class QuarantineCollector(Collector):
    """Reads the books of the quarantine whenever somebody asks; says nothing while the store is away."""

    def __init__(self, engine: Engine, limits: QuarantineLimits) -> None:
        self.engine, self.limits = engine, limits

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            with reading(self.engine) as session:
                used, full = use_of(session), fullness(session, self.limits)
        except SQLAlchemyError:
            return []
        return [
            GaugeMetricFamily("jixin_quarantine_bytes", "Bytes of bodies kept in quarantine", value=used.bytes),
            GaugeMetricFamily(
                "jixin_quarantine_fullness",
                "The fullest of the quarantine's bounds as a share; at 1 the oldest bodies or rows go: export before",
                value=full,
            ),
        ]
