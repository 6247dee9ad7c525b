"""Unkept (无法留存): a message that not even the quarantine takes is counted, and its station keeps it."""

from sqlmodel import Session

from tracker.intake.ingest import IngestResult
from tracker.store.event_store import log_head
from tracker.store.tally import add_tallies
from tracker.wire.errors import RefusalCode


def count_unkept(session: Session) -> IngestResult:
    """Count one such message. An exception means that the store takes nothing at all: no message is at fault then."""
    head = log_head(session, lock=True)
    add_tallies(session, {("refused", RefusalCode.INTERNAL_ERROR.value): 1})
    return IngestResult(receipts=[], head=head, recorded=0, duplicates=0, rejected=0, refused=1)
