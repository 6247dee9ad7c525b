"""The outbox: on disk before the beep, once, in order, counted without a gap."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from scanners.outbox import EventIdTaken, Lane, OpenBatch, Outbox, Put, Waiting
from tests.intake.devices import NOW, fresh_id
from tests.scanners.counter import GUN, events_in, line_for, pack, pack_all, settle, waybills_of
from tests.wire.test_sealing import build_record
from tracker.wire.details import AcceptedDetails, DepartedDetails, Goods
from tracker.wire.errors import EventRejected
from tracker.wire.event import Correction, ScanEvent, decode_event
from tracker.wire.event_ids import time_of
from tracker.wire.identity_record import Masked, decode_record
from tracker.wire.message import MAX_EVENTS, MAX_PAYLOAD_BYTES
from tracker.wire.receipt import Refusal
from tracker.wire.topics import Channel, Post

OTHER = Post("EVENWAY", "SH-01", "GUN-2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    """An empty outbox."""
    one = Outbox(path)
    yield one
    one.close()


def queued(outbox: Outbox, post: Post = GUN.post) -> list[str | None]:
    return waybills_of(body for _, body in outbox.next_items(Lane(post)))


def seqs(outbox: Outbox, post: Post = GUN.post) -> list[int]:
    return [decode_event(body).scan.seq for _, body in outbox.next_items(Lane(post))]


KILLED = """
import os, signal, sys
from pathlib import Path
from scanners.outbox import Outbox
from tests.scanners.counter import GUN
Outbox(Path(sys.argv[1])).put(GUN.post, GUN.scan("W-BEEPED"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_put_has_taken_survives_a_kill_at_that_moment(path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, path], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    outbox = Outbox(path)
    assert queued(outbox) == ["W-BEEPED"]
    outbox.close()


def test_every_commit_is_synced_to_the_disk(outbox: Outbox) -> None:
    """What a kill cannot show, a power cut would: FULL is 2."""
    assert outbox._database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert outbox._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_event_is_kept_as_it_is_but_for_its_counter(outbox: Outbox) -> None:
    scan = GUN.scan("W1", "departed", operator="C1", seq=0)
    outbox.put(GUN.post, scan)
    ((_, body),) = outbox.next_items(Lane(GUN.post))
    assert decode_event(body).scan == msgspec.structs.replace(scan, seq=1)


def test_putting_the_same_event_again_keeps_it_once(outbox: Outbox) -> None:
    scan = GUN.scan("W1")
    assert outbox.put(GUN.post, scan)
    assert not outbox.put(GUN.post, scan)
    assert outbox.put_many([(GUN.post, scan), (GUN.post, GUN.scan("W2"))]) == [Put.KNOWN, Put.NEW]
    assert queued(outbox) == ["W1", "W2"]


def test_an_event_is_known_on_its_way_when_receipted_and_when_refused(outbox: Outbox) -> None:
    sent, receipted, refused = (GUN.scan(no) for no in ("SENT", "RECEIPTED", "REFUSED"))
    for scan, told in ((receipted, {}), (refused, {"refused": Refusal("too_large", "why")})):
        outbox.put(GUN.post, scan)
        settle(outbox, line_for(pack(outbox)[1], **told))
    outbox.put(GUN.post, sent)
    pack(outbox)
    assert outbox.put_many([(GUN.post, scan) for scan in (sent, receipted, refused)]) == [Put.KNOWN] * 3
    assert queued(outbox) == []


def test_another_event_of_the_same_id_is_not_taken(outbox: Outbox) -> None:
    scan = GUN.scan("W1")
    outbox.put(GUN.post, scan)
    with pytest.raises(EventIdTaken, match=str(scan.event_id)):
        outbox.put(GUN.post, GUN.scan("W2", event_id=scan.event_id))
    assert queued(outbox) == ["W1"]


def test_the_same_event_of_another_station_is_another_event(outbox: Outbox) -> None:
    """Who speaks is part of the content: the tracker would reject it, so it is not passed over as known."""
    scan = GUN.scan("W1")
    beside = Post(GUN.post.carrier, GUN.post.station, "GUN-9")
    outbox.put(GUN.post, scan)
    assert outbox.put_many([(OTHER, scan), (beside, scan)]) == [Put.TAKEN, Put.KNOWN]


def test_counters_rise_without_a_gap_for_each_post(outbox: Outbox, path: Path) -> None:
    for number in range(3):
        outbox.put(GUN.post, GUN.scan(f"W{number}"))
        outbox.put(OTHER, GUN.scan(f"V{number}"))
    outbox.close()
    again = Outbox(path)
    again.put(GUN.post, GUN.scan("W3"))
    assert (seqs(again), seqs(again, OTHER)) == ([1, 2, 3, 4], [1, 2, 3])
    again.close()


def test_what_is_not_kept_uses_no_counter_value(outbox: Outbox) -> None:
    def broken() -> Iterator[tuple[Post, ScanEvent]]:
        yield GUN.post, GUN.scan("W2")
        raise RuntimeError("the file ends here")

    scan = GUN.scan("W1")
    outbox.put(GUN.post, scan)
    with pytest.raises(RuntimeError):
        outbox.put_many(broken())
    outbox.put_many([(GUN.post, scan), (GUN.post, GUN.scan("X", event_id=scan.event_id)), (GUN.post, GUN.scan("W3"))])
    assert queued(outbox) == ["W1", "W3"]
    assert seqs(outbox) == [1, 2]


def test_threads_that_put_at_once_share_one_counter(outbox: Outbox) -> None:
    scans = [[GUN.scan(f"W{thread}-{number}") for number in range(15)] for thread in range(4)]
    threads = [Thread(target=lambda mine=mine: [outbox.put(GUN.post, scan) for scan in mine]) for mine in scans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seqs(outbox) == list(range(1, 61))


def test_first_in_is_first_out_and_whoever_waits_longest_comes_first(outbox: Outbox) -> None:
    outbox.put(OTHER, GUN.scan("V1"))
    for number in range(4):
        outbox.put(GUN.post, GUN.scan(f"W{number}"))
    assert queued(outbox) == ["W0", "W1", "W2", "W3"]
    assert outbox.lanes_with_queued() == [Lane(OTHER), Lane(GUN.post)]
    pack(outbox, OTHER)
    outbox.put(OTHER, GUN.scan("V2"))
    assert outbox.lanes_with_queued() == [Lane(GUN.post), Lane(OTHER)]


def test_a_batch_holds_500_events_at_most(outbox: Outbox) -> None:
    outbox.put_many((GUN.post, GUN.scan(f"W{number}")) for number in range(MAX_EVENTS + 1))
    first, second = pack_all(outbox)
    assert (len(events_in(first)), len(events_in(second))) == (500, 1)
    assert waybills_of(events_in(first) + events_in(second)) == [f"W{number}" for number in range(MAX_EVENTS + 1)]


def goods(number: int) -> AcceptedDetails:
    return AcceptedDetails(goods=[Goods(gtin="06901234567892", lot="L" * 20, serial="S" * 20)] * number)


@pytest.mark.parametrize("items", [22, 180], ids=["500_of_2_KiB", "64_of_16_KiB"])
def test_large_events_are_split_by_their_bytes(outbox: Outbox, items: int) -> None:
    """A payload of more than 1 MiB would be refused whole; each event costs its digest in the head too."""
    outbox.put_many((GUN.post, GUN.scan(f"W{number}", "accepted", details=goods(items))) for number in range(600))
    payloads = pack_all(outbox)
    bodies = [body for payload in payloads for body in events_in(payload)]
    largest = max(map(len, bodies))
    assert len(events_in(payloads[0])) < MAX_EVENTS
    assert waybills_of(bodies) == [f"W{number}" for number in range(600)]
    assert all(len(payload) <= MAX_PAYLOAD_BYTES for payload in payloads)
    assert all(len(payload) > MAX_PAYLOAD_BYTES - 2 * largest for payload in payloads[:-1])


def test_a_signed_payload_is_kept_before_it_is_sent_and_survives_a_restart(outbox: Outbox, path: Path) -> None:
    outbox.put(GUN.post, GUN.scan("W1"))
    batch, payload = pack(outbox)
    outbox.count_attempt(batch.batch_id)
    outbox.put(GUN.post, GUN.scan("W2"))
    later, _ = pack(outbox)
    outbox.close()
    again = Outbox(path)
    assert queued(again) == []
    assert again.open_batches() == [OpenBatch(batch.batch_id, Lane(GUN.post), 1), later]
    assert again.payload_of(batch.batch_id) == payload
    assert again.payload_of(fresh_id(NOW)) is None
    assert again.waiting() == 2
    again.close()


def test_an_outbox_knows_itself_for_ever(outbox: Outbox, path: Path, tmp_path: Path) -> None:
    assert outbox.install_id("first") == "first"
    assert outbox.install_id("second") == "first"
    outbox.close()
    again, other = Outbox(path), Outbox(tmp_path / "other.db")
    assert (again.install_id("third"), other.install_id("third")) == ("first", "third")
    again.close()
    other.close()


FULL_DISK = """
import resource, sys
from pathlib import Path
from scanners.outbox import Outbox, OutboxError, Put
from tests.scanners.counter import GUN
path = Path(sys.argv[1])
outbox = Outbox(path)
first = GUN.scan("W1")
outbox.put(GUN.post, first)
room = max(file.stat().st_size for file in path.parent.iterdir()) + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
many = [(GUN.post, GUN.scan(f"V{number}")) for number in range(2_000)]
for attempt in (lambda: outbox.put_many(many), lambda: [outbox.put(GUN.post, scan) for _, scan in many]):
    try:
        attempt()
    except OutboxError as error:
        assert "free some disk" in str(error), error
    else:
        raise AssertionError("the disk took it all")
    kept = outbox.waiting()
    print(kept, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
fates = outbox.put_many([(GUN.post, first), *many])
assert fates.count(Put.KNOWN) == kept, fates.count(Put.KNOWN)
print(outbox.waiting())
"""


def test_a_full_disk_is_said_and_only_what_was_said_to_be_kept_is_kept(path: Path) -> None:
    """A limit on the file's size stands for the full disk."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    after_many, after_single, in_the_end = map(int, done.stdout.split())
    assert after_many == 1
    assert 1 < after_single < 2_000
    assert in_the_end == 2_001
    outbox = Outbox(path)
    assert seqs(outbox) == list(range(1, 501))
    outbox.close()


def test_the_folder_of_an_outbox_is_its_owners(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "made" / "outbox.db")
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0
    outbox.close()


def test_the_same_scan_told_in_another_offset_or_spelling_is_known(outbox: Outbox) -> None:
    """The same rule as the tracker's, so that what is known there is known here."""
    scan = GUN.scan("W1", "departed", details=DepartedDetails(vehicle="T1"))
    outbox.put(GUN.post, scan)
    elsewhere = scan.event_time.astimezone(timezone(timedelta(hours=9)))
    spelled = msgspec.structs.replace(scan, event_time=elsewhere, details=msgspec.Raw(b'{ "vehicle": "\\u00541" }'))
    assert outbox.put_many([(GUN.post, spelled)]) == [Put.KNOWN]
    other = msgspec.structs.replace(scan, details=msgspec.Raw(b'{"vehicle":"T2"}'))
    assert outbox.put_many([(GUN.post, other)]) == [Put.TAKEN]


def test_a_scan_and_its_identity_records_are_kept_together_with_counters_of_their_own(outbox: Outbox) -> None:
    scan, record = GUN.scan("W1"), build_record()
    assert outbox.put(GUN.post, scan, [record, build_record()])
    assert outbox.put(GUN.post, GUN.scan("W2"))
    records = Lane(GUN.post, Channel.IDENTITIES)
    assert outbox.lanes_with_queued() == [Lane(GUN.post), records]
    assert seqs(outbox) == [1, 2]
    assert [decode_record(body).record.seq for _, body in outbox.next_items(records)] == [1, 2]
    assert outbox.waiting() == 4
    assert not outbox.put(GUN.post, scan, [record])
    assert outbox.waiting() == 4


def test_a_record_that_no_tracker_takes_keeps_its_scan_out_too(outbox: Outbox) -> None:
    with pytest.raises(EventRejected, match="not masked"):
        outbox.put(GUN.post, GUN.scan("W1"), [build_record(Masked(name="张三"))])
    assert outbox.waiting() == 0
    assert outbox.put(GUN.post, GUN.scan("W1"))
    assert seqs(outbox) == [1]


def test_the_oldest_that_waits_may_be_a_record(outbox: Outbox) -> None:
    record = build_record()
    outbox.put(GUN.post, GUN.scan("W1"), [record])
    _, payload = pack(outbox)
    settle(outbox, line_for(payload))
    assert outbox.waiting_scans() == Waiting(1, time_of(record.record_id))


def test_the_scans_of_one_parcel_are_found_among_others_with_their_corrections(outbox: Outbox) -> None:
    accepted, other = GUN.scan("W1", "accepted"), GUN.scan("W11", "accepted")
    undone = GUN.scan("W1", "accepted", corrects=Correction(event_id=accepted.event_id, reason="did_not_occur"))
    for scan in (accepted, other, undone):
        outbox.put(GUN.post, scan)
    since = NOW - timedelta(days=7)
    assert [each.scan.event_id for each in outbox.scans_since(GUN.post, since, waybill_no="W1")] == [
        accepted.event_id, undone.event_id,
    ]  # fmt: skip
    assert len(outbox.scans_since(GUN.post, since)) == 3
    assert outbox.scans_since(GUN.post, since, waybill_no="W") == []
