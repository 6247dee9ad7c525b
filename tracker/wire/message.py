"""A batch (批次): events under one signature, as it travels on `…/scans`."""

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
from tracker.wire.topics import Post
from tracker.wire.versions import VERSION, refusal_of

MAX_EVENTS = 500
MAX_PAYLOAD_BYTES = 1024 * 1024
MAX_TOKENS = 350_000  # looked at where strict JSON fails; a megabyte of brackets would take half a second otherwise
HEAD_TYPE = "jixin-scans+jws"  # what we write; any name is read that is not another thing's
OTHER_TYPES = frozenset({"jixin-receipt+jws", "jixin-store+jws", "jixin-identities+jws"})
HEAD_BYTES_PER_EVENT = 46 * 4 // 3 + 2  # a digest in the claims, seen through base64url
HEAD_BYTES_FIXED = 1024


class BatchHead(Struct, frozen=True, forbid_unknown_fields=True):
    """What the device signs: who speaks, when, and the digest of each event's exact bytes in order."""

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
    """The payload's outside, its events as raw slices."""

    head: str
    events: list[msgspec.Raw]


class _Version(Struct, frozen=True):
    v: int


class SignedBatch(Struct, frozen=True):
    """A batch whose head is read and whose signature, topic and digests hold."""

    head: BatchHead
    jws: str
    events: list[bytes]  # the exact bytes, as sent and as signed


_ENVELOPE = msgspec.json.Decoder(Envelope)
_HEAD = msgspec.json.Decoder(BatchHead)
_VERSION = msgspec.json.Decoder(_Version)
_ENCODER = msgspec.json.Encoder()


def encode_batch(events: list[bytes], *, post: Post, key: SigningKey, batch_id: UUID, sent_at: datetime) -> bytes:
    """The payload of 1 to 500 encoded events, signed. Raises ValueError above the limits (1 MiB)."""
    if not 1 <= len(events) <= MAX_EVENTS:
        raise ValueError(f"a batch holds 1 to {MAX_EVENTS} events, not {len(events)}")
    head = BatchHead(
        v=VERSION,
        batch_id=batch_id,
        carrier=post.carrier,
        station=post.station,
        device=post.device,
        sent_at=sent_at,
        digests=[digest_of(event) for event in events],
    )
    jws = key.sign(_ENCODER.encode(head), typ=HEAD_TYPE)
    payload = b'{"head":"' + jws.encode() + b'","events":[' + b",".join(events) + b"]}"
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload of {len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}")
    return payload


class OpenedBatch(Struct, frozen=True):
    """A payload taken apart, its signature not yet checked: `kid` says which key to look up."""

    envelope_head: str
    jws: Jws
    events: list[bytes]

    @property
    def kid(self) -> str:
        return self.jws.header.kid


def open_batch(payload: bytes) -> OpenedBatch:
    """Take a payload apart. Raises BatchRefused (too_large, unreadable, head_malformed)."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BatchRefused(RefusalCode.TOO_LARGE, f"{len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}")
    try:
        envelope = _ENVELOPE.decode(payload)
        head, events = envelope.head, [bytes(raw) for raw in envelope.events]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        head, events = _slice_leniently(payload)
    try:
        jws = parse_jws(head)
    except NotAJws as error:
        raise BatchRefused(RefusalCode.HEAD_MALFORMED, str(error)) from error
    if jws.header.typ in OTHER_TYPES:  # RFC 8725 section 3.11: what was signed as one thing is not taken for another
        raise BatchRefused(RefusalCode.HEAD_MALFORMED, "the head was signed as something else than scans")
    return OpenedBatch(head, jws, events)


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
    if not opened.events and not head.digests:
        raise BatchRefused(RefusalCode.BATCH_EMPTY, "a batch holds at least one event")
    if len(opened.events) > MAX_EVENTS:
        raise BatchRefused(RefusalCode.BATCH_TOO_LONG, f"{len(opened.events)} events, at most {MAX_EVENTS}")
    if [digest_of(event) for event in opened.events] != head.digests:
        raise BatchRefused(RefusalCode.DIGESTS_MISMATCH, "the events are not those that were signed")
    return SignedBatch(head, opened.envelope_head, opened.events)


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


def _slice_leniently(payload: bytes) -> tuple[str, list[bytes]]:
    """Head and event slices of a payload that strict JSON refuses, so that one bad event (NaN, nested too deep)
    is rejected alone. Counts brackets only; each slice is read strictly later. Raises BatchRefused (unreadable).
    """
    try:
        members = dict(_members(payload))
        if set(members) != {b'"head"', b'"events"'}:
            raise ValueError("not exactly head and events")
        head = msgspec.json.decode(members[b'"head"'], type=str)
        return head, list(islice(_elements(members[b'"events"']), MAX_EVENTS + 1))
    except (ValueError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BatchRefused(RefusalCode.UNREADABLE, 'not a JSON object {"head", "events"}') from error


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
