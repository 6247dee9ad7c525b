"""The audit command (终端计数审计): each device's sequence against the store, said line by line or as JSON."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.engine import Engine

from tracker.store.database import reading
from tracker.store.sequence_audit import (
    Gap,
    GapKind,
    Sequence,
    audit_sequence,
    count_refused_batches,
    find_audited_devices,
)
from web.commands.services import open_store
from web.settings import Settings

SHOWN_GAPS = 20  # in a line for people; JSON has all


def run_audit(
    settings: Settings, *, grace_minutes: int, show_all: bool, as_json: bool, say: Callable[[str], None]
) -> bool:
    """Say the numbers of each device that lacks or repeats some, or of all; whether none is missing.

    Raises InstallationError.
    """
    engine = open_store(settings)
    as_of = datetime.now(UTC)
    reports = find_sequences(engine, settled_before=as_of - timedelta(minutes=grace_minutes))
    if as_json:
        found = list(reports)
        say(render_json(found, as_of=as_of))
    else:
        found = []
        for report in reports:
            found.append(report)
            if show_all or report.gaps or report.reused:
                say(write_line(report))
        say(write_total(found))
    return not any(report.missing for report in found)


def find_sequences(engine: Engine, *, settled_before: datetime) -> Iterator[Sequence]:
    """Each device's sequence, read in a view of its own: a long audit holds nothing up."""
    with reading(engine) as session:
        devices, refused = find_audited_devices(session), count_refused_batches(session)
    for device_no, post in devices:
        with reading(engine) as session:
            yield audit_sequence(
                session, device_no, post, settled_before=settled_before, refused_batches=refused.get(post, 0)
            )


def write_line(report: Sequence) -> str:
    """One device for people."""
    if report.first is None:
        return f"– {report.post.username} · 还没有扫描 no scan yet"
    parts = [
        f"{'✗' if report.missing else '✓'} {report.post.username}",
        f"计数 seq {report.first}–{report.highest}",
        f"入库 recorded {report.recorded}",
        f"被拒 rejected {report.rejected}",
        f"重号 reused {report.reused}",
    ]
    for kind, told in (
        (GapKind.MISSING, "缺号 missing"),
        (GapKind.PENDING, "可能在途 may still come"),
        (GapKind.RESTART, "重新计数，不算缺 counter began again"),
    ):
        if gaps := report.find_gaps(kind):
            parts.append(f"{told} {write_gaps(gaps)}")
    if report.has_more_gaps:
        parts.append(f"只查了前 {len(report.gaps)} 处 only the first {len(report.gaps)} gaps")
    if report.missing and report.refused_batches:
        parts.append(f"隔离区有整批拒收 batches refused, in quarantine: {report.refused_batches}")
    return " · ".join(parts)


def write_gaps(gaps: list[Gap]) -> str:
    """17–19, 44 (4): ranges, then how many numbers."""
    ranges = [str(gap.first) if gap.size == 1 else f"{gap.first}–{gap.last}" for gap in gaps[:SHOWN_GAPS]]
    more = ["…"] if len(gaps) > SHOWN_GAPS else []
    return f"{', '.join(ranges + more)} ({sum(gap.size for gap in gaps):,})"


def write_total(found: list[Sequence]) -> str:
    """The last line."""
    behind = [report for report in found if report.missing]
    if not behind:
        return f"✓ {len(found)} 个终端，没有缺号 devices, nothing is missing"
    return (
        f"✗ {len(found)} 个终端，{len(behind)} 个有缺号，共 {sum(report.missing for report in behind):,} 条"
        f" · {len(behind)} devices lack numbers: look into their outboxes (docs/operations.md, Audit)"
    )


def render_json(found: list[Sequence], *, as_of: datetime) -> str:
    """All of it for machines; a range is [first, last]."""
    report = {
        "as_of": as_of.isoformat().replace("+00:00", "Z"),
        "missing": sum(each.missing for each in found),
        "devices": [_told(each) for each in found],
    }
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def _told(report: Sequence) -> dict[str, object]:
    return {
        "carrier": report.post.carrier,
        "station": report.post.station,
        "device": report.post.device,
        "first": report.first,
        "highest": report.highest,
        "recorded": report.recorded,
        "rejected": report.rejected,
        "known": report.known,
        "reused": report.reused,
        "refused_batches": report.refused_batches,
        "missing_count": report.missing,
        **{kind.value: [[gap.first, gap.last] for gap in report.find_gaps(kind)] for kind in GapKind},
        "has_more_gaps": report.has_more_gaps,
    }
