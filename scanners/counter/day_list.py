"""The day's list (当日清单): what this counter did today, how far each got, and what was refused, with what to do."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from scanners.outbox import KeptScan, Outbox
from scanners.refusal_register import KeptRefusal, RefusalRegister
from tracker.wire.details import LOCAL
from tracker.wire.errors import EventRejected
from tracker.wire.identity_record import decode_record
from tracker.wire.topics import Channel, Post

SHOWN = 60
UNDO_WITHIN = timedelta(hours=24)  # the same station may correct so long


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `waybill_no` is a bag's number where `is_bag`.

    `codes` are why: the wire's code of a refused scan, the gate's reasons of a refused parcel.
    """

    at: datetime
    waybill_no: str | None
    step: str
    state: Literal["waiting", "receipted", "refused", "undone", "turned_away"]
    operator: str | None
    event_id: str | None = None
    receipted_at: datetime | None = None
    codes: tuple[str, ...] = ()
    is_bag: bool = False
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """Today, the newest first; `parcels` and `turned_away` count all of it, `lines` are the newest sixty."""

    parcels: int
    turned_away: int
    lines: tuple[Line, ...]


def read_day(outbox: Outbox, refusals: RefusalRegister, *, post: Post, now: datetime) -> Day:
    """The local day (Asia/Shanghai) so far."""
    start = datetime.combine(now.astimezone(LOCAL).date(), time(), LOCAL)
    return build_day(
        outbox.scans_since(post, start), refusals.find(start, now + timedelta(seconds=1)), _bad_records(outbox), now=now
    )


def build_day(
    scans: list[KeptScan], turned_away: list[KeptRefusal], bad_records: dict[str, str], *, now: datetime
) -> Day:
    """The list. `bad_records` are the codes of refused identity records by their event's id."""
    undone = {each.scan.corrects.event_id for each in scans if each.scan.corrects is not None and each.refusal is None}
    lines = [
        _line(
            each, is_undone=each.scan.event_id in undone, bad_record=bad_records.get(str(each.scan.event_id)), now=now
        )
        for each in scans
        if each.scan.corrects is None
    ]
    lines += [
        Line(
            datetime.fromtimestamp(each.refused_at, UTC), each.waybill_no, "accepted", "turned_away", each.operator,
            codes=tuple(map(str, each.reasons)),
        )
        for each in turned_away
    ]  # fmt: skip
    lines.sort(key=lambda line: line.at, reverse=True)
    counted = {line.waybill_no for line in lines if line.state not in ("undone", "turned_away") and not line.is_bag}
    return Day(len(counted), len(turned_away), tuple(lines[:SHOWN]))


def _line(kept: KeptScan, *, is_undone: bool, bad_record: str | None, now: datetime) -> Line:
    scan, code = kept.scan, kept.refusal or bad_record
    done: Literal["waiting", "receipted"] = "waiting" if kept.receipted_at is None else "receipted"
    return Line(
        scan.event_time,
        scan.waybill_no or scan.bag_no,
        scan.step.value,
        "refused" if code else "undone" if is_undone else done,
        scan.operator,
        event_id=str(scan.event_id),
        receipted_at=kept.receipted_at,
        codes=(code,) if code else (),
        is_bag=scan.bag_no is not None,
        can_undo=not is_undone and kept.refusal is None and now - scan.event_time < UNDO_WITHIN,
    )


def _bad_records(outbox: Outbox) -> dict[str, str]:
    """Refused identity records: event id → code. One that cannot be read any more names no event."""
    found = {}
    for refused in outbox.find_refused():
        if refused.lane.channel is Channel.IDENTITIES:
            try:
                found[str(decode_record(refused.body).record.event_id)] = refused.code
            except EventRejected:
                continue
    return found
