"""An epoch (代次): one life of the store; one that went back begins a new one, with a number never given before."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlmodel import Session

from tracker.store.event_store import LogHead, log_head, save_log_head

FIRST_SECOND = datetime(2026, 1, 1, tzinfo=UTC)


class StoreWentBack(RuntimeError):
    """The store is behind what it was: a failover to a server that lagged, or a copy put back by other tools."""


def is_behind(head: LogHead, known: LogHead) -> bool:
    """Whether the same store was further than `head` once; another store says nothing about this one."""
    return head.store == known.store and (head.epoch, head.position) < (known.epoch, known.position)


def begin_epoch(session: Session, *, now: datetime, above: int = 0) -> LogHead:
    """Begin a new life, after a backup was put back; the log's head in it. Its number is higher than `above`.

    Devices tell lives apart by this number alone. Counting up would not do: one backup restored twice would give the
    same number to two lives, and a device that had receipts of the first would keep back what the second lacks. So it
    is the second of the restore, counted from 2026, and at least one more than the last.
    """
    head = log_head(session, lock=True)
    begun = replace(head, epoch=max(head.epoch + 1, above + 1, int((now - FIRST_SECOND).total_seconds())))
    save_log_head(session, begun)
    return begun
