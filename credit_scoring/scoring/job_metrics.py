"""What the scheduler measures of its jobs (任务计量), in a registry that is handed in."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
OUTCOMES = ("finished", "nothing_to_do", "failed", "abandoned")


class JobMetrics:
    """One scheduler's numbers since it started."""

    def __init__(self, job: str, registry: CollectorRegistry | None = None) -> None:
        own = registry or CollectorRegistry()
        self._elected = Gauge("jixin_scheduler_elected", "1 while this process is the owner of the jobs", registry=own)
        runs = Counter("jixin_scheduler_job_runs", "Looks at a job's period", ["name", "outcome"], registry=own)
        self._runs = {outcome: runs.labels(job, outcome) for outcome in OUTCOMES}
        self._seconds = Histogram(
            "jixin_scheduler_job_seconds", "Seconds of a job", ["name"], registry=own, buckets=SECONDS
        ).labels(job)
        self._last = Gauge(
            "jixin_scheduler_job_last_success_timestamp_seconds",
            "When this process last looked at the job's period and did what was to be done",
            ["name"],  # `job` is the scraper's own label
            registry=own,
        ).labels(job)

    def show_elected(self, elected: bool) -> None:
        """Whether this process is the owner."""
        self._elected.set(elected)

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Measure the block."""
        with self._seconds.time():
            yield

    def count(self, outcome: str) -> None:
        """How one look at the period ended: one of OUTCOMES."""
        self._runs[outcome].inc()
        if outcome in ("finished", "nothing_to_do"):
            self._last.set_to_current_time()
