"""The answers' faults (应答故障): the tracker dies between commit, acknowledgement and receipt, or loses receipts."""

import sys
from dataclasses import replace
from functools import partial

from web.bench.faults.fault import Fault, Kind
from web.bench.faults.ground import Ground
from web.bench.faults.programs.unlucky_tracker import LOSS
from web.bench.faults.service import Service, wait_until


def answer_faults() -> list[Fault]:
    """Faults between the commit and the station."""
    before_ack = "入库提交之后、确认之前被杀"
    before_receipt = "确认之后、回执之前被杀"
    return [
        Fault("killed_before_ack", before_ack, "killed between commit and acknowledgement", Kind.SQLITE,
              partial(die, point="before_ack")),
        Fault("killed_before_receipt", before_receipt, "killed between acknowledgement and receipt", Kind.SQLITE,
              partial(die, point="before_receipt")),
        Fault("receipt_lost", "回执丢失", "half of the receipts lost", Kind.SQLITE, lose_receipts),
    ]  # fmt: skip


def die(ground: Ground, *, point: str) -> None:
    """A tracker that kills itself at the point takes the place of the one that runs, until it is dead."""
    unlucky = _unlucky(ground, point)

    def hit() -> None:
        ground.tracker.kill()
        unlucky.start()
        wait_until(lambda: not unlucky.is_running, f"the tracker is killed {point}", every=0.005)

    ground.strike(f"tracker killed {point}", hit)
    ground.expect(unlucky.process is not None and unlucky.process.returncode == -9, unlucky.last_words())
    ground.tracker.start()


def lose_receipts(ground: Ground) -> None:
    """What is sent again is recognised, and answered again."""
    unlucky = _unlucky(ground, "loses_receipts")

    def hit() -> None:
        ground.tracker.kill()
        unlucky.start()

    ground.strike("receipts lost", hit)
    usual, ground.tracker = ground.tracker, unlucky
    try:
        ground.hold(3 + ground.moment())
        ground.wait(lambda: count_lost(unlucky) > 0, "receipts are lost")
    finally:
        unlucky.kill()
        ground.tracker = usual
        ground.tracker.start()


def count_lost(unlucky: Service) -> int:
    """How many receipts this tracker has lost by now."""
    return unlucky.log.read_text(errors="replace").count(LOSS) if unlucky.log.exists() else 0


def _unlucky(ground: Ground, point: str) -> Service:
    words = [sys.executable, "-m", "web.bench.faults.programs.unlucky_tracker", point]
    return replace(
        ground.tracker, words=words, process=None, log=ground.folder / f"{point}-{ground.chance.random()}.log"
    )
