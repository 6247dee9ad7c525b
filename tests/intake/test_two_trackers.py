"""Two trackers on one store: commits wait for each other, and an event that both have is recorded once."""

from threading import Barrier, Thread

from tests.intake.devices import Device, Intake, only_line
from tracker.chain.fold import fold
from tracker.store.database import reading
from tracker.store.event_store import events_of
from tracker.store.parcel_store import parcel_of
from tracker.wire.receipt import BatchReceipt


def test_two_trackers_record_every_event_once_in_gapless_positions(intake: Intake, device: Device) -> None:
    shared = [device.deliver(device.scan(f"W{number % 3}", hours=-number)) for number in range(8)]
    own = [[device.deliver(device.scan(f"W{number % 3}")) for number in range(8)] for _ in range(2)]
    lines: list[BatchReceipt] = []
    together = Barrier(2)

    def work(mine: int) -> None:
        tracker = Intake(intake.engine)
        tracker.keyring.refresh(missed=True)
        together.wait()
        for delivery, theirs in zip(own[mine], shared, strict=True):
            lines.extend(only_line(tracker.record(each)) for each in (theirs, delivery))

    threads = [Thread(target=work, args=(mine,)) for mine in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert intake.positions() == list(range(1, 25))
    assert sum(line.recorded for line in lines) == 24
    assert sum(line.duplicates for line in lines) == 8
    with reading(intake.engine) as session:
        for waybill_no in ("W0", "W1", "W2"):
            assert parcel_of(session, waybill_no) == fold(events_of(session, waybill_no))[0]
