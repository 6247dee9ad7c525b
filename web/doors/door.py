"""The door (查件门): who has a parcel's label or its telephone's last four digits sees more of that one parcel.

Opened is what is not personal: step details, station names, masked parties; never coordinates, operator or documents.
The pickup code (取件码) of a parcel that waits is for who knows the telephone alone.
A hit counts nothing. Wrong tries are counted by parcel and by address for an hour, both as keyed hashes only.
"""

import hmac
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Query
from sqlalchemy.engine import Engine

from tracker.chain.state import State
from tracker.chain.trace import Trace
from tracker.store.database import transaction
from tracker.store.door_misses import count_try, forget_try
from tracker.wire.label_token import derive_label_key, fits_label
from tracker.wire.masking import TAIL
from tracker.wire.pickup_code import pickup_code
from tracker.wire.steps import Step
from tracker.wire.topics import Post
from web.accounts.addresses import counted_address

LabelToken = Annotated[str | None, Query(alias="k", description="the token of the parcel's label (面单令牌)")]
MISSES_PARCEL, MISSES_ADDRESS = 5, 20  # wrong tries in an hour
_WAITING = frozenset({State.AWAITING_PICKUP, State.OUT_FOR_DELIVERY})
_STORING = frozenset({Step.STORED, Step.OUT_FOR_DELIVERY})
FILED_PARCEL, FILED_ADDRESS = 5, 20  # complaints in an hour
OPEN_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Visit:
    """How one asker stands at the door: open or not, and what was wrong; `wait` until the next try counts.

    `by_tail`: opened by the telephone's digits, and not by the label that lies on the parcel for anybody to scan.
    `malformed`: what was typed is not four digits, so that nothing was tried and nothing counted.
    """

    is_open: bool = False
    by_tail: bool = False
    missed: bool = False
    wait: timedelta | None = None
    malformed: bool = False


NOT_FOUR_DIGITS = Visit(missed=True, malformed=True)


@dataclass(frozen=True, slots=True)
class Door:
    """The doors of all parcels. `secret` is the installation's label secret; without one they stay shut."""

    secret: bytes | None
    engine: Engine

    def try_label(self, trace: Trace, token: str, host: str, *, now: datetime) -> Visit:
        """With the token of a label: looked at first, for nobody guesses 128 bits; a wrong one is a miss."""
        if self.secret is None or _fits(self.secret, trace, token):
            return Visit(is_open=self.secret is not None)
        with transaction(self.engine) as session:
            return Visit(missed=True, wait=count_try(session, self._limits("label", trace, host), now=now))

    def try_tail(self, trace: Trace, tails: Collection[str], typed: str, host: str, *, now: datetime) -> Visit:
        """With the last four digits: counted first, looked at only where the limit allows; a hit is taken back."""
        if self.secret is None:
            return Visit(missed=True)
        limits = self._limits("tail", trace, host)
        with transaction(self.engine) as session:
            wait = count_try(session, limits, now=now)
            if wait is not None:
                return Visit(missed=True, wait=wait)
            if not any([hmac.compare_digest(typed.encode(), tail.encode()) for tail in tails]):  # all: in equal time
                return Visit(missed=True)
            forget_try(session, limits)
        return Visit(is_open=True, by_tail=True)

    def pass_of(self, trace: Trace, *, now: datetime) -> str:
        """What the browser keeps of a hit: until when this parcel is open to it, signed."""
        until = int((now + OPEN_FOR).timestamp())
        return f"{until}.{self._sign(trace, until)}"

    def accepts(self, trace: Trace, kept: str | None, *, now: datetime) -> bool:
        """Whether a browser's pass is ours, this parcel's, and not over."""
        until, _, signature = (kept or "").partition(".")
        if self.secret is None or not (until.isascii() and until.isdigit() and len(until) < 12):
            return False
        fits = hmac.compare_digest(signature.encode(errors="replace"), self._sign(trace, int(until)).encode())
        return fits and now.timestamp() < int(until)

    def pickup_code_of(self, trace: Trace, visit: Visit) -> str | None:
        """The code of a parcel that waits or is on its round, for who knows the telephone; else None."""
        if self.secret is None or not visit.by_tail or trace.parcel.state not in _WAITING:
            return None
        stored = next((scan for scan in reversed(trace.scans) if scan.step in _STORING), None)
        if stored is None or stored.imported:
            return None
        key = derive_label_key(self.secret, Post(stored.carrier, stored.station, stored.device))
        return pickup_code(key, stored.waybill_no, stored.event_id)

    def form_token(self, kept: str | None) -> str:
        """What a form must hold that a browser with this pass sends: another site's form cannot know it."""
        return self._hash(f"form {kept}") if kept else ""

    def count_filing(self, waybill_no: str, host: str, *, now: datetime) -> timedelta | None:
        """Count a complaint; how long to wait where there were too many of this parcel or from this address."""
        parcel, address = self._hash(f"filing parcel {waybill_no}"), counted_address(host)
        limits = {parcel: FILED_PARCEL, self._hash(f"filing address {address}"): FILED_ADDRESS}
        with transaction(self.engine) as session:
            return count_try(session, limits, now=now)

    def count_look_up(self, host: str, *, now: datetime) -> timedelta | None:
        """Count a wrong receipt number from an address; how long to wait where there were too many."""
        with transaction(self.engine) as session:
            limits = {self._hash(f"receipt address {counted_address(host)}"): MISSES_ADDRESS}
            return count_try(session, limits, now=now)

    def _sign(self, trace: Trace, until: int) -> str:
        return self._hash(f"pass {trace.parcel.waybill_no} {until}")

    def _limits(self, kind: str, trace: Trace, host: str) -> dict[str, int]:
        parcel = self._hash(f"{kind} parcel {trace.parcel.waybill_no}")
        return {parcel: MISSES_PARCEL, self._hash(f"{kind} address {counted_address(host)}"): MISSES_ADDRESS}

    def _hash(self, text: str) -> str:
        return hmac.new(self.secret or b"", f"jixin door v1 {text}".encode(), sha256).hexdigest()


def parse_tail(text: str) -> str | None:
    """Four digits as somebody typed them, also full-width; None for anything else."""
    typed = "".join(unicodedata.normalize("NFKC", text[:20]).split())
    return typed if len(typed) == TAIL and typed.isascii() and typed.isdigit() else None


def _fits(secret: bytes, trace: Trace, token: str) -> bool:
    """Whether one of the devices that accepted the parcel for its carrier made this token; every one is asked."""
    posts = {
        Post(scan.carrier, scan.station, scan.device)
        for scan in trace.scans
        if scan.step is Step.ACCEPTED and scan.carrier == trace.carrier and not scan.imported
    }
    return any([fits_label(token, derive_label_key(secret, post), trace.parcel.waybill_no) for post in posts])
