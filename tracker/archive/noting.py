"""Noting (清除前登记): which parcels, and which numbers of which devices, go with a month; read from its archive."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from tracker.archive.manifest import Manifest
from tracker.archive.parquet import AT_ONCE, BATCHES, EVENTS, Table, connect
from tracker.store.sequence_audit import signed_at

_PARCELS = "SELECT waybill_no, ?, count(*) FROM read_parquet(?) WHERE waybill_no <> '' GROUP BY ALL ORDER BY 1"
_SEQS = (
    "SELECT device_no, seq, event_id, batch_id FROM read_parquet(?) JOIN"
    " (SELECT batch_no, batch_id FROM read_parquet(?)) USING (batch_no) ORDER BY device_no, seq"
)


def find_parcels(folder: Path, manifest: Manifest) -> Iterator[tuple[Any, ...]]:
    """(waybill number, month, events) of each parcel."""
    return _ask(folder, _PARCELS, [manifest.month, _paths(folder, manifest, EVENTS)])


def find_seq_ranges(folder: Path, manifest: Manifest) -> Iterator[tuple[Any, ...]]:
    """Each device's numbers as unbroken ranges: the columns of tracker.store.tables.ArchivedSeqRow."""
    asked = [_paths(folder, manifest, EVENTS), _paths(folder, manifest, BATCHES)]
    for device_no, rows in groupby(_ask(folder, _SEQS, asked), key=itemgetter(0)):
        numbers = ([(seq, *ids) for _, seq, *ids in scans] for _, scans in groupby(rows, key=itemgetter(1)))
        for first, last, events in _ranges(numbers):
            began, ended = [signed_at(scan[2]) for scan in first], [signed_at(scan[2]) for scan in last]
            yield (
                *(device_no, manifest.month, first[0][0], last[0][0], events),
                *(_unless_untold(max, began), max(_made_at(scan[1]) for scan in first)),
                *(_unless_untold(min, ended), min(_made_at(scan[1]) for scan in last)),
            )


Scans = list[tuple[Any, ...]]  # those with one number: (seq, event id, batch id)


def _ranges(numbers: Iterable[Scans]) -> Iterator[tuple[Scans, Scans, int]]:
    """The scans at both ends of each unbroken range, and how many are in it."""
    first: Scans = []
    last: Scans = []
    events = 0
    for scans in numbers:
        if last and scans[0][0] != last[0][0] + 1:
            yield first, last, events
            first, events = [], 0
        first, last, events = first or scans, scans, events + len(scans)
    if last:
        yield first, last, events


def _made_at(event_id: UUID) -> int:
    return event_id.int >> 80


def _unless_untold(choose: Callable[[list[int]], int], moments: list[int | None]) -> int | None:
    """None where one scan tells no time: then the others cannot speak for it."""
    told = [moment for moment in moments if moment is not None]
    return choose(told) if len(told) == len(moments) else None


def _ask(folder: Path, query: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connect(folder.parent) as database:
        found = database.execute(query, values)
        while rows := found.fetchmany(AT_ONCE):
            yield from rows


def _paths(folder: Path, manifest: Manifest, table: Table) -> list[str]:
    return sorted(str(folder / name) for name in manifest.files if name.rpartition("-")[0] == table.name)
