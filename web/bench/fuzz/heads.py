"""Forged heads (伪造批头): other headers, other claims, other spellings, other keys under a good batch's events."""

import json
from random import Random

from tracker.wire.message import HEAD_TYPE, OTHER_TYPES
from tracker.wire.signature import decode_base64url, encode_base64url
from web.bench.fuzz.octets import damage
from web.bench.fuzz.writer import Names, Payload, Writer, encode, join

ALGORITHMS = (
    "none",
    "None",
    "",
    "HS256",
    "RS256",
    "ES256",
    "eddsa",
    "EdDSA ",
    "Ed448",
    None,
    1,
    ["EdDSA"],
    {"alg": "EdDSA"},
)
SIGNED_WITH = ("EdDSA", "Ed25519")
BAD_CODES = (None, 1, "", "a/b", "+", "#", "a\n", "a" * 65, "州", "*")
BAD_TIMES = (None, 0, "", "2026-07-01T09:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 section 5.1
URL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _more(writer: Writer) -> Names:
    """A header member that nobody asked for."""
    other = writer.roster.stranger.key.verifying
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(other.public_bytes)}
    return writer.rng.choice([
        {"crit": ["b64"], "b64": False}, {"crit": []}, {"b64": False}, {"jwk": jwk}, {"jku": "https://evil.example/"},
        {"x5u": "file:///etc/passwd"}, {"x5c": ["AAAA"]}, {"zip": "DEF"}, {"cty": "json"}, {"": 1}, {"kid ": other.kid},
        {"ALG": "none"}, {"exp": 0}, {"a" * 600: 1}, {"nest": json.loads("[" * 60 + "]" * 60)},
    ])  # fmt: skip


def header_tricks(writer: Writer) -> Payload:
    """A header that is not exactly ours, signed by the very key it names."""
    rng, batch = writer.rng, writer.batch()
    kid = batch.signer.key.kid
    good: Names = {"alg": "EdDSA", "kid": kid, "typ": HEAD_TYPE}
    stranger = writer.roster.stranger.key.kid
    bad_kid = rng.choice(
        [None, 0, "", "*", kid.lower(), f"{kid}=", f" {kid}", f"{kid}\x00", stranger, "../" + kid, [kid]]
    )
    bad_typ = rng.choice([None, 1, *OTHER_TYPES, [HEAD_TYPE]])
    header = rng.choice([
        encode(good | {"alg": rng.choice(ALGORITHMS)}), encode(good | {"kid": bad_kid}),
        encode(good | {"typ": bad_typ}),
        encode(good | _more(writer)), encode({name: good[name] for name in rng.sample(sorted(good), 2)}),
        encode(good)[:-1] + b',"alg":"EdDSA"}', b'{"kid":"' + stranger.encode() + b'",' + encode(good)[1:],
        encode(good)[:-1] + b',"\\u0061lg":"none"}', b"[" + encode(good) + b"]", encode(encode(good).decode()), b"",
        b"null",
        encode(good) + b" {}", damage(rng, encode(good)), b"\xef\xbb\xbf" + encode(good),
        encode(good).decode().encode("utf-16"),
    ])  # fmt: skip
    honest = _is_honest(header, kid)  # damage may leave a header that says the same
    claims = encode(writer.claims(batch.post, batch.events))
    head = writer.notebook.sign(batch.signer, claims, header=header, honest=honest)
    return Payload("header_tricks", batch.post, join(head, batch.events))


def _is_honest(header: bytes, kid: str) -> bool:
    try:
        pairs = json.loads(header, object_pairs_hook=list)
        alg, whose, typ = (value for _, value in sorted(pairs))
    except (ValueError, TypeError):
        return False
    if sorted(name for name, _ in pairs) != ["alg", "kid", "typ"] or not isinstance(typ, str):
        return False
    return alg in SIGNED_WITH and whose == kid and typ not in OTHER_TYPES


def header_spellings(writer: Writer) -> Payload:
    """A header that says the same in other words; it is taken, and was really signed so."""
    rng, batch = writer.rng, writer.batch()
    good = {
        "alg": rng.choice(SIGNED_WITH),
        "kid": batch.signer.key.kid,
        "typ": rng.choice([HEAD_TYPE, "JWT", ""]),
    }
    names = rng.sample(sorted(good), 3)
    header = json.dumps({name: good[name] for name in names}, indent=rng.choice([None, 0, 1])).encode()
    claims = encode(writer.claims(batch.post, batch.events))
    head = writer.notebook.sign(batch.signer, claims, header=header, honest=True)
    return Payload("header_spellings", batch.post, join(head, batch.events), fresh=len(batch.events))


