"""The replay command (回放命令): a file, a gateway, a progress bar and a report."""

from contextlib import closing
from pathlib import Path

import msgspec
from rich.console import Console

from scanners.outbox import Outbox
from scanners.publisher import Publisher
from scanners.replay import Replay, ReplayReport
from scanners.replay_file import read_replay
from tracker.wire.enrolment import Enrolment, read_enrolment
from web.commands.connection import no_connection, turned_away
from web.commands.progress import showing_receipts
from web.commands.running import find_broker_url, only_one
from web.settings import Settings

CONNECT_TIMEOUT = 20.0
SHOWN = 20  # rows named on the screen; --json has more


class ReplayFailed(RuntimeError):
    """The replay could not begin; the message says what to do."""


def run_replay(
    settings: Settings,
    path: Path,
    *,
    encoding: str,
    enrolment_file: Path | None,
    console: Console,
    stalled_after: float = 300.0,
) -> ReplayReport:
    """Replay one file the whole way. Raises ReplayFileError, ReplayFailed, ReplayStalled."""
    if not path.is_file():
        raise ReplayFailed(f"没有这个文件 · no such file: {path}")
    with closing(read_replay(path, encoding=encoding)) as rows:
        next(rows, None)  # a file that cannot be read is said before anything is connected
    url = find_broker_url(settings)
    enrolment = _gateway(settings, enrolment_file)
    folder = settings.data_dir / "outbox"
    busy = (
        "另一个回放正在运行 · "
        "another replay runs with this data dir; wait for it, or choose another with JIXIN_DATA_DIR"
    )
    with only_one(folder / "gateway.lock", busy), showing_receipts(console, path.name) as show:
        outbox = Outbox(folder / "gateway.db")
        publisher = Publisher(enrolment, outbox, broker_url=url)
        publisher.start()
        try:
            if not publisher.connected.wait(CONNECT_TIMEOUT):
                if publisher.turned_away:
                    raise ReplayFailed(turned_away(publisher.url))
                raise ReplayFailed(no_connection(publisher.url, enrolment.broker))
            return Replay(outbox, publisher, stalled_after=stalled_after, progress=show).run(
                read_replay(path, encoding=encoding)
            )
        finally:
            publisher.stop()
            outbox.close()


def _gateway(settings: Settings, path: Path | None) -> Enrolment:
    path = path or settings.gateway_file
    if not path.exists():
        raise ReplayFailed(
            "没有网关凭据 · "
            f"no gateway enrolment at {path}: make one with `jixin enrol --gateway --out {path}`, or give --enrolment"
        )
    enrolment = read_enrolment(path)
    if not enrolment.is_gateway:
        raise ReplayFailed(
            "这是终端凭据，回放要用网关的 · "
            f"{path} belongs to one device; a replay needs a gateway's enrolment (gateway.json)"
        )
    return enrolment


def render_json(report: ReplayReport) -> str:
    """The report as one JSON object."""
    return msgspec.json.encode(
        {
            "rows": report.rows,
            "recorded": report.recorded,
            "known": report.known,
            "refused": report.refused,
            "unreadable": report.unreadable,
            "complete": report.complete,
            "unreadable_rows": [
                {"line": row.line, "code": row.code, "reason": row.reason} for row in report.unreadable_rows
            ],
            "refused_rows": report.refused_rows,
        }
    ).decode()


def say_report(report: ReplayReport, console: Console) -> None:
    """The report in words."""
    for row in report.unreadable_rows[:SHOWN]:
        console.print(f"  第 {row.line} 行读不懂 line {row.line} unreadable: {row.code} ({row.reason})", markup=False)
    for refusal in report.refused_rows[:SHOWN]:
        where = f"第 {refusal.line} 行被拒 line {refusal.line} refused"
        console.print(f"  {where}: {refusal.code} ({refusal.reason})", markup=False)
    console.print(
        f"✓ {report.rows:,} 行 rows · 入库 recorded {report.recorded:,} · 已有 known {report.known:,}"
        f" · 被拒 refused {report.refused:,} · 读不懂 unreadable {report.unreadable:,}",
        markup=False,
    )
