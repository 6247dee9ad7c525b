"""The pick-ups (揽收) of the open data set LaDe, as rows of a Replay CSV: each one announced, then accepted.

The rows and their licence are in `data/lade/`. The carrier `LADE` stands for the data set, not for a company.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from pathlib import Path

from tracker.wire.steps import STEP_ORDER, Step

CARRIER = "LADE"
YEAR = "2021"  # LaDe's times carry no year
OFFSET = "+08:00"
ORIGINS = {"Chongqing": "500000", "Hangzhou": "330100", "Jilin": "220200", "Shanghai": "310000", "Yantai": "370600"}
NAMES = {"Chongqing": "重庆", "Hangzhou": "杭州", "Jilin": "吉林", "Shanghai": "上海", "Yantai": "烟台"}
COLUMNS = (
    *("waybill_no", "step", "event_time", "carrier", "station"),
    *("operator", "lng", "lat", "promised_at", "origin"),
)


@dataclass(frozen=True, slots=True)
class Pickup:
    """One order picked up; times are RFC 3339, a later `picked_up_at` than `promised_at` is late."""

    order_id: str
    region_id: str
    city: str
    courier_id: str
    ordered_at: str
    promised_at: str
    picked_up_at: str
    lng: str
    lat: str


@dataclass(frozen=True, slots=True)
class PickupStation:
    """A region of the data set, seen as a station."""

    carrier: str
    code: str
    name: str
    division: str


def pickups() -> Iterator[Pickup]:
    """The 6,190 pick-ups in the data set's own order."""
    text = files("scanners").joinpath("data/lade/lade_p_pickups_6190.csv").read_text(encoding="utf-8")
    return map(parse_pickup, csv.DictReader(text.splitlines()))


def parse_pickup(row: dict[str, str]) -> Pickup:
    """One row of LaDe-P; `lng` and `lat` are where the courier was, empty when that is not known."""
    return Pickup(
        order_id=row["order_id"],
        region_id=row["region_id"],
        city=row["city"],
        courier_id=row["courier_id"],
        ordered_at=_rfc3339(row["accept_time"]),
        promised_at=_rfc3339(row["time_window_end"]),
        picked_up_at=_rfc3339(row["pickup_time"]),
        lng=row["pickup_gps_lng"],
        lat=row["pickup_gps_lat"],
    )


def replay_rows() -> list[dict[str, str]]:
    """12,380 rows of a Replay CSV, in the order in which they happened."""
    rows = chain.from_iterable(map(build_rows, pickups()))
    return sorted(rows, key=lambda row: (row["event_time"], STEP_ORDER[Step(row["step"])], row["waybill_no"]))


def build_rows(pickup: Pickup) -> tuple[dict[str, str], dict[str, str]]:
    """The order with the promise to pick up by, and the pick-up with courier and place."""
    parcel = {
        "waybill_no": f"{CARRIER}{pickup.order_id}",
        "carrier": CARRIER,
        "station": station_code(pickup.region_id),
    }
    announced = {"step": Step.ANNOUNCED.value, "event_time": pickup.ordered_at, "promised_at": pickup.promised_at}
    accepted = {
        "step": Step.ACCEPTED.value,
        "event_time": pickup.picked_up_at,
        "operator": pickup.courier_id,
        "lng": pickup.lng,
        "lat": pickup.lat,
        "origin": ORIGINS[pickup.city],
    }
    return parcel | announced, parcel | accepted


def pickup_stations() -> list[PickupStation]:
    """The stations that the rows name, for whoever wants them to have a name and a division."""
    regions = {pickup.region_id: pickup.city for pickup in pickups()}
    return [
        PickupStation(CARRIER, station_code(region_id), f"{NAMES[city]} {region_id} 片区", ORIGINS[city])
        for region_id, city in sorted(regions.items(), key=lambda region: int(region[0]))
    ]


def station_code(region_id: str) -> str:
    return f"{CARRIER}-{region_id}"


def write_replay_csv(path: Path) -> int:
    """Write the pick-ups as a Replay CSV in UTF-8; how many rows it has. Overwrites."""
    rows = replay_rows()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _rfc3339(time: str) -> str:
    """LaDe's "05-01 09:28:00" with the year and the offset that it leaves out."""
    day, _, clock = time.partition(" ")
    return f"{YEAR}-{day}T{clock}{OFFSET}"
