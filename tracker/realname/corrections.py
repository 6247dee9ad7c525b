"""A correction (更正): what a person says is right of them, sealed beside what was collected, which stays as it was."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from tracker.store.identity_store import NewRecord
from tracker.wire.identity_record import Masked
from tracker.wire.masking import MASK, mask_address, mask_document, mask_name, mask_phone
from tracker.wire.sealing import PersonalContent, box_of, seal
from tracker.wire.vault_keys import Purpose, VaultNotice, find_sealing_key

CORRECTION = "correction"  # no Subject of the wire: no device sends one
MOST = 200  # characters of each
MASKS = {"name": mask_name, "phone": mask_phone, "address": mask_address, "document_number": mask_document}


def build_correction(
    told: Mapping[str, str], *, notice: VaultNotice | None, waybill_no: str, record_id: UUID, salt: bytes, now: datetime
) -> NewRecord:
    """The sealed record of what was told (some of MASKS). Raises NoSealingKey where the vault has named no key."""
    key = find_sealing_key(notice, moment=now, purpose=Purpose.TRADE)
    content = msgspec.structs.replace(PersonalContent(salt=salt), **told)
    box = seal(content, key=key, record_id=record_id, event_id=record_id)
    masked = {name: MASKS[name](text) for name, text in told.items()}
    shown = Masked(**{name: text for name, text in masked.items() if MASK in text})
    return NewRecord(
        record_id=record_id, waybill_no=waybill_no, event_id=record_id, subject=CORRECTION, device_no=0, seq=0,
        kid=key.kid, commitment=box.commitment, masked=msgspec.json.encode(shown), box=box_of(box.sealed),
        record_time=now,
    )  # fmt: skip
