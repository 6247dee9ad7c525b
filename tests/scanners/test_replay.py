"""Replay: every row of a file is recorded, known, refused or unreadable, and says so by its line."""

from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import pytest

from scanners import replay as replay_module
from scanners.outbox import Outbox
from scanners.publisher import Sent
from scanners.replay import CHUNK, REPORTED_MOST, Replay, ReplayReport, ReplayStalled
from scanners.replay_file import ReplayRow, UnreadableRow
from tests.scanners.counter import GUN, FakeTracker, pack_all
from tracker.wire.event import ScanEvent
from tracker.wire.topics import GATEWAY_DEVICE, Post

POST = Post("BLUEBIRD", "HZ-01", GATEWAY_DEVICE)


class FakePublisher:
    """Sends what waits and takes the answer at once, as long as the tracker is there."""

    def __init__(self, outbox: Outbox, tracker: FakeTracker) -> None:
        self.outbox, self.tracker = outbox, tracker
        self.sent_by_run: dict[int, Sent] = {}
        self.settling = Lock()
        self.connected = True

    def wake(self) -> None:
        for lane in self.outbox.lanes_with_queued() if self.connected else []:
            for payload in pack_all(self.outbox, lane.post):
                for batch in self.outbox.take_receipt(self.tracker.take(payload)):
                    sent = self.sent_by_run.setdefault(batch.run, Sent())
                    sent.recorded += batch.recorded
                    sent.known += batch.known
                    sent.refused += batch.refused


