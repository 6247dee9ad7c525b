"""Rights requests in metrics (权利请求计量): how many are open, and how many past their last day."""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.database import reading
from tracker.store.rights_store import find_open_requests
from tracker.working_days import local_day_of
from web.clock import Clock


@dataclass(frozen=True, slots=True)
class RightsCollector(Collector):
    """Reads the store whenever somebody asks."""

    engine: Engine
    clock: Clock

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            with reading(self.engine) as session:
                found = find_open_requests(session)
        except SQLAlchemyError:  # jixin_store_up says so
            return
        today = local_day_of(self.clock())
        told = GaugeMetricFamily("jixin_rights_requests", "Rights requests that wait for an answer", labels=["state"])
        told.add_metric(["open"], len(found))
        told.add_metric(["overdue"], sum(each.is_overdue(today) for each in found))
        yield told
