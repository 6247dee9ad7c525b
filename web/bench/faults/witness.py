"""The witness (见证): compares the stations' lists with a plain SELECT, and checks every receipt with the pinned key.

Reads the store, the enrolment and the lists with none of the code that wrote them.
"""

import base64
import hashlib
import json
import sqlite3
from collections import Counter as Tally
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from web.bench.faults.counter import Promises


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a round cost: `lost` beeped and are not stored, `doubled` are stored or counted more than once, `strange`
    were never scanned; `unproved` are recorded without a good receipt that names their batch; `miscounted` is by how
    much parcels, positions and tallies differ from the events."""

    events: int
    lost: int
    doubled: int
    strange: int
    unproved: int
    miscounted: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.strange or self.unproved or self.miscounted)


def select(store_url: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of the store; `sqlite:///…` or `postgresql+psycopg://…`."""
    scheme, _, rest = store_url.partition("://")
    if scheme == "sqlite":
        with closing(sqlite3.connect(f"file:{rest[1:]}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(query).fetchall()
    with psycopg.connect(f"postgresql://{rest}") as connection:
        return connection.execute(query.encode()).fetchall()


def judge(store_url: str, *, promised: Promises, ever_scanned: frozenset[str], pinned: Mapping[str, bytes]) -> Verdict:
    """The verdict over what was promised in one round; `pinned` are the tracker's public keys by kid.

    Each number is scanned once in its life, so each must stand in the store once, and once in its parcel's row: the
    events' key alone would hide it where a scan was counted again.
    """
    stored = Tally(number for (number,) in select(store_url, "SELECT waybill_no FROM event"))
    counted = Tally(scans_by_parcel(store_url))
    return Verdict(
        events=len(promised.beeped),
        lost=len(promised.beeped - stored.keys()),
        doubled=sum(1 for number in promised.scanned if max(stored[number], counted[number]) > 1),
        strange=len(stored.keys() - ever_scanned),
        unproved=count_unproved(store_url, pinned),
        miscounted=count_differences(store_url, stored, counted),
    )


def scans_by_parcel(store_url: str) -> dict[str, int]:
    """How many scans each parcel's row counts."""
    rows = select(store_url, "SELECT waybill_no, life FROM parcel")
    return {waybill_no: json.loads(bytes(life)).get("scans", 0) for waybill_no, life in rows}


def count_differences(store_url: str, stored: Mapping[str, int], counted: Mapping[str, int]) -> int:
    """By how much the store's own counts differ from its events: parcels' scans, positions 1 to the head, tallies."""
    parcels = sum(abs(stored.get(number, 0) - counted.get(number, 0)) for number in stored.keys() | counted.keys())
    ((events, first, last),) = select(store_url, "SELECT count(*), min(position), max(position) FROM event")
    ((head,),) = select(store_url, "SELECT position FROM log_head")
    ((tallied,),) = select(store_url, "SELECT coalesce(sum(count), 0) FROM tally WHERE outcome = 'recorded'")
    holes = abs(head - events) + abs(head - (last or 0)) + (abs(first - 1) if events else 0)
    return int(parcels + holes + abs(int(tallied) - events))


def count_unproved(store_url: str, pinned: Mapping[str, bytes]) -> int:
    """How many events no receipt of a pinned key answers for, or whose bytes are not those that the batch signed."""
    query = """SELECT event.position, event.body, event.batch_index, batch.batch_id, batch.head, batch.payload_sha256,
               receipt.jws FROM event LEFT JOIN batch ON batch.batch_no = event.batch_no
               LEFT JOIN receipt ON receipt.receipt_no = batch.receipt_no"""
    named: dict[str, dict[str, Any]] = {}
    digests: dict[str, list[str]] = {}
    unproved = 0
    for position, body, index, batch_id, head, payload_sha256, jws in select(store_url, query):
        if jws is None:
            unproved += 1
            continue
        if jws not in named:
            named[jws] = _batches_in(jws, pinned)
        if head not in digests:
            digests[head] = json.loads(_unb64(head.split(".")[1]))["digests"]
        line = named[jws].get(payload_sha256)
        is_counted = (
            line is not None
            and line["batch_id"].replace("-", "") == _hex(batch_id)
            and line["first_position"] <= position <= line["last_position"]
        )
        is_signed = digests[head][index] == _b64(hashlib.sha256(bytes(body)).digest())
        unproved += not (is_counted and is_signed)
    return unproved


def _batches_in(jws: str, pinned: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """What a receipt says, by payload hash; nothing where no pinned key signed it."""
    protected, claims, signature = jws.split(".")
    public = pinned.get(json.loads(_unb64(protected))["kid"])
    if public is None:
        return {}
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(_unb64(signature), f"{protected}.{claims}".encode())
    except InvalidSignature:
        return {}
    return {line["payload_sha256"]: line for line in json.loads(_unb64(claims))["batches"]}


def pinned_keys(enrolment: Mapping[str, Any]) -> dict[str, bytes]:
    """The tracker's public keys by RFC 7638 thumbprint, as an enrolment file pins them."""
    octets = (jwk["x"] for jwk in enrolment["tracker_keys"])
    return {
        _b64(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()): _unb64(x) for x in octets
    }


def _hex(batch_id: Any) -> str:
    return batch_id.hex if hasattr(batch_id, "int") else bytes(batch_id).hex()


def _b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
