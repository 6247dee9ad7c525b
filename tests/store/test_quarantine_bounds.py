"""The quarantine's bounds: the oldest of the fullest goes first, nothing of anybody else's, and nothing untallied."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from tests.intake.devices import Device, Intake
from tracker.intake.delivery import Delivery
from tracker.store.database import reading, transaction
from tracker.store.quarantine import Kept, save_quarantined
from tracker.store.quarantine_bounds import SPARE, QuarantineLimits, Use, fullness, use_of
from tracker.store.tables.quarantine import QuarantineRow
from tracker.store.tally import tallies
from tracker.wire.topics import GATEWAY_DEVICE, Post

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FLOODER, QUIET = Post("BLUEBIRD", "HZ-01", "GUN-1"), Post("EVENWAY", "SH-01", "GUN-1")
WIDE = QuarantineLimits(device_rows=1_000, device_bytes=10**9, rows=10_000, bytes=10**9)


def keep(engine: Engine, limits: QuarantineLimits, post: Post, *bodies: bytes) -> None:
    kept = [Kept(each, "unreadable", "why", post) for each in bodies]
    with transaction(engine) as session:
        save_quarantined(session, kept, seen_at=NOW, limits=limits)


def held(engine: Engine, post: Post) -> list[bytes | None]:
    """A device's bodies, the oldest first; None where a row has lost its own."""
    with reading(engine) as session:
        statement = select(QuarantineRow).where(QuarantineRow.station == post.station).order_by("id")
        return [row.body for row in session.exec(statement)]


def counts(engine: Engine) -> dict[tuple[str, str], int]:
    with reading(engine) as session:
        return tallies(session)


def used(engine: Engine, holder: str = "") -> Use:
    with reading(engine) as session:
        return use_of(session, holder)


def bodies(first: int, count: int, size: int = 4) -> list[bytes]:
    return [number.to_bytes(size, "big") for number in range(first, first + count)]


def test_of_a_device_above_its_rows_the_oldest_go_and_are_tallied(engine: Engine) -> None:
    limits = QuarantineLimits(device_rows=5, device_bytes=10**9, rows=100, bytes=10**9)
    keep(engine, limits, QUIET, b"quiet")
    for start in range(0, 12, 3):
        keep(engine, limits, FLOODER, *bodies(start, 3))
    assert held(engine, FLOODER) == bodies(7, 5)
    assert held(engine, QUIET) == [b"quiet"]
    assert counts(engine) == {("quarantine_row_removed", "unreadable"): 7}
    assert (used(engine, FLOODER.username), used(engine)) == (Use(5, 20), Use(6, 25))


def test_of_a_device_above_its_bytes_the_oldest_bodies_go_and_their_rows_stay(engine: Engine) -> None:
    limits = QuarantineLimits(device_rows=100, device_bytes=10, rows=100, bytes=10**9)
    keep(engine, limits, QUIET, b"quiet")
    for start in range(5):
        keep(engine, limits, FLOODER, *bodies(start, 1))
    assert held(engine, FLOODER) == [None, None, None, *bodies(3, 2)]
    assert held(engine, QUIET) == [b"quiet"]
    assert counts(engine) == {("quarantine_body_dropped", "unreadable"): 3}
    assert (used(engine, FLOODER.username), used(engine)) == (Use(5, 8), Use(6, 13))


def test_what_has_lost_its_body_is_still_recognised(engine: Engine) -> None:
    limits = QuarantineLimits(device_rows=100, device_bytes=4, rows=100, bytes=10**9)
    keep(engine, limits, FLOODER, b"0001")
    keep(engine, limits, FLOODER, b"0002")
    keep(engine, limits, FLOODER, b"0001")
    with reading(engine) as session:
        rows = session.exec(select(QuarantineRow).order_by("id")).all()
    assert [(row.times_seen, row.body, row.size) for row in rows] == [(2, None, 4), (1, b"0002", 4)]


def test_what_comes_again_while_room_is_made_is_still_there_when_it_is_answered(engine: Engine) -> None:
    limits = QuarantineLimits(device_rows=3, device_bytes=10**9, rows=100, bytes=10**9)
    keep(engine, limits, FLOODER, *bodies(0, 3))
    later = [Kept(each, "unreadable", "why", FLOODER) for each in (*bodies(0, 1), *bodies(3, 2))]
    with transaction(engine) as session:
        save_quarantined(session, later, seen_at=NOW + timedelta(seconds=1), limits=limits)
    assert held(engine, FLOODER) == [*bodies(0, 1), *bodies(3, 2)]


