"""The services (服务进程): tracker, web and scheduler, one process each."""

import gc
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, OperationalError

from tracker.intake.bounds import IntakeBounds
from tracker.intake.last_word import hear_last_word
from tracker.intake.metrics import IntakeMetrics
from tracker.intake.reader import Reader, ReaderGone
from tracker.intake.recorder import Recorder
from tracker.intake.turns import Everybodys, Turn, record_in_turns
from tracker.store.candidate import Candidate
from tracker.store.database import build_engine
from tracker.store.event_store import LogHead, fence_log
from tracker.store.holder import own_name
from tracker.store.migrate import current_revision, head_revision, upgrade
from tracker.wire.label_token import read_label_secret
from web.commands.database_faults import explain_database
from web.commands.installation import (
    broker_login,
    check_keys,
    label_secret,
    record_present_keys,
    tracker_client_id,
)
from web.commands.metrics_server import naming_target, serving_metrics
from web.commands.ports import require_free_port
from web.commands.reading import read_for_recorder
from web.commands.receipt_keys import KeyWatch
from web.commands.running import InstallationError, own_number, restoring_file, share_store, stop_on_signals
from web.quarantine_limits import quarantine_limits
from web.settings import Settings

log = structlog.get_logger()

FINISHING = 5  # seconds that requests under way may take when the web server stops


def open_store(settings: Settings, *, migrate: bool = False, name: str | None = None) -> Engine:
    """The database, at the schema of this code; `name` is that of its sessions.

    Raises InstallationError when it cannot be reached, was half restored, or has another schema and may not be
    migrated.
    """
    if restoring_file(settings).exists():
        raise InstallationError(
            "上次恢复中断，库不完整 · a restore was cut off, and the store is not whole: run `jixin restore` again"
        )
    with explaining_database(settings):
        engine = build_engine(settings.store_url, name=name)
        if migrate:
            upgrade(engine)
        elif current_revision(engine) != head_revision():
            raise InstallationError("库表版本不符 · the database is not at this version's schema: run `jixin migrate`")
    return engine


@contextmanager
def explaining_database(settings: Settings) -> Iterator[None]:
    """A database that cannot be reached becomes an InstallationError that says what to do."""
    try:
        yield
    except ArgumentError:  # its message may hold a password
        raise InstallationError("数据库地址有误 · JIXIN_DATABASE_URL is sqlite:///… or postgresql://…") from None
    except OperationalError as error:
        why = str(error.orig).partition("\n")[0]
        raise InstallationError(explain_database(settings.store_url, why)) from error


def run_tracker(settings: Settings) -> None:
    """Record until told to stop, then finish what has arrived; in turns with other trackers on this store, or, where
    the broker shares the work out, together with them."""
    share_store(settings)
    gc.freeze()  # what is loaded by now stays, and a commit's rows are many and hold no cycles:
    gc.set_threshold(100_000, 20, 20)  # looking through them again and again costs a fifth of the tracker's time
    registry = CollectorRegistry()
    metrics = IntakeMetrics(registry)
    reader = Reader(partial(read_for_recorder, settings), metrics)
    reader.start()  # before anything has a thread or a connection: it is forked
    try:
        _stand_for_record(settings, reader=reader, registry=registry, metrics=metrics)
    except ReaderGone as error:
        log.error("reader_gone", reason=str(error))
        raise SystemExit(1) from None
    finally:
        reader.stop()  # also where there is no database: nothing of this process may wait for the other


def _stand_for_record(
    settings: Settings, *, reader: Reader, registry: CollectorRegistry, metrics: IntakeMetrics
) -> None:
    stop = stop_on_signals()
    holder = own_name()
    engine = open_store(settings, name=holder)
    try:
        broker_login(settings)  # a standby says at once what it lacks
        check_keys(settings, engine)
        candidate = Candidate(
            engine,
            "tracker",
            settings.takeover_seconds,
            holder=holder,
            on_taken=fence_log,
            on_look=lambda answered: metrics.show_database(up=answered),
        )
        record = partial(_record, settings, engine, reader=reader, holder=holder, metrics=metrics, stop=stop)
        with serving_metrics(settings, "tracker", registry):
            own_id = tracker_client_id(settings)
            if settings.broker_shared:
                with own_number(settings, "worker") as number:
                    record(turn=Everybodys(), client_id=f"{own_id}-{socket.gethostname()}-{number}")
            else:
                record_in_turns(candidate, lambda: record(turn=candidate, client_id=own_id), stop=stop)
    finally:
        engine.dispose()


