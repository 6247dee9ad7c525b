"""What the tracker measures of itself (入库计量): a few observations a commit, in a registry that is handed in."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tracker.intake.line import Facts

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LAGS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 20000)
AGES = (1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400)


class IntakeMetrics:
    """One tracker's numbers since it started. What must survive a restart is counted by the store (tally)."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        own = registry or CollectorRegistry()
        self._events = Counter("jixin_tracker_events", "Events committed by this process", ["outcome"], registry=own)
        self._recorded, self._duplicates, self._rejected = (
            self._events.labels(outcome) for outcome in ("recorded", "duplicate", "rejected")
        )
        batches = Counter("jixin_tracker_batches", "Batches committed by this process", ["outcome"], registry=own)
        self._taken, self._refused = batches.labels("taken"), batches.labels("refused")
        self._poisoned = Counter("jixin_tracker_poisoned", "Batches that a fault of ours kept out", registry=own)
        self._receipts = Counter("jixin_tracker_receipts", "Receipts handed to the broker", registry=own)
        self._commit_seconds = Histogram(
            "jixin_tracker_commit_seconds", "Seconds of one recording transaction", registry=own, buckets=SECONDS
        )
        self._commit_events = Histogram(
            "jixin_tracker_commit_events", "Events recorded by one commit", registry=own, buckets=EVENTS
        )
        self._lag = Histogram(
            "jixin_tracker_lag_seconds",
            "From arrival at the tracker to the commit, of the message that waited longest in it",
            registry=own,
            buckets=LAGS,
        )
        self._age = Histogram(
            "jixin_tracker_event_age_seconds",
            "From event time to record time, of each commit's first event: how late stations report",
            registry=own,
            buckets=AGES,
        )
        self._inbox_messages = Gauge("jixin_tracker_inbox_messages", "Messages in the inbox", registry=own)
        self._inbox_bytes = Gauge("jixin_tracker_inbox_bytes", "Bytes in the inbox", registry=own)
        self._inbox_fill = Gauge(
            "jixin_tracker_inbox_fill_ratio", "How full the inbox is; at 1 the socket is read no further", registry=own
        )
        self._reader_memory = Gauge(
            "jixin_tracker_reader_memory_bytes", "Resident memory of the reading process", registry=own
        )
        self._leader = Gauge("jixin_tracker_leader", "1 while this tracker records, 0 while it stands by", registry=own)
        self._connected = Gauge("jixin_tracker_broker_connected", "1 while the broker answers", registry=own)
        self._connections = Counter("jixin_tracker_broker_connections", "Connections made to the broker", registry=own)
        self._seen_connections = 0
        self._database_up = Gauge("jixin_tracker_database_up", "0 while the database is away", registry=own)
        self._database_failures = Counter(
            "jixin_tracker_database_failures", "Uses of the database that failed and were repeated", registry=own
        )

    def show_leader(self, holds: Callable[[], bool]) -> None:
        """Show whenever somebody asks whether this tracker is the one that records."""
        self._leader.set_function(holds)

    def show_reading(self, facts: Facts) -> None:
        """How the reading process is, as it says."""
        self._inbox_messages.set(facts.messages)
        self._inbox_bytes.set(facts.bytes)
        self._inbox_fill.set(facts.fill_ratio)
        self._reader_memory.set(facts.memory)
        self._connected.set(facts.connected)
        self._connections.inc(max(0, facts.connections - self._seen_connections))
        self._seen_connections = facts.connections

    def count_commit(
        self,
        *,
        recorded: int,
        duplicates: int,
        rejected: int,
        taken: int,
        refused: int,
        receipts: int,
    ) -> None:
        """What one commit did."""
        self._recorded.inc(recorded)
        self._duplicates.inc(duplicates)
        self._rejected.inc(rejected)
        self._taken.inc(taken)
        self._refused.inc(refused)
        self._receipts.inc(receipts)
        self._commit_events.observe(recorded)

    def time_commit(self, *, seconds: float, lag: float, age: float | None) -> None:
        """How long one commit took, how long its first message had waited, and how old its first event was."""
        self._commit_seconds.observe(seconds)
        self._lag.observe(lag)
        if age is not None:
            self._age.observe(max(0.0, age))  # a fast clock is no event from the future

    def count_poisoned(self) -> None:
        """A batch could be read and not be recorded."""
        self._poisoned.inc()

    def show_database(self, *, up: bool) -> None:
        """The database answered, or did not."""
        self._database_up.set(up)
        if not up:
            self._database_failures.inc()
