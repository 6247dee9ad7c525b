"""A remote check's voucher (远程查验凭证): what a self-service device says of a sender whom it checked beforehand.

Compact JWS by the device's own key. It names nobody: the document lies in the sealed record that it commits to.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tracker.wire.details import WaybillNo
from tracker.wire.document_kinds import DocumentKind
from tracker.wire.event_ids import is_uuid7, milliseconds_of
from tracker.wire.identity_record import Digest
from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey, signed_payload
from tracker.wire.versions import VERSION

VOUCHER_TYPE = "jixin-remote-check+jws"
SERVES = timedelta(hours=72)  # P: how old a check may be when its parcel is accepted


class Voucher(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One check of one parcel's sender. `check_id` is a UUIDv7 of `checked_at`, and the `event_id` of its records.

    `organisation`: the document was the responsible person's of an organisation, whose code was checked too.
    """

    v: int
    check_id: UUID
    waybill_no: WaybillNo
    kind: DocumentKind
    checked_at: Annotated[datetime, Meta(tz=True)]
    commitment: Digest
    organisation: bool = False


_ENCODER = msgspec.json.Encoder()
_VOUCHER = msgspec.json.Decoder(Voucher)


def sign_voucher(voucher: Voucher, key: SigningKey) -> str:
    """The voucher as compact JWS, some 500 characters."""
    return key.sign(_ENCODER.encode(voucher), typ=VOUCHER_TYPE)


def read_voucher(text: str | bytes, keys: Mapping[str, VerifyingKey]) -> Voucher:
    """The voucher that one of the keys (by kid) signed. Raises NotAJws, also where it contradicts itself."""
    try:
        voucher = _VOUCHER.decode(signed_payload(text, keys, typ=VOUCHER_TYPE))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise NotAJws("not a voucher") from error
    if voucher.v != VERSION:
        raise NotAJws(f"a voucher of version {voucher.v}")
    if not is_uuid7(voucher.check_id) or voucher.check_id.int >> 80 != milliseconds_of(voucher.checked_at):
        raise NotAJws("the check's id is of another moment than the check")
    return voucher
