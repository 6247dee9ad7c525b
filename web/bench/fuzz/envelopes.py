"""Mixed-up batches (混装批次): good heads over other events, and outsides that are not ours."""

import json

from web.bench.fuzz.writer import Payload, Writer, encode, join


def again(writer: Writer) -> Payload:
    """What was sent before, to the byte: every event is known."""
    batch = writer.earlier()
    if batch not in writer.recent:
        writer.recent.append(batch)
        return Payload("again", batch.post, batch.octets, fresh=len(batch.events))
    return Payload("again", batch.post, batch.octets, known=len(batch.events))


def regrouped(writer: Writer) -> Payload:
    """Events sent before, under a new signature of the same device, in another order."""
    batch = writer.earlier()
    if batch not in writer.recent:
        return writer.good()
    events = writer.rng.sample(batch.events, len(batch.events))
    return Payload("regrouped", batch.post, writer.sign(batch.signer, batch.post, events).octets, known=len(events))


def swapped_digests(writer: Writer) -> Payload:
    """Events that are not those that the head speaks of."""
    rng, batch, other = writer.rng, writer.batch(), writer.batch()
    events = list(batch.events)
    at = rng.randrange(len(events))
    mixed = rng.choice([
        events[::-1], events[:-1], [*events, other.events[0]], [*events, events[at]], list(other.events), [],
        [*events[:at], other.events[0], *events[at + 1 :]], [*events[:at], events[at].replace(b'"FZ', b'"FY', 1),
        *events[at + 1 :]],
        [*events[:at], b" " + events[at], *events[at + 1 :]], [*events[:at], events[at].replace(b":", b": ", 1),
        *events[at + 1 :]],
        events * 200,
    ])  # fmt: skip
    return Payload("swapped_digests", batch.post, join(batch.head, mixed))


def empty_batch(writer: Writer) -> Payload:
    """Nothing, truly signed."""
    signer = writer.signer()
    post = writer.post_of(signer)
    return Payload("empty_batch", post, writer.sign(signer, post, []).octets)


def odd_envelope(writer: Writer) -> Payload:
    """The head or the events as something else, twice, or beside more."""
    rng, batch = writer.rng, writer.batch()
    head, body = encode(batch.head), b"[" + b",".join(batch.events) + b"]"
    odd = rng.choice(
        [b"null", b"1", b"[]", b"{}", b'""', b"true", b'"\\ud800"', b"1e999", b"NaN", b"[" * 3000 + b"]" * 3000]
    )
    other = writer.batch()
    return Payload("odd_envelope", batch.post, rng.choice([
        b'{"head":' + odd + b',"events":' + body + b"}", b'{"head":' + head + b',"events":' + odd + b"}",
        b'{"head":' + head + b',"events":[' + odd + b"," + body[1:] + b"}", b'{"head":' + head + b"}",
        b'{"events":' + body + b"}",
        b'{"head":' + head + b',"events":' + body + b',"more":' + odd + b"}",
        b'{"head":' + encode(other.head) + b',"head":' + head + b',"events":' + body + b"}",
        b'{"head":' + head + b',"events":[],"events":' + body + b"}",
        b'{"events":' + body + b',"head":' + head + b',"events":[' + other.events[0] + b"]}",
        b"[" + batch.octets + b"]", encode(batch.octets.decode()), batch.octets + b"\n{}",
        b"\xef\xbb\xbf" + batch.octets,
        batch.octets.decode().encode("utf-16"), b'{"head":' + head + b',"events":[' + body + b"]}",
        b'{"\\u0068ead":' + head + b',"events":' + body + b"}", b"{'head':" + head + b",'events':" + body + b"}",
        batch.octets.replace(b'"events":[', b'"events":[,', 1), batch.octets[:-2] + b",]}",
    ]))  # fmt: skip


def respelled_envelope(writer: Writer) -> Payload:
    """The same payload in other JSON, the events' own bytes untouched: it is taken."""
    rng, batch = writer.rng, writer.batch()
    blank = rng.choice([b" ", b"\n", b"\t\r\n "])
    head = "".join(f"\\u{ord(letter):04x}" if rng.random() < 0.02 else letter for letter in batch.head)
    parts = [b'"head"' + blank + b':"' + head.encode() + b'"', b'"events":' + blank + b"[" + blank]
    parts[1] += (blank + b"," + blank).join(batch.events) + blank + b"]"
    octets = b"{" + blank + (blank + b",").join(rng.sample(parts, 2)) + b"}" + blank
    json.loads(octets)
    return Payload("respelled_envelope", batch.post, octets, fresh=len(batch.events))
