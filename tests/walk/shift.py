"""A shift's list (交接清单): what a station means to send, written and synced to disk before the first beep."""

import csv
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

STEPS = ("announced", "accepted", "departed", "arrived")
COLUMNS = ("event_id", "waybill_no", "step", "event_time", "carrier", "station")


def uuid7(moment: datetime) -> UUID:
    """RFC 9562 section 5.7, by hand: 48 bits of milliseconds, version, variant, 74 random bits."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0x2 << 62 | secrets.randbits(62))


@dataclass(frozen=True, slots=True)
class Shift:
    """A Replay CSV and the list of what is in it, by event id."""

    file: Path
    listed: dict[UUID, dict[str, str]]
    waybills: list[str]


def write_shift(folder: Path, carrier: str, *, parcels: int, stations: int = 3) -> Shift:
    """A file of four events a parcel, scanned yesterday at several stations; on disk, with its list, on return."""
    file, listed, waybills = folder / f"{carrier}.csv", {}, []
    with file.open("w", newline="") as sheet, (folder / f"{carrier}.list").open("w") as paper:
        writer = csv.DictWriter(sheet, COLUMNS)
        writer.writeheader()
        for number, row in enumerate(_rows(carrier, parcels, stations)):
            writer.writerow(row)
            listed[UUID(row["event_id"])] = row
            if number % len(STEPS) == 0:
                waybills.append(row["waybill_no"])
            paper.write(json.dumps(listed[UUID(row["event_id"])]) + "\n")
        for each in (sheet, paper):
            each.flush()
            os.fsync(each.fileno())
    return Shift(file, listed, waybills)


def _rows(carrier: str, parcels: int, stations: int) -> Iterator[dict[str, str]]:
    morning = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    for number in range(parcels):
        for hour, step in enumerate(STEPS):
            moment = morning + timedelta(hours=hour, milliseconds=number)
            yield {
                "event_id": str(uuid7(moment)),
                "waybill_no": f"{carrier}{number:06}",
                "step": step,
                "event_time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "carrier": carrier,
                "station": f"{carrier}-{number % stations + 1}",
            }
