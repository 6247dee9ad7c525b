"""A batch (批次): events or identity records under one signature, as it travels on `…/scans` and `…/identities`."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tracker.wire.details import Code
from tracker.wire.errors import BatchRefused, RefusalCode
from tracker.wire.repeated_names import has_repeated_names
from tracker.wire.signature import Jws, NotAJws, SigningKey, digest_of, parse_jws
from tracker.wire.topics import Channel, Post
from tracker.wire.versions import VERSION, refusal_of

MAX_EVENTS = 500
MAX_PAYLOAD_BYTES = 1024 * 1024
MAX_TOKENS = 350_000  # looked at where strict JSON fails; a megabyte of brackets would take half a second otherwise
HEAD_TYPE = "jixin-scans+jws"  # what we write; any name is read that is not another thing's
IDENTITIES_TYPE = "jixin-identities+jws"
OTHER_TYPES = frozenset({"jixin-receipt+jws", "jixin-store+jws", "jixin-vault+jws", IDENTITIES_TYPE})
HEAD_BYTES_PER_EVENT = 46 * 4 // 3 + 2  # a digest in the claims, seen through base64url
HEAD_BYTES_FIXED = 1024


class BatchHead(Struct, frozen=True, forbid_unknown_fields=True):
    """What the device signs: who speaks, when, and the digest of each item's exact bytes in order."""

    v: int
    batch_id: UUID
    carrier: Code
    station: Code
    device: Code
    sent_at: Annotated[datetime, Meta(tz=True)]
    digests: list[str]

    @property
    def post(self) -> Post:
        return Post(self.carrier, self.station, self.device)


class Envelope(Struct, frozen=True, forbid_unknown_fields=True):
    """The outside of a payload on `…/scans`, its events as raw slices."""

    head: str
    events: list[msgspec.Raw]

    @property
    def items(self) -> list[msgspec.Raw]:
        return self.events


class RecordEnvelope(Struct, frozen=True, forbid_unknown_fields=True):
    """The outside of a payload on `…/identities`, its records as raw slices."""

    head: str
    records: list[msgspec.Raw]

    @property
    def items(self) -> list[msgspec.Raw]:
        return self.records


class _Version(Struct, frozen=True):
    v: int


class SignedBatch(Struct, frozen=True):
    """A batch whose head is read and whose signature, topic and digests hold."""

    head: BatchHead
    jws: str
    items: list[bytes]  # the events or records: the exact bytes, as sent and as signed


_MEMBER = {Channel.SCANS: "events", Channel.IDENTITIES: "records"}
_HEAD_TYPE = {Channel.SCANS: HEAD_TYPE, Channel.IDENTITIES: IDENTITIES_TYPE}
_ENVELOPE: dict[Channel, msgspec.json.Decoder[Envelope] | msgspec.json.Decoder[RecordEnvelope]] = {
    Channel.SCANS: msgspec.json.Decoder(Envelope),
    Channel.IDENTITIES: msgspec.json.Decoder(RecordEnvelope),
}
_HEAD = msgspec.json.Decoder(BatchHead)
_VERSION = msgspec.json.Decoder(_Version)
_ENCODER = msgspec.json.Encoder()


def encode_batch(
    items: list[bytes],
    *,
    post: Post,
    key: SigningKey,
    batch_id: UUID,
    sent_at: datetime,
    channel: Channel = Channel.SCANS,
) -> bytes:
    """The payload of 1 to 500 encoded events or records, signed. Raises ValueError above the limits (1 MiB)."""
    if not 1 <= len(items) <= MAX_EVENTS:
        raise ValueError(f"a batch holds 1 to {MAX_EVENTS} {_MEMBER[channel]}, not {len(items)}")
    head = BatchHead(
        v=VERSION,
        batch_id=batch_id,
        carrier=post.carrier,
        station=post.station,
        device=post.device,
        sent_at=sent_at,
        digests=[digest_of(item) for item in items],
    )
    jws = key.sign(_ENCODER.encode(head), typ=_HEAD_TYPE[channel])
    payload = b'{"head":"' + jws.encode() + f'","{_MEMBER[channel]}":['.encode() + b",".join(items) + b"]}"
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload of {len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}")
    return payload


class OpenedBatch(Struct, frozen=True):
    """A payload taken apart, its signature not yet checked: `kid` says which key to look up."""

    envelope_head: str
    jws: Jws
    items: list[bytes]

    @property
    def kid(self) -> str:
        return self.jws.header.kid


