"""Damaged bytes (字节损坏): what a bad line, a bad disk or a bad program makes of a good payload."""

from random import Random

from tracker.wire.message import MAX_PAYLOAD_BYTES
from web.bench.fuzz.writer import Payload, Writer, encode

NASTY_BYTES = (
    b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\xef\xbb\xbf", b"\x1b[2J", b"\\u0000",
    b"\\ud800", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\r\n", b"\xe2\x80\xa8", b"NaN", b"-Infinity",
    b"1e999",
)  # fmt: skip
BLANKS = (b" ", b"\t", b"\n", b"\r", b"\x0b", b"\xc2\xa0")


def damage(rng: Random, octets: bytes) -> bytes:
    """One to four small injuries anywhere."""
    hurt = bytearray(octets)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(hurt) + 1)
        match rng.randrange(6):
            case 0 if at < len(hurt):
                hurt[at] ^= 1 << rng.randrange(8)
            case 1:
                hurt[at:at] = rng.randbytes(rng.randint(1, 8))
            case 2:
                del hurt[at : at + rng.randint(1, 30)]
            case 3:
                hurt[at:at] = rng.choice(NASTY_BYTES)
            case 4:
                hurt[at:at] = hurt[at : at + rng.randint(1, 60)]
            case _:
                hurt[at : at + 1] = bytes([rng.randrange(256)])
    return bytes(hurt)


def damaged(writer: Writer) -> Payload:
    """A good payload with small injuries."""
    batch = writer.batch()
    return Payload("damaged", batch.post, damage(writer.rng, batch.octets))


def cut_short(writer: Writer) -> Payload:
    """A beginning or an end of a payload."""
    batch = writer.batch()
    at = writer.rng.randrange(len(batch.octets))
    return Payload("cut_short", batch.post, batch.octets[:at] if writer.rng.random() < 0.7 else batch.octets[at:])


def spliced(writer: Writer) -> Payload:
    """The beginning of one payload and the end of another."""
    one, other = writer.earlier(), writer.batch()
    at, on = writer.rng.randrange(len(one.octets)), writer.rng.randrange(len(other.octets))
    return Payload("spliced", writer.rng.choice([one, other]).post, one.octets[:at] + other.octets[on:])


def doubled(writer: Writer) -> Payload:
    """Two payloads in one message."""
    one, other = writer.earlier(), writer.batch()
    return Payload("doubled", one.post, one.octets + writer.rng.choice([b"", b"\n", b","]) + other.octets)


def blanked(writer: Writer) -> Payload:
    """Blanks strewn around punctuation: outside the events that is harmless, inside it breaks what was signed."""
    batch, rng = writer.batch(), writer.rng
    octets = batch.octets
    for mark in rng.sample([b",", b":", b"{", b"}", b"[", b"]"], 3):
        octets = octets.replace(mark, mark + rng.choice(BLANKS), rng.randint(1, 3))
    return Payload("blanked", batch.post, octets)


def noise(writer: Writer) -> Payload:
    """Random bytes, nothing at all, or some JSON that is no batch."""
    rng = writer.rng
    odd: list[object] = [
        None,
        True,
        0,
        -1,
        "",
        "head",
        [],
        {},
        [{}],
        {"head": ""},
        {"events": []},
        {"head": "", "events": []},
    ]
    choices = [
        rng.randbytes(rng.randrange(400)),
        b"",
        encode(rng.choice(odd)),
        rng.choice(NASTY_BYTES) * rng.randint(1, 99),
    ]
    return Payload("noise", writer.signer().post, rng.choice(choices))


def giant(writer: Writer) -> Payload:
    """About as large as may be, or larger; rare, for it is slow."""
    rng, batch = writer.rng, writer.batch()
    size = rng.choice([MAX_PAYLOAD_BYTES - 1, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1, 2 * MAX_PAYLOAD_BYTES])
    filler = rng.choice([b" ", b"[", b'{"a":', b"9", b'"', b"a", b"\x00", b"\\", b"[]", b",", b'"",'])
    room = max(0, size - len(batch.octets))
    filling = (filler * (room // len(filler) + 1))[:room]
    at = rng.choice([0, 8, len(batch.octets) // 2, len(batch.octets) - 2, len(batch.octets)])
    return Payload("giant", batch.post, batch.octets[:at] + filling + batch.octets[at:])
