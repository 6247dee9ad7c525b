"""A batch's proof (批次证明): the head that its device signed, and the receipt by which the tracker took it."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from msgspec import Struct

from tracker.wire.message import BatchHead
from tracker.wire.receipt import BatchReceipt, Receipt
from tracker.wire.signature import NotAJws, VerifyingKey, digest_of, parse_jws


class ProvedBatch(Struct, frozen=True):
    """A batch whose signatures hold, and the ids of those of its events that the tracker did not take."""

    head: BatchHead
    rejected: frozenset[str | None]


def prove_batch(head: str, payload_sha256: str, devices: Mapping[str, VerifyingKey], receipt: Receipt) -> ProvedBatch:
    """The batch of a head (compact JWS), where one of `devices` (by kid) signed it and a believed receipt took it.

    Raises NotAJws.
    """
    jws = parse_jws(head)
    if jws.header.kid not in devices or not jws.verify(devices[jws.header.kid]):
        raise NotAJws("the head's signature does not hold")
    try:
        claims = msgspec.json.decode(jws.payload, type=BatchHead)
    except msgspec.MsgspecError as error:
        raise NotAJws("what was signed is no batch head") from error
    line = _line_of(receipt, claims.batch_id, payload_sha256)
    if line is None:
        raise NotAJws("head and receipt do not name the same batch")
    if line.head_sha256 != digest_of(head.encode()):
        raise NotAJws("the receipt answers another head: this one was not signed when it was recorded")
    if line.refused is not None:
        raise NotAJws(f"the receipt refuses it: {line.refused.code}")
    return ProvedBatch(claims, frozenset(rejection.event_id for rejection in line.rejected))


def _line_of(receipt: Receipt, batch_id: UUID, payload_sha256: str) -> BatchReceipt | None:
    """What a receipt says of a batch; the line that took it, where it came twice."""
    lines = [each for each in receipt.batches if (each.batch_id, each.payload_sha256) == (batch_id, payload_sha256)]
    return min(lines, key=lambda line: (line.refused is not None, len(line.rejected)), default=None)
