"""The quarantine and the tallies: what was refused is kept once, counted always, and listed without its body."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy.engine import Engine
from sqlmodel import select

from tracker.store.database import reading, transaction
from tracker.store.quarantine import (
    KEPT_OF_THE_TOO_LARGE,
    Kept,
    Quarantined,
    count_quarantined,
    find_quarantined,
    save_quarantined,
)
from tracker.store.tables.quarantine import QuarantineRow
from tracker.store.tally import add_tallies, tallies
from tracker.wire.message import MAX_PAYLOAD_BYTES
from tracker.wire.topics import Post

NOW = datetime(2026, 7, 1, tzinfo=UTC)
POST = Post("BLUEBIRD", "HZ-01", "GUN-1")


def keep(engine: Engine, body: bytes, code: str = "unreadable", *, minutes: int = 0, post: Post = POST) -> None:
    with transaction(engine) as session:
        save_quarantined(session, [Kept(body, code, "why", post)], seen_at=NOW + timedelta(minutes=minutes))


def found(engine: Engine, code: str | None = None, before: int | None = None, limit: int = 100) -> list[Quarantined]:
    with reading(engine) as session:
        return find_quarantined(session, code=code, before=before, limit=limit)


def test_the_same_again_is_counted_and_not_kept_twice(engine: Engine) -> None:
    for minute in range(3):
        keep(engine, b"{", minutes=minute)
    (one,) = found(engine)
    assert (one.times_seen, one.first_seen, one.last_seen) == (3, NOW, NOW + timedelta(minutes=2))
    assert (one.size, one.sha256, one.code, one.reason) == (1, sha256(b"{").hexdigest(), "unreadable", "why")
    assert (one.carrier, one.station, one.device) == ("BLUEBIRD", "HZ-01", "GUN-1")


def test_the_same_twice_in_one_transaction_is_kept_once(engine: Engine) -> None:
    with transaction(engine) as session:
        for _ in range(2):
            save_quarantined(session, [Kept(b"{", "unreadable", "why", POST)], seen_at=NOW)
    assert [one.times_seen for one in found(engine)] == [2]


def test_many_are_kept_at_once_each_counted_as_often_as_it_came(engine: Engine) -> None:
    keep(engine, b"old")
    many = [Kept(body, "unreadable", "why", POST) for body in (b"old", b"new", b"old", b"new", b"other")]
    with transaction(engine) as session:
        save_quarantined(session, [*many, Kept(b"new", "too_large", "why", POST)], seen_at=NOW)
        save_quarantined(session, [], seen_at=NOW)
    assert sorted((one.times_seen, one.code) for one in found(engine)) == [
        (1, "too_large"), (1, "unreadable"), (2, "unreadable"), (3, "unreadable"),
    ]  # fmt: skip


def test_the_same_bytes_refused_for_another_reason_are_kept_beside(engine: Engine) -> None:
    keep(engine, b"{", "key_unknown")
    keep(engine, b"{", "key_revoked")
    assert {one.code for one in found(engine)} == {"key_unknown", "key_revoked"}


def test_up_to_1_mib_all_is_kept_and_above_the_first_64_kib(engine: Engine) -> None:
    whole, large = b"a" * MAX_PAYLOAD_BYTES, bytes(range(256)) * 8_192
    keep(engine, whole)
    keep(engine, large)
    with reading(engine) as session:
        kept = {row.size: row for row in session.exec(select(QuarantineRow))}
    assert kept[len(whole)].body == whole
    assert kept[len(large)].body == large[:KEPT_OF_THE_TOO_LARGE]
    assert kept[len(large)].sha256 == sha256(large).hexdigest()
    assert KEPT_OF_THE_TOO_LARGE == 64 * 1024


def test_two_that_begin_alike_and_are_too_large_are_told_apart(engine: Engine) -> None:
    start = b"a" * (MAX_PAYLOAD_BYTES + 1)
    keep(engine, start)
    keep(engine, start + b"b")
    assert [one.times_seen for one in found(engine)] == [1, 1]


def test_a_list_is_newest_first_by_pages_and_by_code(engine: Engine) -> None:
    for number in range(5):
        keep(engine, bytes([number]), "even" if number % 2 == 0 else "odd")
    newest = [one.id for one in found(engine)]
    assert newest == sorted(newest, reverse=True)
    assert [one.id for one in found(engine, before=newest[1], limit=2)] == newest[2:4]
    assert len(found(engine, code="even")) == 3
    with reading(engine) as session:
        assert count_quarantined(session) == {"even": 3, "odd": 2}


def test_a_list_never_shows_a_body() -> None:
    assert "body" not in {field.name for field in fields(Quarantined)}


def test_tallies_add_up_over_commits_and_leave_out_nothing_happened(engine: Engine) -> None:
    for _ in range(2):
        with transaction(engine) as session:
            add_tallies(session, {("recorded", ""): 500, ("rejected", "time_naive"): 1, ("refused", "unreadable"): 0})
    with reading(engine) as session:
        assert tallies(session) == {("recorded", ""): 1000, ("rejected", "time_naive"): 2}


def test_a_tally_goes_beyond_32_bits(engine: Engine) -> None:
    for _ in range(2):
        with transaction(engine) as session:
            add_tallies(session, {("recorded", ""): 2**33})
    with reading(engine) as session:
        assert tallies(session) == {("recorded", ""): 2**34}
