"""An identity record (实名记录): what names a person, sealed, apart from the event that only commits to it."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tracker.wire.details import Closed, WaybillNo
from tracker.wire.errors import EventRejected, RejectionCode
from tracker.wire.event import Seq
from tracker.wire.event_ids import is_uuid7
from tracker.wire.masking import HIDDEN, MASK, TAIL, mask_name, mask_phone
from tracker.wire.repeated_names import has_repeated_names
from tracker.wire.sealing import box_of
from tracker.wire.vault_keys import Purpose

MAX_RECORD_BYTES = 512 * 1024

Digest = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)", description="base64url SHA-256")]
Box = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{64,}$(?!\n)", description="base64url of HPKE enc and ciphertext")]
MaskedText = Annotated[str, Meta(min_length=1, max_length=200)]


class Subject(StrEnum):
    """Whom or what a record tells of."""

    REGISTER = "register"  # 实名登记: the sender's document
    RESPONSIBLE = "responsible"  # 单位负责人、监护人: an organisation's responsible person's document, or a guardian's
    SENDER = "sender"  # 寄件人 on the waybill
    RECIPIENT = "recipient"  # 收件人 on the waybill
    AGENT = "agent"  # 代收人: who signed in the recipient's place
    SIGNATURE = "signature"  # 签名: drawn
    PHOTOGRAPH = "photograph"  # 照片


PURPOSES = {
    Subject.REGISTER: Purpose.REGISTER,
    Subject.RESPONSIBLE: Purpose.REGISTER,
    Subject.SENDER: Purpose.TRADE,
    Subject.RECIPIENT: Purpose.TRADE,
    Subject.AGENT: Purpose.TRADE,
    Subject.SIGNATURE: Purpose.TRADE,
    Subject.PHOTOGRAPH: Purpose.IMAGE,
}


class Masked(Closed, frozen=True):
    """The masked form (GB/T 41833-2022), as it may stand on a label: each hides something with `*`."""

    name: MaskedText | None = None
    phone: MaskedText | None = None
    address: MaskedText | None = None
    document_number: MaskedText | None = None


class IdentityRecord(Closed, frozen=True):
    """One sealed record of one event; `seq` is a counter of the device's own, apart from that of its scans.

    `kid` names the vault's key, `commitment` stands in the event too where the event has a place for it.
    """

    record_id: UUID
    seq: Seq
    event_id: UUID
    waybill_no: WaybillNo
    subject: Subject
    kid: Digest
    commitment: Digest
    sealed: Box
    masked: Masked = Masked()


class ReadRecord(Struct, frozen=True):
    """A record with its box as octets."""

    record: IdentityRecord
    box: bytes


_RECORD = msgspec.json.Decoder(IdentityRecord)
_ENCODER = msgspec.json.Encoder()


def encode_record(record: IdentityRecord) -> bytes:
    """The record's bytes as a device signs and sends them. Raises ValueError for one that no tracker takes."""
    octets = _ENCODER.encode(record)
    decode_record(octets)
    return octets


def decode_record(octets: bytes) -> ReadRecord:
    """The record in exact bytes of at most 512 KiB. Raises EventRejected; its reason repeats nothing of the bytes."""
    if len(octets) > MAX_RECORD_BYTES:
        raise EventRejected(RejectionCode.EVENT_TOO_LARGE, f"{len(octets)} bytes, at most {MAX_RECORD_BYTES}")
    try:
        record = _RECORD.decode(octets)
        box = box_of(record.sealed)
    except msgspec.ValidationError as error:
        raise EventRejected(RejectionCode.FIELD_INVALID, "not an identity record") from error
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise EventRejected(RejectionCode.EVENT_UNREADABLE, "not JSON, or nested too deep") from error
    except ValueError as error:
        raise EventRejected(RejectionCode.FIELD_INVALID, "the box is not one") from error
    if not is_uuid7(record.record_id):
        raise EventRejected(RejectionCode.EVENT_ID_NOT_V7, "record_id is a UUIDv7")
    if fault := _unmasked_in(record.masked):
        raise EventRejected(RejectionCode.FIELD_INVALID, f"{fault} is not masked")
    if _ENCODER.encode(record) != octets and has_repeated_names(octets):
        raise EventRejected(RejectionCode.FIELD_INVALID, "a name stands twice in one object")
    return ReadRecord(record, box)


def _unmasked_in(masked: Masked) -> str | None:
    """The field that shows more than it may: an open one would lie readable in the store for years.

    Masking what is masked changes nothing: so a mark beside an open number does not pass for a mask.
    """
    name, phone, number = masked.name, masked.phone, masked.document_number
    if name is not None and (MASK not in name or mask_name(name) != name):
        return "name"
    if masked.address is not None and MASK not in masked.address:
        return "address"
    if phone is not None and (phone.count(MASK) < HIDDEN or mask_phone(phone) != phone):
        return "phone"
    if number is not None and sum(letter != MASK for letter in number) > TAIL:
        return "document_number"
    return None
