"""The writer (造报文): good scans and good batches, drawn from one seed, for the kinds of badness to start from."""

import json
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tracker.wire.event_ids import build_event_id
from tracker.wire.signature import digest_of
from tracker.wire.steps import Step
from tracker.wire.topics import GATEWAY_DEVICE, Post
from web.bench.fuzz.notebook import Notebook, Roster, Signer

Names = dict[str, Any]
REMEMBERED = 60

DETAILS: dict[Step, Callable[[Random], Names]] = {
    Step.ANNOUNCED: lambda rng: {"order_ref": f"O{rng.randrange(99)}", "promised_at": "2026-07-09"},
    Step.ACCEPTED: lambda rng: {
        "identity": {"kind": "RESIDENT_ID", "checked": True, "commitment": "q83vEjRWeJCrze8SNFZ4kKvN"},
        "inspection": {"result": "PASSED", "quantity": rng.randrange(9)},
        "weight_g": rng.randrange(50_000),
        "goods": [{"gtin": "6901234567892", "lot": "L1", "serial": f"S{rng.randrange(9)}"}],
        "promised_at": "2026-07-03T18:00:00+08:00",
        "origin": "330106",
        "destination": "500103",
    },
    Step.BAGGED: lambda rng: {"bag_no": f"B{rng.randrange(99)}"},
    Step.DEPARTED: lambda rng: {"next_station": f"S{rng.randrange(4)}", "vehicle": "T1"},
    Step.STORED: lambda rng: {"place_kind": "LOCKER", "consent": {"kind": "APP", "ref": f"R{rng.randrange(99)}"}},
    Step.DELIVERED: lambda rng: {"signer": "self", "proof": {"kind": "CODE"}},
}


@dataclass(frozen=True, slots=True)
class Payload:
    """One message to deliver at `post`; `kind` says what is wrong with it.

    `fresh` counts events that must all be recorded, `known` those that must all be duplicates; None: no such promise.
    """

    kind: str
    post: Post
    octets: bytes
    fresh: int | None = None
    known: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A signed batch in its parts."""

    signer: Signer
    post: Post
    head: str
    events: tuple[bytes, ...]

    @property
    def octets(self) -> bytes:
        return join(self.head, self.events)


def join(head: str, events: Sequence[bytes]) -> bytes:
    """A payload of a head and events' exact bytes."""
    return b'{"head":"' + head.encode() + b'","events":[' + b",".join(events) + b"]}"


def encode(names: Any) -> bytes:
    """JSON without blanks."""
    return json.dumps(names, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


@dataclass(slots=True)
class Writer:
    """Draws everything from `rng`; the same seed writes the same bytes at the same `now`."""

    rng: Random
    roster: Roster
    now: datetime
    notebook: Notebook = field(default_factory=Notebook)
    recent: deque[Batch] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _seqs: Counter[Post] = field(default_factory=Counter)
    _parcels: int = 0

    def signer(self) -> Signer:
        """Anyone whose signature counts."""
        return self.rng.choice(list(self.roster.in_force()))

    def post_of(self, signer: Signer) -> Post:
        """Where the signer speaks now."""
        if not signer.is_gateway:
            return signer.post
        return Post(self.rng.choice(["FZA", "FZB"]), f"S{self.rng.randrange(6)}", GATEWAY_DEVICE)

    def scan(self, post: Post, **changes: Any) -> Names:
        """A good event's names; some correct others or are out of order, which is no badness."""
        rng = self.rng
        if rng.random() < 0.3:
            self._parcels += 1
        self._seqs[post] += 1
        step = rng.choice(list(Step))
        moment = self.now - timedelta(milliseconds=rng.randrange(40 * 3600 * 1000))
        names: Names = {
            "event_id": str(build_event_id(moment, rng.randbytes(10))),
            "seq": self._seqs[post],
            "waybill_no": f"FZ{max(0, self._parcels - rng.randrange(12)):07}",
            "step": step.value,
            "event_time": moment.isoformat(),
            "details": DETAILS[step](rng) if step in DETAILS else {},
        }
        if rng.random() < 0.3:
            names["operator"] = f"C{rng.randrange(20)}"
        if rng.random() < 0.2:
            names["position"] = {"lng": round(rng.uniform(73, 135), 5), "lat": round(rng.uniform(18, 53), 5)}
        if rng.random() < 0.1 and self.recent:
            corrected = json.loads(rng.choice(rng.choice(self.recent).events))["event_id"]
            names["corrects"] = {"event_id": corrected, "reason": rng.choice(["did_not_occur", "incorrect_data"])}
        return names | changes

    def claims(self, post: Post, events: Sequence[bytes], **changes: Any) -> Names:
        """What an honest head says of these events."""
        return {
            "v": 1,
            "batch_id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "carrier": post.carrier,
            "station": post.station,
            "device": post.device,
            "sent_at": self.now.isoformat(),
            "digests": [digest_of(event) for event in events],
        } | changes

    def sign(self, signer: Signer, post: Post, events: Sequence[bytes]) -> Batch:
        """An honest batch of these events."""
        return Batch(signer, post, self.notebook.sign(signer, encode(self.claims(post, events))), tuple(events))

    def batch(self) -> Batch:
        """A good batch that nobody has sent yet."""
        signer = self.signer()
        post = self.post_of(signer)
        count = self.rng.choice([1, 1, 2, 3, 5, 8])
        return self.sign(signer, post, [encode(self.scan(post)) for _ in range(count)])

    def earlier(self) -> Batch:
        """A batch that was sent lately, or a new one where there is none."""
        return self.rng.choice(self.recent) if self.recent else self.batch()

    def good(self) -> Payload:
        """A good payload; later kinds start from it."""
        batch = self.batch()
        self.recent.append(batch)
        return Payload("good", batch.post, batch.octets, fresh=len(batch.events))
