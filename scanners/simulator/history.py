"""The history (历史): the months before the fleet's last 30 days, a smaller world that ends where that one begins."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, pairwise

from scanners.simulator.fleet import Fleet
from scanners.simulator.numbering import DAYS
from scanners.simulator.scanning import SimScan
from scanners.simulator.simulate import simulate

PARCELS = 360  # in 30 days: enough for the smallest share of the market to have a rank
STEP = timedelta(days=DAYS // 2)  # a parcel is looked at until it is 30 days old, so it has at least 15 to arrive


def simulate_history(
    fleet: Fleet, *, seed: int, since: datetime, now: datetime, parcels: int = PARCELS
) -> Iterator[SimScan]:
    """Every scan of the parcels ordered between `since` and the fleet's last 30 days, in order of upload.

    Its waybills are others than those of `simulate` with another size. Parcels on their way when it ends arrive.
    """
    end = now - timedelta(days=DAYS)
    ordered: set[str | None] = set()
    for upload in _uploads(fleet, seed=seed, parcels=parcels, since=since, until=end):
        ordered.add(upload.scan.waybill_no)
        yield upload
    rest = _uploads(fleet, seed=seed, parcels=parcels, since=max(since, end), until=now)
    yield from (upload for upload in rest if upload.scan.waybill_no in ordered)


def _uploads(fleet: Fleet, *, seed: int, parcels: int, since: datetime, until: datetime) -> Iterator[SimScan]:
    steps = max(0, -(-(until - since) // STEP))
    ends = [min(since + STEP * number, until) for number in range(steps + 1)]
    return chain.from_iterable(
        simulate(fleet, seed=seed, parcels=parcels, now=end, since=start) for start, end in pairwise(ends)
    )
