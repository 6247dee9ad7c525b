"""What waits for an answer, in metrics (逾期计量): how many are open, and how many past their last day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from credit_scoring.governance.objections.objection_store import open_objections
from tracker.store.database import reading
from tracker.store.rights_store import find_open_requests
from tracker.working_days import local_day_of
from web.clock import Clock


class Waiting(Protocol):
    """Something that is to be answered by a day."""

    def is_overdue(self, today: date) -> bool:
        """Whether its last day is past."""
        ...


@dataclass(frozen=True, slots=True)
class OverdueCollector(Collector):
    """Reads the store whenever somebody asks; `find` gives everything that is open."""

    engine: Engine
    clock: Clock
    name: str
    told: str
    find: Callable[[Session], Iterable[Waiting]]

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            with reading(self.engine) as session:
                found = list(self.find(session))
        except SQLAlchemyError:  # jixin_store_up says so
            return
        today = local_day_of(self.clock())
        told = GaugeMetricFamily(self.name, self.told, labels=["state"])
        told.add_metric(["open"], len(found))
        told.add_metric(["overdue"], sum(each.is_overdue(today) for each in found))
        yield told


def rights_requests(engine: Engine, clock: Clock) -> OverdueCollector:
    """Rights requests (权利请求)."""
    told = "Rights requests that wait for an answer"
    return OverdueCollector(engine, clock, "jixin_rights_requests", told, find_open_requests)


def objections(engine: Engine, clock: Clock) -> OverdueCollector:
    """Objections (异议): past the last day of review, or of change."""
    told = "Objections not decided, or not changed yet"
    return OverdueCollector(engine, clock, "jixin_objections", told, open_objections)