class Gateway:
    """A gateway's outbox, which outlives its runs, and a tracker."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.tracker = FakeTracker()
        self.publisher = FakePublisher(outbox, self.tracker)
        self.progress: list[tuple[int, int]] = []

    def replay(self, *rows: ReplayRow | UnreadableRow, stalled_after: float = 0.1) -> ReplayReport:
        """One run over a file of these rows."""
        return self.build(stalled_after).run(iter(rows))

    def build(self, stalled_after: float = 0.1) -> Replay:
        return Replay(
            self.outbox,
            self.publisher,
            stalled_after=stalled_after,
            progress=lambda read, waiting: self.progress.append((read, waiting)),
        )


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    outbox = Outbox(tmp_path / "gateway.db")
    yield Gateway(outbox)
    outbox.close()


def row(line: int, waybill_no: str = "W", *, scan: ScanEvent | None = None, post: Post = POST) -> ReplayRow:
    return ReplayRow(line, post, scan or GUN.scan(f"{waybill_no}{line}"))


def unreadable(line: int) -> UnreadableRow:
    return UnreadableRow(line, "time_naive", "event_time needs an offset")


def counts(report: ReplayReport) -> tuple[int, int, int, int]:
    return (report.recorded, report.known, report.refused, report.unreadable)


def test_every_row_is_counted_once(gateway: Gateway) -> None:
    gateway.tracker.refuse = lambda waybill_no: "time_in_future" if waybill_no.startswith("BAD") else None
    report = gateway.replay(row(2), unreadable(3), row(4, "BAD"), row(5))
    assert counts(report) == (2, 0, 1, 1)
    assert (report.rows, report.complete) == (4, True)


def test_the_same_file_again_records_nothing(gateway: Gateway) -> None:
    rows = [row(number) for number in range(2, 9)]
    assert counts(gateway.replay(*rows)) == (7, 0, 0, 0)
    assert counts(gateway.replay(*rows)) == (0, 7, 0, 0)


def test_what_only_the_tracker_knows_is_known_too(gateway: Gateway, tmp_path: Path) -> None:
    rows = [row(2), row(3)]
    gateway.replay(*rows)
    elsewhere = Outbox(tmp_path / "elsewhere.db")
    other = Gateway(elsewhere)
    other.publisher.tracker = gateway.tracker
    assert counts(other.replay(*rows, row(4))) == (1, 2, 0, 0)
    elsewhere.close()


def test_the_same_row_twice_in_a_file_is_recorded_once(gateway: Gateway) -> None:
    scan = GUN.scan("W1")
    assert counts(gateway.replay(row(2, scan=scan), row(3, scan=scan))) == (1, 1, 0, 0)


def test_unreadable_rows_are_named_by_line_and_stop_nobody(gateway: Gateway) -> None:
    report = gateway.replay(unreadable(2), row(3), unreadable(4))
    assert [(one.line, one.code) for one in report.unreadable_rows] == [(2, "time_naive"), (4, "time_naive")]
    assert report.recorded == 1


def test_refused_rows_are_named_by_line_with_the_trackers_reason(gateway: Gateway) -> None:
    gateway.tracker.refuse = lambda waybill_no: "time_in_future" if waybill_no == "BAD3" else None
    report = gateway.replay(row(2), row(3, "BAD"))
    ((line, code, reason),) = [(one.line, one.code, one.reason) for one in report.refused_rows]
    assert (line, code, reason) == (3, "time_in_future", "why")


def test_a_refused_batch_names_every_row_of_it(gateway: Gateway) -> None:
    gateway.tracker.refuse_batch = "digests_mismatch"
    report = gateway.replay(row(2), row(3))
    assert counts(report) == (0, 0, 2, 0)
    assert sorted((one.line, one.code) for one in report.refused_rows) == [
        (2, "digests_mismatch"),
        (3, "digests_mismatch"),
    ]


def test_what_was_refused_before_is_said_again(gateway: Gateway) -> None:
    gateway.tracker.refuse = lambda _: "time_in_future"
    rows = [row(2), row(3)]
    gateway.replay(*rows)
    again = gateway.replay(*rows)
    assert counts(again) == (0, 0, 2, 0)
    assert [(one.line, one.code) for one in again.refused_rows] == [(2, "time_in_future"), (3, "time_in_future")]


def test_another_row_with_the_same_id_is_refused_before_it_is_sent(gateway: Gateway) -> None:
    scan = GUN.scan("W1")
    other = GUN.scan("W2", event_id=scan.event_id)
    report = gateway.replay(row(2, scan=scan), row(3, scan=other))
    assert counts(report) == (1, 0, 1, 0)
    assert [(one.line, one.code) for one in report.refused_rows] == [(3, "event_id_reused")]


def test_the_same_id_told_for_another_station_is_refused_and_not_passed_over(gateway: Gateway) -> None:
    scan = GUN.scan("W1")
    report = gateway.replay(row(2, scan=scan), row(3, scan=scan, post=Post("BLUEBIRD", "HZ-02", GATEWAY_DEVICE)))
    assert counts(report) == (1, 0, 1, 0)


def test_of_very_many_bad_rows_the_first_are_named_and_all_are_counted(gateway: Gateway) -> None:
    gateway.tracker.refuse = lambda _: "time_in_future"
    many = REPORTED_MOST + 5
    bad = [row(line) for line in range(2, many + 2)]
    report = gateway.replay(*(unreadable(line) for line in range(10_000, 10_000 + many)), *bad)
    assert counts(report) == (0, 0, many, many)
    assert (len(report.unreadable_rows), len(report.refused_rows)) == (REPORTED_MOST, REPORTED_MOST)


def test_what_an_earlier_run_left_is_sent_too_and_is_not_this_files(gateway: Gateway) -> None:
    gateway.publisher.connected = False
    with pytest.raises(ReplayStalled, match="2 events are kept"):
        gateway.replay(row(2), row(3))
    assert gateway.outbox.waiting() == 2
    gateway.publisher.connected = True
    assert counts(gateway.replay(row(9))) == (1, 0, 0, 0)
    assert (gateway.tracker.position, gateway.outbox.waiting()) == (3, 0)


def test_what_an_earlier_run_left_holds_this_run_up_no_longer_than_its_own(gateway: Gateway) -> None:
    gateway.publisher.connected = False
    with pytest.raises(ReplayStalled):
        gateway.replay(row(2))
    pack_all(gateway.outbox, POST)  # on its way; its receipt never comes
    gateway.publisher.connected = True
    assert counts(gateway.replay(row(9))) == (1, 0, 0, 0)
    assert gateway.outbox.waiting() == 1


def test_a_store_that_lost_what_was_receipted_gets_it_from_the_same_file_again(gateway: Gateway) -> None:
    rows = [row(number) for number in range(2, 6)]
    gateway.replay(*rows)
    gateway.tracker.restore(1)
    assert counts(gateway.replay(*rows)) == (3, 1, 0, 0)


def test_without_any_receipt_it_ends_and_keeps_everything(gateway: Gateway) -> None:
    gateway.publisher.connected = False
    replay = gateway.build(stalled_after=0.15)
    with pytest.raises(ReplayStalled):
        replay.run([row(2)])
    assert not replay.report.complete
    assert gateway.outbox.waiting() == 1


def test_a_file_is_read_in_pieces_and_sent_while_it_is_read(gateway: Gateway) -> None:
    rows = [row(line) for line in range(2, 2 * CHUNK + 12)]
    assert gateway.replay(*rows).recorded == len(rows)
    assert [read for read, _ in gateway.progress] == [CHUNK, 2 * CHUNK, len(rows)]


def test_an_empty_file_is_complete(gateway: Gateway) -> None:
    report = gateway.replay()
    assert (counts(report), report.complete) == ((0, 0, 0, 0), True)


def test_receipts_that_still_come_keep_it_waiting(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stalled means no receipt at all for so long, not a slow tracker."""
    gateway.publisher.connected = False
    clock, answers = [0.0], iter([3, 2, 1, 0])
    left = [4]

    def tick(_seconds: float) -> None:
        clock[0] += 80
        left[0] = next(answers)

    monkeypatch.setattr(replay_module.time, "sleep", tick)
    monkeypatch.setattr(replay_module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(gateway.outbox, "waiting", lambda run: left[0])
    assert gateway.build(stalled_after=100).run([]).complete
    assert clock[0] == 320