@pytest.mark.parametrize(
    "limits",
    [
        QuarantineLimits(device_rows=50, device_bytes=10**9, rows=40, bytes=10**9),
        QuarantineLimits(device_rows=50, device_bytes=10**9, rows=100, bytes=160),
    ],
    ids=["rows", "bytes"],
)
def test_where_all_is_full_the_fullest_gives_way_whoever_comes(engine: Engine, limits: QuarantineLimits) -> None:
    keep(engine, limits, QUIET, *bodies(0, 5))
    keep(engine, limits, FLOODER, *bodies(100, 35))
    keep(engine, limits, QUIET, *bodies(5, 10))
    assert held(engine, QUIET) == bodies(0, 15)
    flood = held(engine, FLOODER)
    assert [body for body in flood if body] == bodies(110, 25)
    total = used(engine)
    assert total.rows <= limits.rows
    assert total.bytes <= limits.bytes
    assert sum(counts(engine).values()) == 10


def test_many_small_holders_give_way_one_after_the_other(engine: Engine) -> None:
    limits = QuarantineLimits(device_rows=50, device_bytes=10**9, rows=10, bytes=10**9)
    for number in range(10):
        keep(engine, limits, Post("C", f"S{number}", "G"), b"%d" % number)
    keep(engine, limits, FLOODER, *bodies(0, 6))
    assert used(engine).rows <= limits.rows


def test_a_gateway_has_one_bound_for_all_stations_it_names(engine: Engine) -> None:
    limits = QuarantineLimits(device_rows=3, device_bytes=10**9, rows=100, bytes=10**9)
    for number in range(6):
        keep(engine, limits, Post("X", f"S{number}", GATEWAY_DEVICE), b"%d" % number)
    assert used(engine, GATEWAY_DEVICE) == Use(3, 3) == used(engine)


def test_the_same_bytes_of_two_devices_are_evidence_of_each(engine: Engine) -> None:
    for post in (FLOODER, QUIET, QUIET):
        keep(engine, WIDE, post, b"{")
    assert held(engine, FLOODER) == held(engine, QUIET) == [b"{"]


def test_a_commit_looks_at_a_bounded_number_of_rows_however_many_there_are(engine: Engine) -> None:
    keep(engine, WIDE, FLOODER, *bodies(0, 800))
    narrow = QuarantineLimits(device_rows=10, device_bytes=10**9, rows=10_000, bytes=10**9)
    keep(engine, narrow, FLOODER, b"one more")
    assert len(held(engine, FLOODER)) == 801 - (SPARE + 2)
    for _ in range(3):
        keep(engine, narrow, FLOODER, b"and more %d" % len(held(engine, FLOODER)))
    assert len(held(engine, FLOODER)) == 10


def test_fullness_is_the_fullest_of_the_four_bounds(engine: Engine) -> None:
    keep(engine, WIDE, FLOODER, *bodies(0, 8))
    for limits, share in (
        (QuarantineLimits(10, 1000, 1000, 1000), 0.8),
        (QuarantineLimits(1000, 64, 1000, 1000), 0.5),
        (QuarantineLimits(1000, 1000, 32, 1000), 0.25),
        (QuarantineLimits(1000, 1000, 1000, 320), 0.1),
    ):
        with reading(engine) as session:
            assert fullness(session, limits) == pytest.approx(share)


def test_an_empty_quarantine_is_not_full(engine: Engine) -> None:
    with reading(engine) as session:
        assert fullness(session, WIDE) == 0.0


def test_the_books_agree_with_the_rows_after_all_that(engine: Engine) -> None:
    limits = QuarantineLimits(device_rows=7, device_bytes=60, rows=15, bytes=100)
    posts = [FLOODER, QUIET, Post("X", "S1", GATEWAY_DEVICE), Post("X", "S2", GATEWAY_DEVICE)]
    for number in range(60):
        keep(engine, limits, posts[number * 7 % 4], *bodies(number, number % 3 + 1, size=4 + number % 13))
    with reading(engine) as session:
        rows = session.exec(select(QuarantineRow)).all()
    by_holder, total = Counter[str](), 0
    for row in rows:
        by_holder[row.holder] += 1
        total += len(row.body or b"")
    assert used(engine) == Use(len(rows), total)
    assert {holder: used(engine, holder).rows for holder in by_holder} == dict(by_holder)
    assert len(rows) <= 15
    assert total <= 100


def test_recording_keeps_within_the_bounds_it_is_given(engine: Engine) -> None:
    intake = Intake(engine)
    device = intake.enrol(Device())
    for number in range(8):
        intake.record(Delivery(device.post, b"%d" % number), limits=QuarantineLimits(device_rows=3))
    assert len(intake.rows("SELECT id FROM quarantine")) == 3
    assert ("quarantine_row_removed", "unreadable", 5) in intake.rows("SELECT outcome, code, count FROM tally")
