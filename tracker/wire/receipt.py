"""A receipt (回执): the tracker's signed word that events are committed, and the store's sign of life."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey, parse_jws, signed_payload
from tracker.wire.tracker_keys import follow_keys
from tracker.wire.vault_keys import VaultWord
from tracker.wire.versions import VERSION

RECEIPT_TYPE = "jixin-receipt+jws"
STORE_TYPE = "jixin-store+jws"


class Refusal(Struct, frozen=True):
    """Why a whole batch was refused."""

    code: str
    reason: str


class Rejection(Struct, frozen=True):
    """Why one event was rejected; `event_id` is None where it could not be read."""

    event_id: str | None
    code: str
    reason: str


class BatchReceipt(Struct, frozen=True):
    """One payload's fate.

    `batch_id` is None where the head could not be read; `payload_sha256` (base64url of the payload's exact bytes)
    names it then. Positions are the lowest and the highest at which this batch's events stand in the log,
    whether this delivery or an earlier one recorded them; None where it left none. `head_sha256` (base64url of the
    head's compact JWS) binds the receipt to what the device signed, for whoever holds the head and not the payload;
    None where the batch was refused.
    """

    batch_id: UUID | None
    payload_sha256: str
    recorded: int
    duplicates: int
    rejected: list[Rejection]
    refused: Refusal | None
    first_position: int | None
    last_position: int | None
    head_sha256: str | None = None


class Receipt(Struct, frozen=True, omit_defaults=True):
    """One commit's answer to one device; with `vault`, to which keys identities are sealed, where it sent some."""

    v: int
    store: str
    epoch: int
    batches: list[BatchReceipt]
    record_time: Annotated[datetime, Meta(tz=True)]
    vault: VaultWord | None = None


class StoreState(Struct, frozen=True, omit_defaults=True):
    """Which store this is, in which life (a restored backup begins a new epoch), and how far it has come.

    `keys`, where the tracker's key was ever changed, are the notices (compact JWS) in which each key names the next:
    a device that was away for years follows them from the key that it believes to the one that signs now.
    """

    store: str
    epoch: int
    position: int
    keys: list[str] = []


@dataclass(frozen=True, slots=True)
class StoreWord:
    """The store's state, believed, and the keys (by kid) to believe from now on: the one that signed it, and its heirs.

    Keys before that one have retired: a thief of an old key finds nobody who believes it.
    """

    state: StoreState
    keys: dict[str, VerifyingKey]


_ENCODER = msgspec.json.Encoder()
_RECEIPT = msgspec.json.Decoder(Receipt)
_STORE = msgspec.json.Decoder(StoreState)


def sign_receipt(receipt: Receipt, key: SigningKey) -> str:
    """The receipt as compact JWS."""
    return key.sign(_ENCODER.encode(receipt), typ=RECEIPT_TYPE)


def sign_store_state(state: StoreState, key: SigningKey) -> str:
    """The store's state as compact JWS, for the retained message."""
    return key.sign(_ENCODER.encode(state), typ=STORE_TYPE)


def verify_receipt(text: str | bytes, keys: Mapping[str, VerifyingKey]) -> Receipt:
    """The receipt that one of the pinned keys (by kid) signed. Raises NotAJws, also for another version."""
    try:
        receipt = _RECEIPT.decode(signed_payload(text, keys, typ=RECEIPT_TYPE))
    except msgspec.MsgspecError as error:
        raise NotAJws("not a receipt") from error
    if receipt.v != VERSION:
        raise NotAJws(f"a receipt of version {receipt.v}")
    return receipt


def read_store_state(text: str | bytes, keys: Mapping[str, VerifyingKey]) -> StoreWord:
    """The store's state, signed by one of the pinned keys (by kid) or by one they lead to. Raises NotAJws."""
    try:
        state = _STORE.decode(parse_jws(text).payload)  # not believed yet, but for notices signed on their own
        reached = follow_keys(state.keys, keys)
        signed_payload(text, reached, typ=STORE_TYPE)
    except msgspec.MsgspecError as error:
        raise NotAJws("not a store's state") from error
    signer = reached[parse_jws(text).header.kid]
    return StoreWord(state, follow_keys(state.keys, {signer.kid: signer}))


def verify_store_state(text: str | bytes, keys: Mapping[str, VerifyingKey]) -> StoreState:
    """The store's state alone. Raises NotAJws."""
    return read_store_state(text, keys).state
