"""A parcel's proof as JSON (证明): each event's digest, its batch's signed head and the receipt.

An event's exact bytes hold operator, coordinates and details, so only an administrator opens them; its
digest stands for them in the head that the device signed. Another parcel's event is never part of the answer.
"""

from collections.abc import Mapping
from uuid import UUID

from tracker.chain.trace import Trace
from tracker.store.event_store import LogHead, StoredProof
from tracker.wire.signature import digest_of, encode_base64url, parse_jws
from web.api.shapes import Shape, Time
from web.api.trace_json import EventOut, build_event_out
from web.views.names import Directory


class WithheldOut(Shape):
    """What is left out of this answer, why, and who may see it."""

    fields: list[str]
    reason: str
    opened_by: str


class LogOut(Shape):
    """Which store, in which life, how far its log is."""

    store: str
    epoch: int
    position: int


class BatchOut(Shape):
    """A batch: the head its device signed (compact JWS) and the tracker's receipt for it (compact JWS)."""

    batch_id: UUID
    head: str
    payload_sha256: str
    receipt: str


class ProvedEventOut(Shape):
    """One event: `digest` (base64url SHA-256 of its exact bytes) stands at `batch_index` in the head's `digests`.

    `body` is the exact bytes in base64url, null where they are withheld.
    """

    event_id: UUID
    digest: str
    body: str | None
    batch_id: UUID
    batch_index: int
    position: int
    record_time: Time
    event: EventOut


class KeyOut(Shape):
    """A device's public key as JWK (RFC 8037); `kid` is its RFC 7638 thumbprint, which the heads name."""

    kty: str = "OKP"
    crv: str = "Ed25519"
    x: str
    kid: str


class ProofOut(Shape):
    """What proves a parcel's events, in the order of the log; each batch and each key once.

    `key_notices` (compact JWS) lead from any key that the tracker ever signed receipts with to every other.
    """

    waybill_no: str
    as_of: Time
    log: LogOut
    withheld: WithheldOut | None
    events: list[ProvedEventOut]
    batches: list[BatchOut]
    device_keys: list[KeyOut]
    key_notices: list[str]


WITHHELD = WithheldOut(
    fields=["events[].body"],
    reason="An event's exact bytes hold the operator, the position and the details, which are not public.",
    opened_by="Authorization: Bearer with an API token that has proofs:read",
)


def build_proof(
    trace: Trace,
    proofs: list[StoredProof],
    head: LogHead,
    known: Directory,
    *,
    keys: Mapping[str, bytes],
    notices: list[str],
    as_of: Time,
    opens_bytes: bool,
) -> ProofOut:
    """The proof of a trace; `opens_bytes` where the asker may see them."""
    events = {scan.event_id: build_event_out(scan, known) for scan in (*trace.scans, *trace.corrected)}
    return ProofOut(
        waybill_no=trace.parcel.waybill_no,
        as_of=as_of,
        log=LogOut(store=head.store, epoch=head.epoch, position=head.position),
        withheld=None if opens_bytes else WITHHELD,
        events=[
            ProvedEventOut(
                event_id=proof.event_id,
                digest=digest_of(proof.body),
                body=encode_base64url(proof.body) if opens_bytes else None,
                batch_id=proof.batch_id,
                batch_index=proof.batch_index,
                position=proof.position,
                record_time=proof.record_time,
                event=events[proof.event_id],
            )
            for proof in proofs
        ],
        batches=list({proof.batch_id: _batch(proof) for proof in proofs}.values()),
        device_keys=[KeyOut(x=encode_base64url(keys[kid]), kid=kid) for kid in sorted(_kids(proofs) & keys.keys())],
        key_notices=notices,
    )


def _kids(proofs: list[StoredProof]) -> set[str]:
    """The keys that the heads name."""
    return {parse_jws(head).header.kid for head in {proof.head for proof in proofs}}


def _batch(proof: StoredProof) -> BatchOut:
    return BatchOut(
        batch_id=proof.batch_id, head=proof.head, payload_sha256=proof.payload_sha256, receipt=proof.receipt
    )
