"""A process's own metrics (监控端口): Prometheus' text format on a port of its own, and a file that says where."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server

from web.commands.running import InstallationError, own_number
from web.settings import Settings


@contextmanager
def serving_metrics(settings: Settings, process: str, registry: CollectorRegistry) -> Iterator[None]:
    """Serve `registry` and the process's own memory and time while the block runs; nothing where no port is set.

    Raises InstallationError when the port is taken.
    """
    if settings.metrics_port is None:
        yield
        return
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(settings.metrics_port, settings.metrics_host, registry)
    except OSError as error:
        raise InstallationError(
            f"监控端口 {settings.metrics_port} 不能用：用 JIXIN_METRICS_PORT 另选一个"
            f" · cannot serve metrics on port {settings.metrics_port} ({error.strerror}): see JIXIN_METRICS_PORT"
        ) from None
    try:
        with naming_target(settings, process, f"{settings.metrics_host}:{server.server_port}"):
            yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def naming_target(settings: Settings, process: str, address: str) -> Iterator[None]:
    """Say where this process's metrics are, in a file for Prometheus' `file_sd_configs`, while the block runs.

    A standby or another worker with the same data dir has a file of its own: `tracker.json`, `tracker-2.json`.
    """
    with own_number(settings, f"metrics-{process}") as number:
        path = settings.metrics_folder / (f"{process}.json" if number == 1 else f"{process}-{number}.json")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode([{"targets": [address], "labels": {"process": process}}]))
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
