"""Odd events (异常事件): truly signed, and each value as bad as a device can make it."""

import json
from typing import Any

from tracker.wire.event import MAX_EVENT_BYTES
from tracker.wire.steps import Step
from web.bench.fuzz.octets import damage
from web.bench.fuzz.writer import Names, Payload, Writer, encode

RAW = "@raw@"
TIMES = (
    "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-23:59", "9999-12-31",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z", "2026-06-30T23:59:60Z", "2026-07-01T09:00:00",
    "2026-02-30T00:00:00Z",
    "2026-07-01 09:00:00+08:00", "20260701T090000Z", "2026-W27-3", "2026-07-01T24:00:00Z", "2026-07-01T09:00:00+24:00",
    "2026-07-01T09:00:00.123456789Z", "2026-07-01t09:00:00z", "2999-12-31", "1970-01-01",
    "2998-12-31T23:59:59-23:59", "", "now",
)  # fmt: skip
IDS = (
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "00000000-0000-7000-8000-000000000000",
    "ffffffff-ffff-7fff-bfff-ffffffffffff", "019f2258-0000-4000-8000-000000000001",
    "019f2258-0000-7000-0000-000000000001",
    "{019f2258-0000-7000-8000-000000000001}", "urn:uuid:019f2258-0000-7000-8000-000000000001",
    "019f2258000070008000000000000001",
)  # fmt: skip
TOKENS = (
    "null", "true", "false", "0", "-0", "-1", "1", "1.5", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809",
    "1e999", "-1e999", "1e-999", "9" * 400, "0." + "3" * 400, "NaN", "Infinity", "-Infinity", "0x10", "1_000", "01",
    "+1", ".5",
    "[]", "{}", "[[]]", '[{"a":1}]', "[" * 200 + "]" * 200, "[" * 5000 + "]" * 5000, '{"a":' * 300 + "1" + "}" * 300,
    '""', '" "', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\ud83d\\ude00"', '"\\n"', '"W1\\n"', '"\u202e"',
    '"\ufeffW1"',
    '"州"', '"../../etc/passwd"', "\"' OR 1=1--\"", '"=1+1"', '"{{7*7}}"', '"%00"', '"' + "A" * 64 + '"',
    '"' + "A" * 65 + '"',
    '"' + "A" * 20_000 + '"', '"accepted"', '"ACCEPTED"', '"self"', '"330106"', '"1000000000"', "1000000000",
    "1000000001",
    "180", "180.0000001", "-90", "2e2", *(f'"{each}"' for each in (*TIMES, *IDS)),
)  # fmt: skip
NAMES = ("event_id", "seq", "step", "event_time", "waybill_no", "bag_no", "operator", "position", "details", "corrects")
INNER = (
    "promised_at", "order_ref", "platform", "identity", "inspection", "weight_g", "goods", "origin", "destination",
    "lane", "result",
    "bag_no", "next_station", "vehicle", "from_station", "to_carrier", "counterpart", "reason", "place_kind",
    "consent", "signer",
    "proof", "lng", "lat", "kind", "checked", "exemption", "agreement_no", "commitment", "gtin", "lot", "serial",
    "ref", "event_id",
    "phone", "__class__", "", "a" * 300,
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    found = [(value, key) for key in keys]
    return found + [place for key in keys for place in _places(value[key])]


def odd_event(writer: Writer, names: Names) -> bytes:
    """An event after one or two tricks."""
    rng, raws = writer.rng, list[str]()
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        places = _places(names)
        container, key = rng.choice(places) if places else (names, "seq")
        match rng.randrange(7):
            case 0 | 1 | 2:
                container[key] = f"{RAW}{len(raws)}"
                raws.append(rng.choice(TOKENS))
            case 3 if isinstance(container, dict):
                del container[key]
            case 4:
                names[rng.choice([*NAMES, *INNER])] = rng.choice([None, "X1", 1, {}, []])
            case 5:
                details = names.get("details")
                if isinstance(details, dict):
                    details[rng.choice(INNER)] = f"{RAW}{len(raws)}"
                    raws.append(rng.choice(TOKENS))
            case _:
                names["step"] = rng.choice([*[step.value for step in Step], "teleported", ""])
    text = encode(names)
    for number in reversed(range(len(raws))):
        text = text.replace(f'"{RAW}{number}"'.encode(), raws[number].encode("utf-8", "surrogatepass"))
    return _respelled(writer, text) if rng.random() < 0.3 else text


def _respelled(writer: Writer, event: bytes) -> bytes:
    """The event's bytes in another spelling, twice the same name, at the very limit, or damaged."""
    rng = writer.rng
    step = rng.choice(list(Step)).value.encode()
    room = MAX_EVENT_BYTES - len(event) + rng.choice([-1, 0, 0, 1])
    return rng.choice([
        event[:-1] + b',"step":"' + step + b'"}', b'{"waybill_no":"FZ0000001",' + event[1:],
        event[:-1] + b',"\\u0073eq":1}',
        event[:-1] + b" " * max(0, room) + b"}", event.replace(b'"step"', b'"\\u0073tep"', 1), event.replace(b":",
        b" : "),
        damage(rng, event), b"\xef\xbb\xbf" + event, event[: rng.randrange(len(event))], event + event,
        event.replace(b'"', b"'"),
        rng.choice([b"{}", b"[]", b"null", b"1", b'"x"', b"", b"{", b"//", b"{}{}", rng.randbytes(20)]),
    ])  # fmt: skip


def odd_events(writer: Writer) -> Payload:
    """A truly signed batch of odd events between good ones."""
    rng, signer = writer.rng, writer.signer()
    post = writer.post_of(signer)
    events = []
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        names = writer.scan(post)
        events.append(odd_event(writer, names) if rng.random() < 0.8 else encode(names))
    return Payload("odd_events", post, writer.sign(signer, post, events).octets)


def taken_ids(writer: Writer) -> Payload:
    """Events that bear the id of another: recorded before, in this batch, or by another station."""
    rng, signer, earlier = writer.rng, writer.signer(), writer.earlier()
    post = writer.post_of(signer)
    taken = json.loads(rng.choice(earlier.events))
    others = [
        taken, taken | {"seq": 1}, taken | {"operator": "C99"}, taken | {"event_id": taken["event_id"].upper()},
        writer.scan(post, event_id=taken["event_id"], event_time=taken["event_time"]),
        writer.scan(post, corrects={"event_id": taken["event_id"], "reason": "did_not_occur"}),
    ]  # fmt: skip
    own = writer.scan(post)
    own["corrects"] = {"event_id": own["event_id"], "reason": "incorrect_data"}
    events = [encode(each) for each in rng.sample([*others, own, own, own | {"operator": "C98"}], rng.randint(1, 5))]
    return Payload("taken_ids", post, writer.sign(signer, post, events).octets)


def said_twice(writer: Writer) -> Payload:
    """An event that says one thing twice, so that two readers may read two things; truly signed."""
    rng, signer = writer.rng, writer.signer()
    post = writer.post_of(signer)
    event = encode(writer.scan(post))
    more = rng.choice(
        [b'"waybill_no":"FZ0000001"', b'"seq":7', b'"step":"lost"', b'"\\u0073tep":"held"', b'"operator":"C1"']
    )
    again = rng.choice([b"{" + more + b"," + event[1:], event[:-1] + b"," + more + b"," + more + b"}"])
    return Payload("said_twice", post, writer.sign(signer, post, [again]).octets)


def far_times(writer: Writer) -> Payload:
    """Ids that fit their times, both far away."""
    rng, signer = writer.rng, writer.signer()
    post = writer.post_of(signer)
    milliseconds = rng.choice([0, 1, 2**31 * 1000, 2**48 - 1, 253402300799999, rng.randrange(2**48), 951782400000])
    event_id = f"{milliseconds:012x}"
    names = writer.scan(
        post, event_id=f"{event_id[:8]}-{event_id[8:]}-7{rng.randrange(4096):03x}-8000-{rng.getrandbits(48):012x}"
    )
    year = rng.choice(["1970-01-01T00:00:00Z", "1970-01-03T00:00:00+08:00", "1969-12-30T00:00:00-23:59",
    "2000-02-29T00:00:00Z",
                       "2038-01-19T03:14:08Z", "9999-12-31T23:59:59.999Z",
                       "9999-12-31T23:59:59.999999-23:59"])  # fmt: skip
    events = [encode(names | {"event_time": year})]
    return Payload("far_times", post, writer.sign(signer, post, events).octets)
