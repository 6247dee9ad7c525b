"""The outbox's law: whatever is lost on the way, every scan that beeped is recorded once or named as refused."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from scanners.outbox import Lane, Outbox
from tests.scanners.counter import GUN, FakeTracker, pack
from tracker.wire.event import ScanEvent
from tracker.wire.receipt import Receipt

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # nobody pulls the plug here, so nothing need be synced


class Journey(RuleBasedStateMachine):
    """A station, a tracker, and between them a network that loses, repeats and delays."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self.outbox = Outbox(self.folder / "outbox.db")
        self.tracker = FakeTracker(refuse=lambda waybill_no: "time_in_future" if waybill_no.startswith("BAD") else None)
        self.beeped: list[ScanEvent] = []
        self.on_the_way: list[bytes] = []
        self.receipts: list[Receipt] = []

    def teardown(self) -> None:
        self.deliver_everything()
        assert self.outbox.waiting() == 0
        good = {str(scan.event_id) for scan in self.beeped if not (scan.waybill_no or "").startswith("BAD")}
        assert self.tracker.positions.keys() == good
        assert len(set(self.tracker.positions.values())) == len(good)
        bad = {str(scan.event_id) for scan in self.beeped} - good
        assert {str(event.event_id) for event in self.outbox.find_refused()} == bad
        self.outbox.close()
        shutil.rmtree(self.folder)

    def deliver_everything(self) -> None:
        """The network is well again, and the outbox sends what it holds."""
        self.tracker.refuse_batch = None
        for _ in range(3):
            self.outbox.take_store_state(self.tracker.state())
            while self.outbox.next_items(Lane(GUN.post)):
                pack(self.outbox)
            for batch in self.outbox.open_batches():
                payload = self.outbox.payload_of(batch.batch_id)
                assert payload is not None
                self.outbox.take_receipt(self.tracker.take(payload))

    @rule(waybill_no=st.sampled_from(["W1", "W2", "BAD1"]), number=st.integers(1, 3))
    def scan(self, waybill_no: str, number: int) -> None:
        scans = [GUN.scan(waybill_no) for _ in range(number)]
        self.outbox.put_many((GUN.post, scan) for scan in scans)
        self.beeped += scans

    @precondition(lambda self: self.beeped)
    @rule(data=st.data())
    def scan_again(self, data: st.DataObject) -> None:
        self.outbox.put(GUN.post, data.draw(st.sampled_from(self.beeped)))

    @precondition(lambda self: self.beeped)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        self.outbox.put_many([(GUN.post, data.draw(st.sampled_from(self.beeped)))], run=self.outbox.begin_run())

    @rule(code=st.sampled_from([None, "key_unknown", "key_revoked"]))
    def take_the_key_or_not(self, code: str | None) -> None:
        self.tracker.refuse_batch = code

    @rule()
    def enrol_anew(self) -> None:
        self.outbox.dissolve_batches(but_of="another key")

    @precondition(lambda self: self.outbox.next_items(Lane(GUN.post)))
    @rule()
    def send(self) -> None:
        self.on_the_way.append(pack(self.outbox)[1])

    @precondition(lambda self: self.outbox.open_batches())
    @rule()
    def send_again(self) -> None:
        payload = self.outbox.payload_of(self.outbox.open_batches()[0].batch_id)
        assert payload is not None
        self.on_the_way.append(payload)

    @precondition(lambda self: self.on_the_way)
    @rule(data=st.data(), lost=st.booleans())
    def arrive(self, data: st.DataObject, lost: bool) -> None:
        payload = data.draw(st.sampled_from(self.on_the_way))
        self.on_the_way.remove(payload)
        if not lost:
            self.receipts.append(self.tracker.take(payload))

    @precondition(lambda self: self.receipts)
    @rule(data=st.data(), lost=st.booleans())
    def answer(self, data: st.DataObject, lost: bool) -> None:
        receipt = data.draw(st.sampled_from(self.receipts))
        self.receipts.remove(receipt)
        if not lost:
            self.outbox.take_receipt(receipt)

    @rule()
    def hear_the_store(self) -> None:
        self.outbox.take_store_state(self.tracker.state())

    @rule(lost=st.integers(0, 3), grown=st.integers(0, 5))
    def restore_a_backup(self, lost: int, grown: int) -> None:
        self.tracker.restore(max(0, self.tracker.position - lost))
        self.tracker.take_from_others(grown)

    @rule()
    def restart(self) -> None:
        self.outbox.close()
        self.outbox = Outbox(self.folder / "outbox.db")

    @invariant()
    def nothing_waits_that_never_beeped(self) -> None:
        assert self.outbox.waiting() <= len(self.beeped)


TestNothingIsLost = Journey.TestCase
TestNothingIsLost.settings = settings(
    max_examples=100, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)