def _record(
    settings: Settings,
    engine: Engine,
    *,
    reader: Reader,
    holder: str,
    metrics: IntakeMetrics,
    stop: Event,
    turn: Turn,
    client_id: str,
) -> None:
    """Take scans from the broker into the store until told to stop. Raises LeaseLost, ReaderGone."""
    metrics.show_leader(turn.holds)
    keys = record_present_keys(settings, engine)
    said = hear_last_word(broker_login(settings), keys.public, stop=stop, check=turn.check)
    recorder = Recorder(
        engine=engine,
        source=reader,
        outward=reader,
        key=keys.signing,
        find_changed_keys=KeyWatch(settings.receipt_key_file, time.monotonic).find_changed,
        now=lambda: datetime.now(UTC),
        clock=time.monotonic,
        limits=quarantine_limits(settings),
        bounds=IntakeBounds(settings.first_day, settings.waybill_events),
        label_secret=lambda: read_label_secret(settings.label_secret_file),
        stop=stop,
        metrics=metrics,
        turn=turn,
        furthest=LogHead(said.store, said.epoch, said.position) if said else None,
    )
    reader.turn, reader.on_connect = turn, recorder.forget_announcement
    reader.begin(client_id=client_id, holder=holder)
    log.info("tracker_started", broker=broker_login(settings).url)
    try:
        recorder.run()
    finally:
        left = reader.waiting
        flushed = reader.finish()
        log.info("tracker_stopped", left=left, flushed=flushed)


def run_web(settings: Settings) -> None:
    """Serve pages and JSON until told to stop."""
    import uvicorn

    from web.app import create_app

    share_store(settings)
    require_free_port(settings.web_host, settings.web_port)
    stop_on_signals()  # uvicorn raises the signal again once it has stopped: here it ends nothing any more
    engine = open_store(settings)
    if settings.receipt_key_file.exists():  # a web server elsewhere would make one that fits no label
        label_secret(settings)
    log.info("web_started", host=settings.web_host, port=settings.web_port)
    with naming_target(settings, "web", f"{settings.web_host}:{settings.web_port}"):
        uvicorn.run(
            create_app(settings, engine),
            host=settings.web_host,
            port=settings.web_port,
            log_config=None,
            access_log=False,  # its lines hold whole addresses; web.request_metrics writes ours
            server_header=False,
            timeout_graceful_shutdown=FINISHING,
        )
    log.info("web_stopped")


def run_scheduler(settings: Settings) -> None:
    """Run the jobs of which this process is the owner, until told to stop."""
    from credit_scoring.scoring.job import JOB
    from credit_scoring.scoring.job import run_scheduler as run_jobs
    from credit_scoring.scoring.job_metrics import JobMetrics

    share_store(settings)
    stop = stop_on_signals()
    holder = own_name()
    engine = open_store(settings, name=holder)  # its sessions bear its name: where it hangs, they can be ended
    candidate = Candidate(engine, "scheduler", settings.takeover_seconds, holder=holder)
    registry = CollectorRegistry()
    metrics = JobMetrics(JOB, registry)
    log.info("scheduler_started")
    with serving_metrics(settings, "scheduler", registry):
        ended = run_jobs(
            engine,
            candidate=candidate,
            stop=stop,
            clock=lambda: datetime.now(UTC),
            metrics=metrics,
            record_term=timedelta(hours=settings.record_hours),
        )
    log.info("scheduler_stopped", ended=ended)
    if not ended:  # the thread of a job that was given up would keep this process until its query ends
        os._exit(0)
