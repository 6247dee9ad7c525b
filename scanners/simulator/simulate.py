"""The simulation (模拟车队): a month of parcels as the stations would upload them, the same for the same seed."""

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from scanners.simulator.devices import Devices
from scanners.simulator.fleet import Fleet
from scanners.simulator.journey import Journey, build_journey
from scanners.simulator.numbering import World
from scanners.simulator.parcels import build_parcel
from scanners.simulator.scanning import SimScan, scan_journey

_Queue = list[tuple[datetime, int, SimScan]]


def simulate(
    fleet: Fleet, *, seed: int, parcels: int, now: datetime, since: datetime | None = None
) -> Iterator[SimScan]:
    """Every scan that left its station until `now` (after `since`), in order of upload.

    `parcels` is the number of orders in 30 local days, of which today is the last; those of later today are not
    placed yet. Some parcels are still on the way. A later `now` goes on where this one ended: the earlier scans come
    out the same, byte for byte, as long as their parcels are not older than 30 days.
    """
    for upload in _uploads(World(fleet, seed, parcels), now):
        if since is None or upload.upload_time > since:
            yield upload


def journeys(fleet: Fleet, *, seed: int, parcels: int, now: datetime) -> Iterator[Journey]:
    """What truly happens to each parcel ordered until `now`, in order of the orders, its future included."""
    yield from (journey for journey, _ in _journeys(World(fleet, seed, parcels), now))


def _uploads(world: World, now: datetime) -> Iterator[SimScan]:
    """Uploads in order, with no more parcels in memory than are on the way at the same time."""
    queue: _Queue = []
    numbers = count()
    for journey, uploads in _journeys(world, now):
        yield from _leave_before(queue, journey.parcel.ordered_at)
        for upload in uploads:
            if upload.upload_time <= now:
                heappush(queue, (upload.upload_time, next(numbers), upload))
    yield from _leave_before(queue, None)


def _leave_before(queue: _Queue, moment: datetime | None) -> Iterator[SimScan]:
    while queue and (moment is None or queue[0][0] < moment):
        yield heappop(queue)[2]


def _journeys(world: World, now: datetime) -> Iterator[tuple[Journey, list[SimScan]]]:
    offset, devices = world.waybill_offset(), Devices(world)
    for number, ordered_at in world.orders_until(now):
        random = world.random_of(number)
        parcel = build_parcel(world, number, ordered_at, waybill_offset=offset, random=random)
        journey = build_journey(world.fleet, parcel, random)
        yield journey, scan_journey(journey, devices, random)
