"""Batches: what a device signs is what the tracker reads, byte for byte; the rest is refused, with its own code."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.wire.example import BATCH_ID, DEVICE_KEY, EVENTS, POST, SENT_AT, TRACKER_KEY, build_payload
from tests.wire.strategies import codes, moments, scan_events
from tracker.wire.errors import BatchRefused, EventRejected, RefusalCode
from tracker.wire.event import ScanEvent, decode_event, encode_event
from tracker.wire.message import (
    HEAD_BYTES_FIXED,
    HEAD_BYTES_PER_EVENT,
    HEAD_TYPE,
    MAX_EVENTS,
    MAX_PAYLOAD_BYTES,
    MAX_TOKENS,
    OpenedBatch,
    SignedBatch,
    encode_batch,
    open_batch,
    peek_batch_id,
    read_batch,
)
from tracker.wire.receipt import RECEIPT_TYPE
from tracker.wire.signature import SigningKey, digest_of, encode_base64url
from tracker.wire.topics import Post

GOOD = build_payload()
HEAD: dict[str, Any] = {
    "v": 1,
    "batch_id": str(BATCH_ID),
    "carrier": POST.carrier,
    "station": POST.station,
    "device": POST.device,
    "sent_at": SENT_AT.isoformat(),
    "digests": [digest_of(event) for event in EVENTS],
}


def read(payload: bytes, *, topic_post: Post = POST, key: SigningKey = DEVICE_KEY) -> SignedBatch:
    opened = open_batch(payload)
    return read_batch(opened, signed=opened.jws.verify(key.verifying), topic_post=topic_post, today=SENT_AT.date())


def refusal_of(payload: bytes, *, topic_post: Post = POST, key: SigningKey = DEVICE_KEY) -> str:
    with pytest.raises(BatchRefused) as caught:
        read(payload, topic_post=topic_post, key=key)
    return caught.value.code


def envelope(head: str, events: list[bytes] = EVENTS) -> bytes:
    return b'{"head":' + json.dumps(head).encode() + b',"events":[' + b",".join(events) + b"]}"


def signed(claims: dict[str, Any] | bytes, events: list[bytes] = EVENTS, *, typ: str = HEAD_TYPE) -> bytes:
    """A payload with these claims under a good signature."""
    octets = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return envelope(DEVICE_KEY.sign(octets, typ=typ), events)


def of_events(events: list[bytes]) -> bytes:
    """A payload that rightly signs these bytes as its events, whatever they are."""
    return signed(HEAD | {"digests": [digest_of(event) for event in events]}, events)


def with_header(header: bytes) -> bytes:
    """A payload whose head has this protected header, rightly signed over it."""
    signing_input = f"{encode_base64url(header)}.{encode_base64url(json.dumps(HEAD).encode())}"
    return envelope(f"{signing_input}.{encode_base64url(DEVICE_KEY.key.sign(signing_input.encode()))}")


@given(st.lists(scan_events(), min_size=1, max_size=5), codes, moments)
def test_a_batch_is_read_back_as_it_was_sent(scans: list[ScanEvent], code: str, sent_at: Any) -> None:
    post = Post(code, POST.station, POST.device)
    events = [encode_event(scan) for scan in scans]
    payload = encode_batch(events, post=post, key=DEVICE_KEY, batch_id=BATCH_ID, sent_at=sent_at)
    batch = read(payload, topic_post=post)
    assert batch.items == events
    assert [decode_event(event).scan for event in batch.items] == scans
    assert (batch.head.v, batch.head.batch_id, batch.head.post, batch.head.sent_at) == (1, BATCH_ID, post, sent_at)
    assert batch.head.digests == [digest_of(event) for event in events]
    assert open_batch(payload).kid == DEVICE_KEY.kid


def test_events_are_the_bytes_that_stood_in_the_payload_whatever_surrounds_them() -> None:
    events = [b'{ "a" : "]}\\"," , "b":[ 1,{} ] }', b"{}", b'"\xe8\xbf\xb9"', b"null", b"1.50"]
    head = json.dumps(
        DEVICE_KEY.sign(json.dumps(HEAD | {"digests": list(map(digest_of, events))}).encode(), typ=HEAD_TYPE)
    )
    loose = b'\n{ "events" : [\t' + b" ,\r\n ".join(events) + b' ] ,\n "head" : ' + head.encode() + b"}\n"
    assert read(loose).items == events
    broken = [NAN, *events]
    assert read(of_events(broken).replace(b"," + broken[1], b"\r\n,\t" + broken[1] + b" ")).items == broken


CLEAN = [EVENTS[0], EVENTS[1]]
NAN = EVENTS[1][:-1] + b',"position":{"lng":NaN,"lat":30}}'
DEEP = EVENTS[1][:-1] + b',"details":' + b"[" * 7000 + b"]" * 7000 + b"}"
DEEP_OBJECT = EVENTS[1].replace(b'"self"', b'{"a":' * 2000 + b"1" + b"}" * 2000)
BAD_UTF8 = EVENTS[1].replace(b"C0017", b"C\xff17")
SURROGATE = EVENTS[1].replace(b"C0017", b"C\\ud800")
HUGE = EVENTS[1][:-1] + b',"note":"' + b"x" * 20_000 + b'"}'


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (NAN, "number_not_finite"),
        (DEEP, "event_unreadable"),
        (DEEP_OBJECT, "event_unreadable"),
        (BAD_UTF8, "event_unreadable"),
        (SURROGATE, "event_unreadable"),
        (HUGE, "event_too_large"),
        (b"NaN", "number_not_finite"),
        (b"tru", "event_unreadable"),
        (b"{'step':'lost'}", "event_unreadable"),
        (b'{"step" "lost"}', "event_unreadable"),
        (b'"a \\" ] } , string"', "field_invalid"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_event_is_rejected_alone(bad: bytes, code: str, place: int) -> None:
    events = [*CLEAN[:place], bad, *CLEAN[place:]]
    batch = read(of_events(events))
    assert batch.items == events
    with pytest.raises(EventRejected) as caught:
        decode_event(batch.items[place])
    assert caught.value.code == code
    assert [decode_event(event).scan.seq for event in batch.items if event != bad] == [1, 2]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"text"',
        b"\x00\xff",
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"head":"' + b'\\"' * 400_000,
        b'"' * 999_999,
        b'{"head":"a"}',
        b'{"events":[]}',
        b'{"head":1,"events":[]}',
        b'{"head":"a","events":{}}',
        b'{"head":"a","events":[],"more":1}',
        b'{"head":"a","events":[NaN],"more":1}',
        b'{"head":"a","events":[NaN}]',
        b'{"head":"a","events":[NaN]}{}',
        b'{"head":"a","events":[NaN][]}',
        b'{"head":"a","events":[NaN]',
        b'{"head":"a" "events":[NaN]}',
        b'{"head" "a","events":[NaN]}',
        b'{head:"a","events":[NaN]}',
        b'{"head":NaN,"events":[NaN]}',
        b'{"head":"\xff","events":[NaN]}',
        b'{"head":"\\ud800","events":[NaN]}',
        GOOD + b"x",
        GOOD[:-1],
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
    ],
)
def test_what_is_not_head_and_events_is_unreadable(payload: bytes) -> None:
    assert refusal_of(payload) == RefusalCode.UNREADABLE


@pytest.mark.parametrize("size", [MAX_PAYLOAD_BYTES + 1, 2 * 1024 * 1024])
def test_a_payload_above_one_mebibyte_is_too_large(size: int) -> None:
    assert refusal_of(GOOD + b" " * (size - len(GOOD))) == RefusalCode.TOO_LARGE


def test_a_payload_of_one_mebibyte_is_read() -> None:
    assert read(GOOD + b" " * (MAX_PAYLOAD_BYTES - len(GOOD))).items == EVENTS


JWS = DEVICE_KEY.sign(json.dumps(HEAD).encode(), typ=HEAD_TYPE)
PARTS = JWS.split(".")


@pytest.mark.parametrize(
    "head",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b",
        JWS + ".x",
        "." + JWS,
        JWS + "\n",
        " " + JWS,
        JWS + "=",
        JWS[:-1] + chr(ord(JWS[-1]) ^ 1),  # the last letter holds two spare bits: another spelling of the signature
        JWS.replace("-", "+").replace("_", "/"),
        f"{PARTS[0]}==.{PARTS[1]}.{PARTS[2]}",
        f"{PARTS[0]}.{PARTS[1]}é.{PARTS[2]}",
        f"迹{JWS}",
    ],
)
def test_a_head_that_is_no_compact_jws_is_malformed(head: str) -> None:
    assert refusal_of(envelope(head)) == RefusalCode.HEAD_MALFORMED


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"alg": "EdDSA", "typ": HEAD_TYPE},
        {"alg": "EdDSA", "kid": DEVICE_KEY.kid},
        {"alg": "EdDSA", "kid": DEVICE_KEY.kid, "typ": HEAD_TYPE, "b64": False, "crit": ["b64"]},
        {"alg": "EdDSA", "kid": DEVICE_KEY.kid, "typ": HEAD_TYPE, "jwk": {}},
        {"alg": "none", "kid": DEVICE_KEY.kid, "typ": HEAD_TYPE},
        {"alg": "HS256", "kid": DEVICE_KEY.kid, "typ": HEAD_TYPE},
        {"alg": "eddsa", "kid": DEVICE_KEY.kid, "typ": HEAD_TYPE},
        {"alg": "EdDSA", "kid": 1, "typ": HEAD_TYPE},
        {"alg": "EdDSA", "kid": DEVICE_KEY.kid, "typ": RECEIPT_TYPE},
        {"alg": "EdDSA", "kid": DEVICE_KEY.kid, "typ": "jixin-identities+jws"},
    ],
)
def test_the_header_is_exactly_alg_kid_and_typ_and_not_another_things_typ(header: dict[str, Any]) -> None:
    assert refusal_of(with_header(json.dumps(header).encode())) == RefusalCode.HEAD_MALFORMED


@pytest.mark.parametrize(
    "header",
    [b"", b"null", b"{", b"\xff", b"[" * 100_000, b'{"alg":"EdDSA","kid":"x","kid":"%s","typ":"jixin-scans+jws"}'],
)
def test_a_header_that_two_readers_may_read_differently_is_malformed(header: bytes) -> None:
    octets = header.replace(b"%s", DEVICE_KEY.kid.encode())
    assert refusal_of(with_header(octets)) == RefusalCode.HEAD_MALFORMED


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_both_names_of_the_algorithm_are_read(alg: str) -> None:
    header = {"typ": HEAD_TYPE, "kid": DEVICE_KEY.kid, "alg": alg}
    assert read(with_header(json.dumps(header).encode())).items == EVENTS


TWICE = json.dumps(HEAD)[:-1].encode() + b',"carrier":"EVENWAY"}'


@pytest.mark.parametrize(
    "claims",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        TWICE,
        {},
        {"v": 1},
        {"v": "1"},
        {**HEAD, "more": 1},
        {**HEAD, "carrier": "a/b"},
        {**HEAD, "station": "S1\n"},
        {**HEAD, "device": "+"},
        {**HEAD, "sent_at": "2026-07-02T10:05:01"},
        {**HEAD, "batch_id": "x"},
        {**HEAD, "digests": "x"},
        {**HEAD, "digests": [1]},
        {key: value for key, value in HEAD.items() if key != "sent_at"},
    ],
)
def test_signed_claims_that_are_no_batch_head_are_malformed(claims: dict[str, Any] | bytes) -> None:
    assert refusal_of(signed(claims)) == RefusalCode.HEAD_MALFORMED


@pytest.mark.parametrize("version", [0, 2, -1, 10**30])
def test_another_version_is_unknown_whatever_else_its_head_holds(version: int) -> None:
    assert refusal_of(signed({"v": version, "new": "form"})) == RefusalCode.VERSION_UNKNOWN


def test_a_head_that_another_key_signed_is_no_signature() -> None:
    forged = TRACKER_KEY.sign(json.dumps(HEAD).encode(), typ=HEAD_TYPE).split(".")
    assert refusal_of(envelope(".".join([PARTS[0], PARTS[1], forged[2]]))) == RefusalCode.SIGNATURE_INVALID
    assert refusal_of(GOOD, key=TRACKER_KEY) == RefusalCode.SIGNATURE_INVALID


@pytest.mark.parametrize("signature", [b"", b"\0", bytes(64), bytes(65)])
def test_a_signature_of_any_other_bytes_is_no_signature(signature: bytes) -> None:
    head = f"{PARTS[0]}.{PARTS[1]}.{encode_base64url(signature)}"
    assert refusal_of(envelope(head)) == RefusalCode.SIGNATURE_INVALID


def test_changed_claims_are_not_those_that_were_signed() -> None:
    claims = encode_base64url(json.dumps(HEAD | {"carrier": "EVENWAY"}).encode())
    assert refusal_of(envelope(f"{PARTS[0]}.{claims}.{PARTS[2]}")) == RefusalCode.SIGNATURE_INVALID


@pytest.mark.parametrize(
    "post",
    [
        Post("EVENWAY", POST.station, POST.device),
        Post(POST.carrier, "HZ-2", POST.device),
        Post(POST.carrier, POST.station, "x"),
    ],
)
def test_a_device_that_speaks_on_anothers_topic_is_refused(post: Post) -> None:
    assert refusal_of(GOOD, topic_post=post) == RefusalCode.TOPIC_MISMATCH


def test_an_empty_batch_is_refused() -> None:
    assert refusal_of(of_events([])) == RefusalCode.BATCH_EMPTY


def test_five_hundred_events_are_read_and_one_more_is_too_long() -> None:
    event = b"{}"
    assert len(read(of_events([event] * MAX_EVENTS)).items) == MAX_EVENTS
    assert refusal_of(of_events([event] * (MAX_EVENTS + 1))) == RefusalCode.BATCH_TOO_LONG
    assert refusal_of(of_events([b"NaN"] * (MAX_EVENTS + 1))) == RefusalCode.BATCH_TOO_LONG
    assert refusal_of(envelope(JWS, [b""] * 300_000)) == RefusalCode.BATCH_TOO_LONG


@pytest.mark.parametrize(
    "events",
    [
        [],
        EVENTS[:1],
        [*EVENTS, EVENTS[0]],
        EVENTS[::-1],
        [EVENTS[0], EVENTS[1].replace(b"self", b"agent")],
        [EVENTS[0], EVENTS[1].replace(b":2,", b": 2,")],
        [EVENTS[0], b"NaN"],
    ],
)
def test_events_that_are_not_those_that_were_signed_are_refused(events: list[bytes]) -> None:
    assert refusal_of(envelope(JWS, events)) == RefusalCode.DIGESTS_MISMATCH


def test_swapped_digests_are_refused() -> None:
    assert refusal_of(signed(HEAD | {"digests": HEAD["digests"][::-1]})) == RefusalCode.DIGESTS_MISMATCH


def test_a_refusal_names_the_batch_that_its_head_claims_where_that_can_be_read() -> None:
    assert peek_batch_id(open_batch(GOOD)) == BATCH_ID
    assert peek_batch_id(open_batch(signed(HEAD | {"more": 1}))) is None
    assert peek_batch_id(open_batch(signed(b"[" * 100_000))) is None
    assert peek_batch_id(open_batch(signed(b"\xff"))) is None


def test_every_refusal_code_is_reached_here_or_is_the_intakes() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    reached = {code for code in RefusalCode if re.search(rf"RefusalCode\.{code.name}\b", source)}
    assert set(RefusalCode) - reached == {
        RefusalCode(code) for code in ("key_unknown", "key_revoked", "internal_error")
    }


def test_the_device_cannot_write_what_the_tracker_would_refuse_for_its_size() -> None:
    for events in ([], [b"{}"] * (MAX_EVENTS + 1), [b" " * (MAX_PAYLOAD_BYTES // 100)] * 100):
        with pytest.raises(ValueError, match=r"batch|payload"):
            build_payload(events)


@settings(max_examples=30)
@given(st.integers(1, MAX_EVENTS))
def test_the_outboxs_estimate_of_a_heads_size_is_never_too_small(count: int) -> None:
    longest = Post("c" * 64, "s" * 64, "d" * 64)
    payload = encode_batch([b"{}"] * count, post=longest, key=DEVICE_KEY, batch_id=BATCH_ID, sent_at=SENT_AT)
    assert len(payload) <= HEAD_BYTES_FIXED + count * (len(b"{},") + HEAD_BYTES_PER_EVENT)


FRAGMENTS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b'"head"',
    b'"events"',
    b"NaN",
    b"null",
    b"1",
    b" ",
    b"\xff",
]


def read_or_code(payload: bytes) -> OpenedBatch | SignedBatch | str:
    try:
        opened = open_batch(payload)
        peek_batch_id(opened)
        return read(payload)
    except BatchRefused as refusal:
        return refusal.code


@given(st.binary(max_size=200) | st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(b"".join))
@example(b'{"head":"a","events":[NaN,]}')
@example(b'{"head":"a","events":[,]}')
def test_any_bytes_are_a_batch_or_a_refusal(payload: bytes) -> None:
    assert read_or_code(payload) in set(RefusalCode)


@given(st.integers(0, len(GOOD)), st.integers(0, 30), st.lists(st.sampled_from(FRAGMENTS), max_size=4).map(b"".join))
def test_a_damaged_batch_is_refused_or_says_just_what_was_signed(start: int, length: int, patch: bytes) -> None:
    fate = read_or_code(GOOD[:start] + patch + GOOD[start + length :])
    if isinstance(fate, SignedBatch):
        assert (fate.head.batch_id, fate.items) == (UUID(str(BATCH_ID)), EVENTS)
    else:
        assert fate in set(RefusalCode)


@given(st.lists(st.sampled_from([*FRAGMENTS, *EVENTS]), max_size=12).map(b"".join))
def test_whatever_stands_among_the_events_is_read_strictly_afterwards(middle: bytes) -> None:
    fate = read_or_code(envelope(JWS, [middle]))
    assert fate in set(RefusalCode) or isinstance(fate, SignedBatch)


@pytest.mark.parametrize(("number", "code"), [
    (MAX_TOKENS // 2 - 10, RefusalCode.HEAD_MALFORMED), (MAX_TOKENS // 2, RefusalCode.UNREADABLE),
])  # fmt: skip
def test_a_flood_of_brackets_is_given_up_before_its_end(number: int, code: RefusalCode) -> None:
    """Sliced as one odd event while that is cheap: then it is the head, `a`, that cannot be read."""
    assert refusal_of(b'{"head":"a","events":[' + b"[]" * number + b"]}") == code
