"""Receipts in the outbox: what they settle, what they move aside, and how a restored store gets its events back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scanners.outbox import HELD, Lane, Outbox, Put, Settled
from tests.intake.devices import NOW, fresh_id
from tests.scanners.counter import GUN, STORE, line_for, pack, pack_all, settle, waybills_of
from tracker.wire.errors import RefusalCode
from tracker.wire.event import decode_event
from tracker.wire.message import open_batch
from tracker.wire.receipt import Refusal, Rejection, StoreState
from tracker.wire.signature import digest_of
from tracker.wire.topics import Post

SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """An outbox that holds W0, W1 and W2."""
    one = Outbox(tmp_path / "outbox.db")
    one.put_many((GUN.post, GUN.scan(f"W{number}")) for number in range(3))
    yield one
    one.close()


def queued(outbox: Outbox) -> list[str | None]:
    return waybills_of(body for _, body in outbox.next_items(Lane(GUN.post)))


def refused(outbox: Outbox) -> list[tuple[str | None, str]]:
    return [(waybills_of([event.body])[0], event.code) for event in outbox.find_refused()]


def test_a_receipt_settles_its_batch(outbox: Outbox) -> None:
    batch, payload = pack(outbox)
    assert settle(outbox, line_for(payload, recorded=2, duplicates=1)) == [Settled(batch.batch_id, 2, 1, 0)]
    assert (outbox.waiting(), outbox.open_batches(), queued(outbox)) == (0, [], [])
    assert outbox.payload_of(batch.batch_id) is None


def test_one_receipt_settles_many_batches(outbox: Outbox) -> None:
    payloads = [pack(outbox)[1]]
    outbox.put(GUN.post, GUN.scan("W3"))
    payloads.append(pack(outbox)[1])
    assert len(settle(outbox, *(line_for(payload) for payload in payloads))) == 2
    assert outbox.waiting() == 0


def test_the_same_receipt_again_changes_nothing(outbox: Outbox) -> None:
    _, payload = pack(outbox)
    settle(outbox, line_for(payload))
    assert settle(outbox, line_for(payload)) == []


def test_a_receipt_for_something_else_changes_nothing(outbox: Outbox) -> None:
    batch, payload = pack(outbox)
    others = [
        line_for(payload, batch_id=str(fresh_id(NOW))),
        line_for(payload, payload_sha256=digest_of(b"other bytes")),
        line_for(payload, batch_id=None, payload_sha256=digest_of(b"other bytes")),
        line_for(
            payload, batch_id=None, payload_sha256=digest_of(b"other bytes"), refused=Refusal("unreadable", "why")
        ),
    ]
    assert settle(outbox, *others) == []
    assert (outbox.waiting(), outbox.payload_of(batch.batch_id), refused(outbox)) == (3, payload, [])


def test_a_refused_batch_goes_aside_with_its_reason_and_is_not_sent_again(outbox: Outbox) -> None:
    batch, payload = pack(outbox)
    line = line_for(payload, last=None, recorded=0, refused=Refusal("digests_mismatch", "not those that were signed"))
    assert settle(outbox, line) == [Settled(batch.batch_id, 0, 0, 3)]
    assert refused(outbox) == [(f"W{number}", "digests_mismatch") for number in range(3)]
    assert (outbox.waiting(), queued(outbox), outbox.open_batches()) == (0, [], [])
    assert {event.reason for event in outbox.find_refused()} == {"not those that were signed"}


@pytest.mark.parametrize("code", sorted(HELD))
def test_a_batch_refused_for_what_may_be_mended_stays_as_it_is(outbox: Outbox, code: str) -> None:
    """An unknown or revoked key, or a tracker that is older than this station: the scans are good."""
    batch, payload = pack(outbox)
    line = line_for(payload, last=None, recorded=0, refused=Refusal(code, "why"))
    assert settle(outbox, line) == []
    assert (outbox.waiting(), outbox.payload_of(batch.batch_id), refused(outbox)) == (3, payload, [])
    assert settle(outbox, line_for(payload)) == [Settled(batch.batch_id, 3, 0, 0)]


def test_only_what_a_new_key_or_a_new_tracker_mends_is_held() -> None:
    assert {RefusalCode.KEY_UNKNOWN, RefusalCode.KEY_REVOKED, RefusalCode.VERSION_UNKNOWN} == HELD


def test_what_another_key_signed_is_queued_again_in_its_old_place(outbox: Outbox) -> None:
    _, old = pack(outbox, kid="old")
    outbox.put(GUN.post, GUN.scan("W3"))
    kept, _ = pack(outbox, kid="new")
    outbox.put(GUN.post, GUN.scan("W4"))
    assert outbox.dissolve_batches(but_of="new") == 1
    assert queued(outbox) == ["W0", "W1", "W2", "W4"]
    assert [batch.batch_id for batch in outbox.open_batches()] == [kept.batch_id]
    assert settle(outbox, line_for(old)) == []
    assert outbox.dissolve_batches(but_of="new") == 0
    assert outbox.waiting() == 5


def test_a_refusal_that_names_only_the_bytes_finds_its_batch(outbox: Outbox) -> None:
    batch, payload = pack(outbox)
    line = line_for(payload, batch_id=None, last=None, recorded=0, refused=Refusal("unreadable", "why"))
    assert settle(outbox, line) == [Settled(batch.batch_id, 0, 0, 3)]


def test_a_rejected_event_goes_aside_alone(outbox: Outbox) -> None:
    batch, payload = pack(outbox)
    bad = open_batch(payload).items[1]
    rejection = Rejection(str(decode_event(bad).scan.event_id), "time_naive", "needs an offset")
    line = line_for(payload, last=2, recorded=2, rejected=[rejection])
    assert settle(outbox, line) == [Settled(batch.batch_id, 2, 0, 1)]
    (one,) = outbox.find_refused()
    assert (one.body, one.lane, one.code, one.reason) == (bad, Lane(GUN.post), "time_naive", "needs an offset")
    assert outbox.refusal_of(one.event_id) == one
    assert outbox.refusal_of(fresh_id(NOW)) is None
    assert outbox.waiting() == 0


def test_a_rejection_of_an_event_that_is_not_in_the_batch_moves_nothing(outbox: Outbox) -> None:
    _, payload = pack(outbox)
    strangers = [Rejection(str(fresh_id(NOW)), "time_naive", "why"), Rejection(None, "event_unreadable", "why")]
    settle(outbox, line_for(payload, rejected=strangers))
    assert refused(outbox) == []
    assert outbox.waiting() == 0


def test_what_was_refused_comes_in_the_order_of_the_refusals(outbox: Outbox) -> None:
    _, first = pack(outbox)
    outbox.put(GUN.post, GUN.scan("W3"))
    _, second = pack(outbox)
    no = Refusal("signature_invalid", "why")
    settle(outbox, line_for(second, refused=no), at=NOW)
    settle(outbox, line_for(first, refused=no), at=NOW + SECOND)
    assert [waybill_no for waybill_no, _ in refused(outbox)] == ["W3", "W0", "W1", "W2"]


def receipt_at(outbox: Outbox, *positions: int) -> None:
    """Receipt W0, W1 and W2 in batches of their own, where they stand in the log."""
    payloads = [pack(outbox, most=1)[1] for _ in positions]
    for payload, position in zip(payloads, positions, strict=True):
        settle(outbox, line_for(payload, last=position))


def test_receipted_events_are_kept_seven_days_and_then_gone(outbox: Outbox) -> None:
    _, payload = pack(outbox)
    settle(outbox, line_for(payload), at=NOW)
    outbox.put(GUN.post, GUN.scan("LATER"))
    settle(outbox, line_for(pack(outbox)[1], last=9), at=NOW + WEEK)
    assert outbox.take_store_state(StoreState(STORE, 2, 0)) == 4
    settle(outbox, *(line_for(payload) for payload in pack_all(outbox)), at=NOW + WEEK)
    settle(outbox, at=NOW + 2 * WEEK)
    assert outbox.take_store_state(StoreState(STORE, 3, 0)) == 4
    settle(outbox, *(line_for(payload) for payload in pack_all(outbox)), at=NOW + WEEK)
    settle(outbox, at=NOW + 2 * WEEK + SECOND)
    assert outbox.take_store_state(StoreState(STORE, 4, 0)) == 0


def test_nothing_without_a_receipt_ever_grows_too_old(outbox: Outbox) -> None:
    pack(outbox)
    outbox.put(GUN.post, GUN.scan("W3"))
    settle(outbox, at=NOW + 100 * WEEK)
    assert outbox.waiting() == 4


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (StoreState(STORE, 1, 30), []),
        (StoreState(STORE, 1, 99), []),
        (StoreState(STORE, 1, 20), ["W2"]),
        (StoreState(STORE, 1, 19), ["W1", "W2"]),
        (StoreState(STORE, 1, 0), ["W0", "W1", "W2"]),
        (StoreState(STORE, 2, 99), ["W0", "W1", "W2"]),
        (StoreState("another store", 1, 99), ["W0", "W1", "W2"]),
    ],
    ids=["same", "further", "older", "older_still", "empty", "new_epoch", "other_store"],
)
def test_what_the_store_may_have_lost_is_queued_again(outbox: Outbox, state: StoreState, again: list[str]) -> None:
    receipt_at(outbox, 10, 20, 30)
    assert outbox.take_store_state(state) == len(again)
    assert queued(outbox) == again
    assert outbox.waiting() == len(again)


def test_what_is_queued_again_is_the_same_bytes_and_comes_before_what_is_new(outbox: Outbox) -> None:
    bodies = [body for _, body in outbox.next_items(Lane(GUN.post))]
    settle(outbox, line_for(pack(outbox)[1], last=30))
    outbox.put(GUN.post, GUN.scan("NEW"))
    outbox.take_store_state(StoreState(STORE, 2, 0))
    assert [body for _, body in outbox.next_items(Lane(GUN.post))][:3] == bodies
    assert queued(outbox)[3:] == ["NEW"]


def test_a_stores_state_leaves_what_is_on_its_way_and_what_was_refused_alone(outbox: Outbox) -> None:
    _, payload = pack(outbox)
    settle(outbox, line_for(payload, last=None, recorded=0, refused=Refusal("signature_invalid", "why")))
    outbox.put(GUN.post, GUN.scan("W3"))
    batch, _ = pack(outbox)
    assert outbox.take_store_state(StoreState("another store", 7, 0)) == 0
    assert [open_one.batch_id for open_one in outbox.open_batches()] == [batch.batch_id]
    assert len(outbox.find_refused()) == 3


def test_posts_have_their_own_batches_and_one_receipt_store(outbox: Outbox) -> None:
    other = Post("EVENWAY", "SH-01", "GUN-2")
    outbox.put(other, GUN.scan("V1"))
    _, mine = pack(outbox)
    _, theirs = pack(outbox, other)
    settle(outbox, line_for(theirs))
    assert outbox.waiting() == 3
    settle(outbox, line_for(mine))
    assert outbox.waiting() == 0


def again(outbox: Outbox, run: int, *numbers: int) -> list[Put]:
    """A replay puts some of three known events again."""
    return outbox.put_many(((GUN.post, SCANS[number]) for number in numbers), run=run)


SCANS = [GUN.scan(f"R{number}") for number in range(3)]


def test_a_replays_run_sends_again_what_it_finds_and_a_counter_does_not(outbox: Outbox) -> None:
    first, second = outbox.begin_run(), outbox.begin_run()
    assert 0 < first < second
    settle(outbox, line_for(pack(outbox)[1]))
    again(outbox, first, 0, 1, 2)
    assert outbox.waiting(run=first) == 3
    settle(outbox, line_for(pack(outbox)[1]))
    assert again(outbox, second, 0, 2) == [Put.KNOWN, Put.KNOWN]
    assert (outbox.waiting(run=first), outbox.waiting(run=second), outbox.waiting()) == (0, 2, 2)
    assert not outbox.put(GUN.post, SCANS[1])
    assert outbox.waiting() == 2


def test_a_batch_holds_the_events_of_one_run_and_its_receipt_says_which(outbox: Outbox) -> None:
    run = outbox.begin_run()
    again(outbox, run, 0, 1, 2)
    batches = [pack(outbox), pack(outbox)]
    assert queued(outbox) == []
    settled = settle(outbox, *(line_for(payload) for _, payload in batches))
    assert [(one.run, one.recorded) for one in settled] == [(0, 3), (run, 3)]


def test_an_event_on_its_way_for_one_run_is_waited_for_by_the_next(outbox: Outbox) -> None:
    first, second = outbox.begin_run(), outbox.begin_run()
    settle(outbox, line_for(pack(outbox)[1]))
    again(outbox, first, 0, 1)
    _, payload = pack(outbox)
    again(outbox, second, 0)
    assert (outbox.waiting(run=first), outbox.waiting(run=second)) == (1, 1)
    assert queued(outbox) == []
    settle(outbox, line_for(payload))
    assert outbox.waiting() == 0
