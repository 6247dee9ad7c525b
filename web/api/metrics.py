"""Metrics (监控指标) for Prometheus: what intake met, how far the log is, what the web answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.database import reading
from tracker.store.event_store import log_head
from tracker.store.quarantine import count_quarantined
from tracker.store.tally import tallies
from tracker.wire.errors import RefusalCode, RejectionCode

router = APIRouter(include_in_schema=False)
NEVER_MET: dict[tuple[str, str], int] = {  # shown as 0: Prometheus sees no increase in what begins with 1
    ("recorded", ""): 0,
    ("duplicate", ""): 0,
    **{("refused", code.value): 0 for code in RefusalCode},
    **{("rejected", code.value): 0 for code in RejectionCode},
}


@dataclass(frozen=True, slots=True)
class Metrics:
    """One app's registry and what the web itself counts."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram


class StoreCollector(Collector):
    """Reads the store whenever somebody asks, so that every process says the same."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("jixin_store_up", "1 where the store answered this request")
        try:
            found = list(self._read())
        except SQLAlchemyError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *found]

    def _read(self) -> Iterable[Metric]:
        with reading(self.engine) as session:
            counts, kept, position = tallies(session), count_quarantined(session), log_head(session).position
        outcomes = CounterMetricFamily(
            "jixin_intake_outcomes", "What intake made of batches and events", labels=["outcome", "code"]
        )
        for (outcome, code), number in sorted((NEVER_MET | counts).items()):
            outcomes.add_metric([outcome, code], number)
        quarantined = GaugeMetricFamily("jixin_quarantine_items", "Payloads kept in quarantine", labels=["code"])
        for code, number in sorted(kept.items()):
            quarantined.add_metric([code], number)
        head = GaugeMetricFamily("jixin_log_position", "The log's highest position", value=position)
        return [outcomes, quarantined, head]


def build_metrics(engine: Engine) -> Metrics:
    """An app's own registry: two apps in one process do not meet."""
    registry = CollectorRegistry()
    registry.register(StoreCollector(engine))
    ProcessCollector(registry=registry)
    requests = Counter("jixin_http_requests", "Answers", ["method", "route", "status"], registry=registry)
    seconds = Histogram("jixin_http_request_seconds", "Seconds to answer", ["method", "route"], registry=registry)
    return Metrics(registry, requests, seconds)


@router.get("/metrics")
def show_metrics(request: Request) -> Response:
    """Everything in the registry, in Prometheus' text format."""
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
