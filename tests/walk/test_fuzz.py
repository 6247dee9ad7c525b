"""Fuzzed payloads through a real broker (真实链路): the tracker lives on and records only the signed."""

import base64
import json
import queue
import sqlite3
import time
from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.walk.handheld import Handheld, sha256
from tests.walk.installation import Installation
from tests.walk.processes import PATIENCE
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post
from web.bench.fuzz.notebook import Notebook, Roster, Signer
from web.bench.fuzz.payloads import new_writer, write_payloads

PAYLOADS, SEED = 400, 4


def signer_of(device: Handheld) -> Signer:
    key = Ed25519PrivateKey.from_private_bytes(device.key.private_bytes_raw())
    return Signer(Post(*device.name.split("/")), SigningKey.from_private(key))


def answers_to(device: Handheld, wanted: "Counter[str]") -> dict[str, list[dict[str, Any]]]:
    """The receipts' lines by payload hash, once every payload has as many as it was sent."""
    lines: dict[str, list[dict[str, Any]]] = {}
    deadline = time.monotonic() + PATIENCE
    while any(len(lines.get(digest, ())) < number for digest, number in wanted.items()):
        try:
            receipt = device.receipts.get(timeout=max(0.1, deadline - time.monotonic()))
        except queue.Empty:
            missing = sum(number - len(lines.get(digest, ())) for digest, number in wanted.items())
            raise AssertionError(f"{missing} of {wanted.total()} payloads have no answer") from None
        for line in receipt["batches"]:
            lines.setdefault(line["payload_sha256"], []).append(line)
    return lines


def unsigned_rows(house: Installation, device: Handheld, notebook: Notebook) -> list[int]:
    """The positions of this device's rows that are not, to the byte, what its key signed."""
    query = (
        "SELECT e.position, e.body, e.batch_index, b.head FROM event e JOIN batch b USING (batch_no) "
        "JOIN device d ON d.device_no = e.device_no WHERE d.carrier = ? AND d.station = ? AND d.device = ?"
    )
    store = sqlite3.connect(house.data_dir / "jixin.db")
    rows = store.execute(query, device.name.split("/")).fetchall()
    store.close()
    assert len(rows) > PAYLOADS // 5
    wrong = []
    for position, body, index, head in rows:
        claims = head.split(".")[1]
        digests = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["digests"]
        if notebook.signer_of(head) is None or digests[index] != sha256(body):
            wrong.append(position)
    return wrong


def test_fuzzed_payloads_leave_the_tracker_as_it_was(house: Installation) -> None:
    before = house.the("tracker").pid
    good = Handheld.of(house.enrol("FZGOOD", "S1"))
    with Handheld.of(house.enrol("FZBAD", "S1")).online() as bad, good.online():
        rng = Random(SEED)
        nobody = [Signer.draw(rng, Post("FZBAD", "S1", name), in_force=False) for name in ("G8", "G9")]
        writer = new_writer(SEED, Roster((signer_of(bad),), *nobody), datetime.now(UTC))
        sent = list(write_payloads(writer, PAYLOADS))
        for payload in sent:
            bad.publish(payload.octets)
        entry = good.scan("FZGOOD1")
        assert entry["recorded"] == 1, entry
        lines = answers_to(bad, Counter(sha256(payload.octets) for payload in sent))
        for payload in sent:
            if payload.fresh is not None and payload.post == signer_of(bad).post:
                first = lines[sha256(payload.octets)][0]
                assert (first["recorded"], first["rejected"], first["refused"]) == (payload.fresh, [], None)
        assert len({str(line["refused"]["code"]) for each in lines.values() for line in each if line["refused"]}) > 6
        assert unsigned_rows(house, bad, writer.notebook) == []
        assert not bad.lost.is_set()
        assert good.scan("FZGOOD2")["recorded"] == 1
    assert house.the("tracker").pid == before
