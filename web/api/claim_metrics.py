"""Claims in metrics (实名承诺计量): acceptances whose sealed record is not here yet, and not here in time."""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.claim_store import count_claims
from tracker.store.database import reading


@dataclass(frozen=True, slots=True)
class ClaimCollector(Collector):
    """Reads the store whenever somebody asks."""

    engine: Engine

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            with reading(self.engine) as session:
                found = count_claims(session)
        except SQLAlchemyError:  # jixin_store_up says so
            return
        told = GaugeMetricFamily(
            "jixin_identity_claims", "Acceptances whose sealed record is not here", labels=["state"]
        )
        told.add_metric(["waiting"], found.waiting)
        told.add_metric(["missing"], found.missing)
        yield told
