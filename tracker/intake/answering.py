"""Answering (签发回执): one signed receipt a device and commit, kept beside the batches that recorded something."""

from dataclasses import replace

from sqlmodel import Session

from tracker.intake.delivery import ReadBatch, ReadRecords, RefusedBatch
from tracker.intake.judging import Outcome, Recording
from tracker.ledger.rolling import roll
from tracker.store.event_store import NewBatch, append_batches, append_receipts, save_log_head
from tracker.wire.errors import RefusalCode
from tracker.wire.receipt import BatchReceipt, Receipt, Refusal, sign_receipt
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post
from tracker.wire.vault_keys import VaultWord
from tracker.wire.versions import VERSION


def write_receipts(
    session: Session,
    recording: Recording,
    outcomes: list[Outcome],
    refused: list[RefusedBatch],
    key: SigningKey,
    *,
    vault: VaultWord | None = None,
) -> list[tuple[Post, str]]:
    """One signed receipt a device, kept beside the batches that recorded events; moves the log's head.

    `outcomes` are of batches of events, by their numbers, then of those of records. Whoever sent records hears the
    vault's word, so that its keys are renewed while it needs them.
    """
    lines: dict[Post, list[BatchReceipt]] = {}
    for outcome in outcomes:
        lines.setdefault(outcome.batch.delivery.post, []).append(_receipt_line(outcome))
    for each in refused:
        if each.refusal.code != RefusalCode.INTERNAL_ERROR:  # our fault is no answer: the station keeps its scans
            lines.setdefault(each.delivery.post, []).append(_refusal_line(each))
    numbers = {post: recording.head.receipt_no + number for number, post in enumerate(lines, start=1)}
    sealing = {each.batch.delivery.post for each in outcomes if isinstance(each.batch, ReadRecords)} if vault else ()
    receipts = {
        post: _sign(recording, batches, key, vault if post in sealing else None) for post, batches in lines.items()
    }
    batches, answered = [], set()
    for outcome in outcomes:
        if outcome.recorded and isinstance(outcome.batch, ReadBatch):
            post = outcome.batch.delivery.post
            answered.add(post)
            batches.append(_new_batch(outcome, outcome.batch, recording.devices[post].device_no, numbers[post]))
    append_batches(session, batches)
    append_receipts(
        session, [(numbers[post], recording.record_time, receipts[post]) for post in lines if post in answered]
    )
    recording.head = replace(
        recording.head,
        position=recording.head.position + len(recording.new),
        batch_no=max([recording.head.batch_no, *(outcome.batch_no for outcome in outcomes)]),
        receipt_no=recording.head.receipt_no + len(lines),
        rolling=roll(recording.head.rolling, (new.body for new in recording.new)),
    )
    save_log_head(session, recording.head)
    return list(receipts.items())


def _new_batch(outcome: Outcome, batch: ReadBatch, device_no: int, receipt_no: int) -> NewBatch:
    return NewBatch(
        batch_no=outcome.batch_no,
        batch_id=batch.batch_id,
        device_no=device_no,
        payload_sha256=batch.payload_sha256,
        receipt_no=receipt_no,
        head=batch.head,
    )


def _receipt_line(outcome: Outcome) -> BatchReceipt:
    return BatchReceipt(
        batch_id=outcome.batch.batch_id,
        payload_sha256=outcome.batch.payload_sha256,
        recorded=outcome.recorded,
        duplicates=outcome.duplicates,
        rejected=outcome.rejected,
        refused=None,
        first_position=min(outcome.positions, default=None),
        last_position=max(outcome.positions, default=None),
        head_sha256=outcome.batch.head_sha256,
    )


def _refusal_line(each: RefusedBatch) -> BatchReceipt:
    return BatchReceipt(
        batch_id=each.batch_id,
        payload_sha256=each.payload_sha256,
        recorded=0,
        duplicates=0,
        rejected=[],
        refused=Refusal(each.refusal.code, each.refusal.reason),
        first_position=None,
        last_position=None,
    )


def _sign(recording: Recording, batches: list[BatchReceipt], key: SigningKey, vault: VaultWord | None) -> str:
    receipt = Receipt(
        v=VERSION,
        store=recording.head.store,
        epoch=recording.head.epoch,
        batches=batches,
        record_time=recording.record_time,
        vault=vault,
    )
    return sign_receipt(receipt, key)
