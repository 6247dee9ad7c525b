"""The bench's programs: ceilings and peers know nothing of ours, and the load is what a station would send."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.store.bulk import columns_of
from tracker.store.tables.event_log import BatchRow, EventRow, ReceiptRow
from tracker.store.tables.parcel import ParcelRow
from tracker.wire.event import decode_event
from tracker.wire.message import open_batch, read_batch
from tracker.wire.topics import Post
from web.bench.load import COHORT, write_load
from web.bench.processes import PROGRAMS
from web.bench.programs import bulk_insert
from web.bench.programs.publisher import read_records
from web.bench.programs.raw_consumer import PUBLISH, packet, split

FOLDER = Path(bulk_insert.__file__).parent
NOW = datetime(2026, 11, 1, tzinfo=UTC)
OURS = {"tracker", "scanners", "credit_scoring", "web"}


@pytest.mark.parametrize("name", ["raw_consumer", "paho_consumer", "bulk_insert", "commit_per_message"])
def test_ceilings_and_peers_import_nothing_of_ours(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module.split(".")[0] for module in imported} & OURS
    assert PROGRAMS.endswith(FOLDER.name)


def test_the_store_ceiling_writes_the_same_columns() -> None:
    told = {EventRow: bulk_insert.EVENT, ParcelRow: bulk_insert.PARCEL, BatchRow: bulk_insert.BATCH}
    for table, names in (told | {ReceiptRow: bulk_insert.RECEIPT}).items():
        assert tuple(names) == columns_of(table)


def test_the_load_is_signed_batches_of_interleaved_parcels(tmp_path: Path) -> None:
    load = write_load(tmp_path, events=2 * COHORT, events_per_message=20, now=NOW)
    keys = dict(load.devices)
    seen: list[str | None] = []
    for topic, payload in read_records(load.file):
        post = Post(*topic.split("/")[2:5])
        opened = open_batch(payload)
        batch = read_batch(opened, signed=opened.jws.verify(keys[post].verifying), topic_post=post, today=NOW.date())
        seen += [decode_event(body).scan.waybill_no for body in batch.items]
    assert len(seen) == 2 * COHORT
    assert seen[:COHORT] == seen[COHORT:]
    assert len(set(seen)) == COHORT


@given(bodies=st.lists(st.binary(max_size=300), max_size=5), cut=st.integers(0, 50))
def test_packets_are_split_as_they_were_joined(bodies: list[bytes], cut: int) -> None:
    stream = b"".join(packet(PUBLISH, 2, body) for body in bodies)
    at = max(0, len(stream) - cut)
    head, rest = bytearray(stream[:at]), stream[at:]
    found = [bytes(body) for _, _, body in split(head)]
    head += rest
    found += [bytes(body) for _, _, body in split(head)]
    assert found == bodies
    assert not head