def claims_tricks(writer: Writer) -> Payload:
    """Claims that no honest device makes, truly signed."""
    rng, batch = writer.rng, writer.batch()
    good = writer.claims(batch.post, batch.events)
    digests = good["digests"]
    other = (
        rng.choice([each for each in writer.roster.devices if each.post != batch.post]).post
        if len(writer.roster.devices) > 1
        else writer.roster.stranger.post
    )
    changes: list[Names] = [
        {"v": rng.choice([2, 0, -1, 1.0, "1", True, None, 10**30])},
        {"batch_id": rng.choice([None, "", 1, "x" * 36, "00000000-0000-0000-0000-000000000000", "f" * 32, "é" * 36])},
        {"carrier": other.carrier, "station": other.station, "device": other.device},
        {rng.choice(["carrier", "station", "device"]): rng.choice(BAD_CODES)},
        {"sent_at": rng.choice(BAD_TIMES)},
        {"digests": rng.choice([
            [], None, digests[0], [None], [1], digests[::-1], digests[1:], [*digests, digests[0]], [*digests, ""],
            [f"{each}=" for each in digests], [each.swapcase() for each in digests], digests * 400, [digests],
        ])},
        {"more": 1}, {"digest": digests}, {"V": 1},
    ]  # fmt: skip
    claims = encode(good | rng.choice(changes))
    twice = [
        b'{"digests":[],' + encode(good)[1:], encode(good)[:-1] + b',"v":1}', encode(good)[:-1] + b',"\\u0076":2}',
        encode({name: value for name, value in good.items() if name != rng.choice(sorted(good))}),
        b"[" * 3000 + b"]" * 3000, b"", b"null", encode([good]), damage(rng, encode(good)), encode(good) + b"{}",
        encode(good).replace(b'"v":1', b'"v":' + rng.choice([b"1e0", b"01", b"NaN", b"9" * 5000, b"-0", b"1_0"])),
    ]  # fmt: skip
    head = writer.notebook.sign(batch.signer, rng.choice([claims, claims, rng.choice(twice)]))
    return Payload("claims_tricks", batch.post, join(head, batch.events))


def other_spellings(writer: Writer) -> Payload:
    """The same head in another base64: padded, in the other alphabet, with blanks, with other spare bits."""
    rng, batch = writer.rng, writer.batch()
    parts = batch.head.split(".")
    at = rng.randrange(3)
    part = parts[at]
    spare = URL_LETTERS[URL_LETTERS.index(part[-1]) ^ 1]
    parts[at] = rng.choice([
        f"{part}=", f"{part}==", f"={part}", part.replace("-", "+").replace("_", "/"), part[:-1] + spare, f"{part}A",
        part[:9] + r"\n" + part[9:], f"{part} ", part[:9] + "%2D" + part[9:], part[:7], "", part.swapcase(), part * 2,
    ])  # fmt: skip
    dots = rng.choice(
        [".".join(parts), ".".join([*parts, ""]), "..".join(parts), ".".join(parts[:2]), ".".join(parts[::-1])]
    )
    return Payload("other_spellings", batch.post, join(rng.choice([".".join(parts), dots]), batch.events))


def signature_tricks(writer: Writer) -> Payload:
    """A signature that this key did not make over this head: swapped, shifted by the group's order, empty."""
    rng, batch, other = writer.rng, writer.batch(), writer.batch()
    signing_input, _, signature = batch.head.rpartition(".")
    made = decode_base64url(signature)
    shifted = int.from_bytes(made[32:], "little") + GROUP_ORDER
    forged = rng.choice([
        other.head.rpartition(".")[2], encode_base64url(made[:32] + shifted.to_bytes(32, "little")), "",
        encode_base64url(bytes(64)), encode_base64url(made[:63]), encode_base64url(made + b"\0"),
        encode_base64url(bytes([1]) + bytes(63)), encode_base64url(_flipped(rng, made)),
    ])  # fmt: skip
    return Payload("signature_tricks", batch.post, join(f"{signing_input}.{forged}", batch.events))


def swapped_keys(writer: Writer) -> Payload:
    """Signed by another key than the one that may speak here, under either's name."""
    rng, batch = writer.rng, writer.batch()
    others = [each for each in writer.roster.in_force() if not each.may_speak_for(batch.post)]
    other = rng.choice([*others, writer.roster.revoked, writer.roster.stranger])
    header = rng.choice([None, batch.signer.header])
    head = writer.notebook.sign(other, encode(writer.claims(batch.post, batch.events)), header=header)
    return Payload("swapped_keys", batch.post, join(head, batch.events))


def other_topic(writer: Writer) -> Payload:
    """A good batch of one device on another's topic."""
    rng = writer.rng
    batch = rng.choice([writer.earlier(), writer.batch()])
    return Payload("other_topic", rng.choice([writer.roster.stranger.post, writer.signer().post]), batch.octets)


def _flipped(rng: Random, octets: bytes) -> bytes:
    at = rng.randrange(len(octets))
    return octets[:at] + bytes([octets[at] ^ 1 << rng.randrange(8)]) + octets[at + 1 :]
