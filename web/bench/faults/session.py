"""A session (一场试验): faults one after another on one ground, each with its verdict; a process of its own.

Arguments: the ground's kind, `short` or `long`, the seed, then names of faults. Prints a round a line, as JSON.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec

from tracker.intake.broker import die_with_parent
from web.bench.faults.catalogue import every_fault
from web.bench.faults.fault import BOUNDS, MIB, Fault, Kind, Pace, Round
from web.bench.faults.ground import Ground, open_ground
from web.bench.faults.service import RoundFailed
from web.bench.faults.witness import judge


def run_session(kind: Kind, faults: Sequence[Fault], *, pace: Pace, seed: int) -> Iterator[Round]:
    """The rounds, each as soon as it is over."""
    with tempfile.TemporaryDirectory(prefix="jixin-faults-") as folder, open_ground(kind, Path(folder), pace) as ground:
        for fault in faults:
            yield run_round(ground, fault, seed=seed)


def run_round(ground: Ground, fault: Fault, *, seed: int) -> Round:
    """Break one thing at load, wait until every outbox is empty, and compare the lists with the store."""
    begun = time.monotonic()
    ground.chance = Random(f"{seed} {fault.name}")
    ground.struck, ground.in_flight, ground.may_end = "", 0, set()
    before, problem = ground.promises(), ""
    try:
        ground.go()
        ground.hold(ground.moment())
        fault.strike(ground)
        ground.hold(0.5)
        ground.drain()
    except RoundFailed as failure:
        problem = str(failure)
    except Exception as error:  # the rounds after it shall still be made
        problem = f"{type(error).__name__}: {error}"
    ever = ground.promises()
    verdict = judge(
        ground.settings.store_url, promised=ever.since(before), ever_scanned=ever.scanned, pinned=ground.pinned
    )
    peaks = ground.peaks()
    if not problem and not verdict.is_clean:
        problem = (
            f"{verdict.lost} lost, {verdict.doubled} doubled, {verdict.strange} strange, {verdict.unproved} unproved,"
            f" {verdict.miscounted} miscounted"
        )
    if not problem and (ground.refused() or not verdict.events):
        problem = f"{ground.refused()} scans were refused, {verdict.events} were made"
    problem = problem or ", ".join(
        f"the {name} took {peak // MIB} MiB" for name, peak in peaks.items() if peak > BOUNDS[name]
    )
    return Round(
        fault=fault.name,
        seed=seed,
        struck=ground.struck,
        in_flight=ground.in_flight,
        events=verdict.events,
        lost=verdict.lost,
        doubled=verdict.doubled,
        seconds=round(time.monotonic() - begun, 1),
        problem=problem,
        memory=peaks,
    )


def main() -> None:
    """Run the faults that are named; ends with the process that asked for them."""
    die_with_parent()
    kind, pace, seed, *names = sys.argv[1:]
    known = every_fault()
    for each in run_session(Kind(kind), [known[name] for name in names], pace=Pace(pace == "long"), seed=int(seed)):
        sys.stdout.write(msgspec.json.encode(each).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
