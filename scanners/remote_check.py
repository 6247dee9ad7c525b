"""A remote check on record (远程查验登记): sealed and on disk first, then the device signs the voucher for it."""

import os
from collections.abc import Callable
from datetime import datetime

from scanners.identity.beforehand import Checked
from scanners.identity.presented import Sender
from scanners.outbox import Outbox
from scanners.sealed_records import Sealer, seal_acceptance
from tracker.wire.event_ids import build_event_id
from tracker.wire.remote_check import Voucher, sign_voucher
from tracker.wire.sealing import SALT_BYTES
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post
from tracker.wire.vault_keys import Purpose, SealingKey
from tracker.wire.versions import VERSION

SealingKeyOf = Callable[[Purpose, datetime], SealingKey]


def record_check(
    checked: Checked,
    *,
    post: Post,
    outbox: Outbox,
    key: SigningKey,
    sealing_key: SealingKeyOf,
    chance: Callable[[int], bytes] = os.urandom,
) -> str:
    """Keep the sealed records of a check in the outbox; the voucher, by the device's key.

    The records are bound to the check's own id, as others are to their event's. Raises NoSealingKey, OutboxError: then
    nothing is kept, and there is no voucher.
    """
    moment = checked.checked_at.replace(microsecond=checked.checked_at.microsecond // 1000 * 1000)
    check_id = build_event_id(moment, chance(10))
    sealer = Sealer(
        check_id,
        checked.waybill_no,
        key_of=lambda purpose: sealing_key(purpose, moment),
        new_id=lambda: build_event_id(moment, chance(10)),
        new_salt=lambda: chance(SALT_BYTES),
    )
    sealed = checked.sealed
    sender = Sender(sealed.name, sealed.phone, sealed.address, sealed.organisation)
    records = seal_acceptance(sealer, sealed, sender=sender, recipient=None, photograph=None)
    outbox.put_records(post, records)
    voucher = Voucher(
        v=VERSION,
        check_id=check_id,
        waybill_no=checked.waybill_no,
        kind=checked.kind,
        checked_at=moment,
        commitment=records[0].commitment,
        organisation=sealed.uscc is not None,
    )
    return sign_voucher(voucher, key)
