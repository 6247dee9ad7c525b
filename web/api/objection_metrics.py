"""Objections in metrics (异议计量): how many are open, and how many past the last day of review or change."""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from credit_scoring.governance.objections.objection_store import open_objections
from tracker.store.database import reading
from tracker.working_days import local_day_of
from web.clock import Clock


@dataclass(frozen=True, slots=True)
class ObjectionCollector(Collector):
    """Reads the store whenever somebody asks."""

    engine: Engine
    clock: Clock

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            with reading(self.engine) as session:
                found = open_objections(session)
        except SQLAlchemyError:  # jixin_store_up says so
            return
        today = local_day_of(self.clock())
        told = GaugeMetricFamily("jixin_objections", "Objections not decided, or not changed yet", labels=["state"])
        told.add_metric(["open"], len(found))
        told.add_metric(["overdue"], sum(each.is_overdue(today) for each in found))
        yield told
