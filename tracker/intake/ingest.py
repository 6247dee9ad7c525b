"""Ingest (入库): read batches become recorded events, findings, parcel rows and receipts, in one transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tracker.intake.answering import write_receipts
from tracker.intake.bounds import DEFAULT_BOUNDS, IntakeBounds
from tracker.intake.claim_upkeep import settle_claims
from tracker.intake.delivery import Read, ReadBatch, ReadRecords, RefusedBatch
from tracker.intake.judging import Outcome, Recording, begin_recording, take_batch
from tracker.intake.parcel_upkeep import save_parcels_of
from tracker.intake.record_upkeep import take_records
from tracker.intake.sign_off import LabelSecret
from tracker.store.event_store import LogHead, append_events
from tracker.store.identity_store import vault_word
from tracker.store.quarantine import DEFAULT_LIMITS, Kept, save_quarantined
from tracker.store.quarantine_bounds import QuarantineLimits
from tracker.store.registry import save_last_seqs
from tracker.store.sequences import save_answered
from tracker.store.tally import add_tallies
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What one transaction did: the receipts to publish once it is committed, and its counts.

    `recorded` are events, `kept_records` identity records; the others are of both.
    """

    receipts: list[tuple[Post, str]]
    head: LogHead
    recorded: int
    duplicates: int
    rejected: int
    refused: int
    kept_records: int = 0


def ingest(
    session: Session,
    deliveries: Sequence[Read],
    *,
    record_time: datetime,
    key: SigningKey,
    limits: QuarantineLimits = DEFAULT_LIMITS,
    bounds: IntakeBounds = DEFAULT_BOUNDS,
    label_secret: LabelSecret = lambda: None,
) -> IngestResult:
    """Record what was read: append idempotently, keep parcel rows, quarantine the rest, sign a receipt per device.

    The caller commits, then acknowledges, then publishes the receipts; an exception means nothing happened.
    Repeating it with the same deliveries records nothing and counts duplicates.
    """
    batches = [delivery for delivery in deliveries if isinstance(delivery, ReadBatch)]
    refused = [delivery for delivery in deliveries if isinstance(delivery, RefusedBatch)]
    sealed = [delivery for delivery in deliveries if isinstance(delivery, ReadRecords)]
    others = {each.delivery.post for each in sealed}
    recording = begin_recording(session, batches, record_time, bounds, others=others, label_secret=label_secret)
    first = recording.head.batch_no + 1
    outcomes = [take_batch(recording, batch, batch_no=number) for number, batch in enumerate(batches, start=first)]
    if recording.new:
        append_events(session, recording.new)
        heard = {new.device_no for new in recording.new}
        moved = [count for count in recording.devices.values() if count.device_no in heard]
        save_last_seqs(session, moved, recorded_at=record_time)
        save_parcels_of(session, [new.scan for new in recording.new], known=recording.parcels)
    save_answered(session, recording.answered)
    of_records = take_records(session, recording, sealed) if sealed else []
    if recording.claims or recording.sealed:
        settle_claims(session, recording.claims, recording.sealed)
    _quarantine(session, recording, refused, limits)
    vault = vault_word(session) if of_records else None
    receipts = write_receipts(session, recording, [*outcomes, *of_records], refused, key, vault=vault)
    add_tallies(session, _count(outcomes, of_records, refused))
    return IngestResult(
        receipts=receipts,
        head=recording.head,
        recorded=len(recording.new),
        duplicates=sum(outcome.duplicates for outcome in (*outcomes, *of_records)),
        rejected=sum(len(outcome.rejected) for outcome in (*outcomes, *of_records)),
        refused=len(refused),
        kept_records=sum(outcome.recorded for outcome in of_records),
    )


def _quarantine(session: Session, recording: Recording, refused: list[RefusedBatch], limits: QuarantineLimits) -> None:
    payloads = [
        Kept(each.delivery.payload, each.refusal.code, each.refusal.reason, each.delivery.post) for each in refused
    ]
    save_quarantined(session, [*recording.kept, *payloads], seen_at=recording.record_time, limits=limits)


def _count(outcomes: list[Outcome], of_records: list[Outcome], refused: list[RefusedBatch]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    counts["record_kept", ""] = sum(outcome.recorded for outcome in of_records)
    counts["recorded", ""] = sum(outcome.recorded for outcome in outcomes)
    for outcome in (*outcomes, *of_records):
        counts["duplicate", ""] += outcome.duplicates
        counts.update(("rejected", rejection.code) for rejection in outcome.rejected)
    counts.update(("refused", str(each.refusal.code)) for each in refused)
    return counts