def open_batch(payload: bytes, channel: Channel = Channel.SCANS) -> OpenedBatch:
    """Take a payload of this channel apart. Raises BatchRefused (too_large, unreadable, head_malformed)."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BatchRefused(RefusalCode.TOO_LARGE, f"{len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}")
    try:
        envelope = _ENVELOPE[channel].decode(payload)
        head, items = envelope.head, [bytes(raw) for raw in envelope.items]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        head, items = _slice_leniently(payload, _MEMBER[channel])
    try:
        jws = parse_jws(head)
    except NotAJws as error:
        raise BatchRefused(RefusalCode.HEAD_MALFORMED, str(error)) from error
    if not _is_signed_as(channel, jws.header.typ):
        raise BatchRefused(RefusalCode.HEAD_MALFORMED, f"the head was signed as something else than {channel}")
    return OpenedBatch(head, jws, items)


def _is_signed_as(channel: Channel, typ: str) -> bool:
    """RFC 8725 section 3.11: what was signed as one thing is not taken for another."""
    return typ == IDENTITIES_TYPE if channel is Channel.IDENTITIES else typ not in OTHER_TYPES


def read_batch(opened: OpenedBatch, *, signed: bool, topic_post: Post, today: date) -> SignedBatch:
    """The batch, for `topic_post`; `signed` tells whether `opened.jws.verify` held for its device's key.

    `today` is the tracker's day in UTC: an older version is taken for a while only.

    Raises BatchRefused.
    """
    if not signed:
        raise BatchRefused(RefusalCode.SIGNATURE_INVALID, "the head was not signed by this device's key")
    head = _read_head(opened.jws.payload, today)
    if head.post != topic_post:
        raise BatchRefused(RefusalCode.TOPIC_MISMATCH, "the head names another device than the topic")
    if not opened.items and not head.digests:
        raise BatchRefused(RefusalCode.BATCH_EMPTY, "a batch holds at least one item")
    if len(opened.items) > MAX_EVENTS:
        raise BatchRefused(RefusalCode.BATCH_TOO_LONG, f"{len(opened.items)} items, at most {MAX_EVENTS}")
    if [digest_of(item) for item in opened.items] != head.digests:
        raise BatchRefused(RefusalCode.DIGESTS_MISMATCH, "the items are not those that were signed")
    return SignedBatch(head, opened.envelope_head, opened.items)


def peek_batch_id(opened: OpenedBatch) -> UUID | None:
    """The id a head claims, believed or not, so that a refusal can name it; None where it cannot be read."""
    try:
        return _HEAD.decode(opened.jws.payload).batch_id
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _read_head(claims: bytes, today: date) -> BatchHead:
    try:
        if reason := refusal_of(_VERSION.decode(claims).v, today=today):
            raise BatchRefused(RefusalCode.VERSION_UNKNOWN, reason)
        head = _HEAD.decode(claims)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BatchRefused(RefusalCode.HEAD_MALFORMED, "the signed claims are not a batch head") from error
    if _ENCODER.encode(head) != claims and has_repeated_names(claims):
        raise BatchRefused(RefusalCode.HEAD_MALFORMED, "a name stands twice in the signed claims")
    return head


# The last alternative is a quote that nothing closes: matched at once, or each later quote would be tried again.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}:,]|[^\s"\[\]{}:,]+|"', re.DOTALL)


def _slice_leniently(payload: bytes, member: str) -> tuple[str, list[bytes]]:
    """Head and item slices of a payload that strict JSON refuses, so that one bad event (NaN, nested too deep)
    is rejected alone. Counts brackets only; each slice is read strictly later. Raises BatchRefused (unreadable).
    """
    try:
        members = dict(_members(payload))
        named = f'"{member}"'.encode()
        if set(members) != {b'"head"', named}:
            raise ValueError("not exactly head and items")
        head = msgspec.json.decode(members[b'"head"'], type=str)
        return head, list(islice(_elements(members[named]), MAX_EVENTS + 1))
    except (ValueError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BatchRefused(RefusalCode.UNREADABLE, f'not a JSON object {{"head", "{member}"}}') from error


def _members(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    for part in _parts(octets, b"{", b"}"):
        key = _TOKEN.match(part)
        if key is None or (colon := _TOKEN.search(part, key.end())) is None or colon.group() != b":":
            raise ValueError("not a member")
        yield key.group(), part[colon.end() :].strip()


def _elements(octets: bytes) -> Iterator[bytes]:
    return _parts(octets, b"[", b"]")


def _parts(octets: bytes, opening: bytes, closing: bytes) -> Iterator[bytes]:
    """What stands between the commas of the outermost brackets."""
    depth, start, seen, end = 0, 0, False, 0
    for number, token in enumerate(_TOKEN.finditer(octets)):
        text = token.group()
        if number == MAX_TOKENS:
            raise ValueError("more brackets and values than 500 events have")
        if text == b'"':
            raise ValueError("a string does not close")
        if depth == 0:
            if seen or text != opening:
                raise ValueError("not one bracketed value")
            depth, start, seen = 1, token.end(), True
        elif text in (b"{", b"["):
            depth += 1
        elif text in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                if text != closing:
                    raise ValueError("brackets do not match")
                end = token.start()
        elif text == b"," and depth == 1:
            yield octets[start : token.start()].strip()
            start = token.end()
    if depth or not seen:
        raise ValueError("brackets do not close")
    if last := octets[start:end].strip():
        yield last
