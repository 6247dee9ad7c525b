"""The quarantine's export: the oldest first, exact bytes; what was taken out can be removed, and is tallied."""

from datetime import UTC, datetime

from sqlalchemy.engine import Engine

from tracker.store.database import reading, transaction
from tracker.store.quarantine import Kept, save_quarantined
from tracker.store.quarantine_bounds import QuarantineLimits, Use, use_of
from tracker.store.quarantine_export import QuarantinedBody, drop_quarantined, find_bodies
from tracker.store.tally import tallies
from tracker.wire.topics import Post

NOW = datetime(2026, 7, 1, tzinfo=UTC)
POST = Post("BLUEBIRD", "HZ-01", "GUN-1")


def keep(engine: Engine, body: bytes, code: str = "unreadable", limits: QuarantineLimits | None = None) -> None:
    with transaction(engine) as session:
        save_quarantined(session, [Kept(body, code, "why", POST)], seen_at=NOW, limits=limits or QuarantineLimits())


def find(engine: Engine, after: int = 0, before: int | None = None, code: str | None = None) -> list[QuarantinedBody]:
    with reading(engine) as session:
        return find_bodies(session, after=after, before=before, code=code, limit=100)


def drop(engine: Engine, through: int, code: str | None = None, limit: int = 100) -> int:
    with transaction(engine) as session:
        return drop_quarantined(session, through=through, code=code, limit=limit)


def test_bodies_come_the_oldest_first_between_two_ids_and_of_one_code(engine: Engine) -> None:
    for number in range(6):
        keep(engine, b"\x00\xff%d" % number, "even" if number % 2 == 0 else "odd")
    found = find(engine)
    assert [each.body for each in found] == [b"\x00\xff%d" % number for number in range(6)]
    ids = [each.row.id for each in found]
    assert [each.row.id for each in find(engine, after=ids[1], before=ids[4])] == ids[2:4]
    assert {each.row.code for each in find(engine, code="odd")} == {"odd"}


def test_a_row_that_lost_its_body_says_so(engine: Engine) -> None:
    for number in range(2):
        keep(engine, b"%d" % number, limits=QuarantineLimits(device_bytes=1))
    assert [each.body for each in find(engine)] == [None, b"1"]


def test_what_was_taken_out_can_be_removed_part_by_part_and_is_tallied(engine: Engine) -> None:
    for number in range(5):
        keep(engine, b"%d" % number, "even" if number % 2 == 0 else "odd")
    ids = [each.row.id for each in find(engine)]
    assert [drop(engine, ids[3], limit=3), drop(engine, ids[3], limit=3), drop(engine, ids[3])] == [3, 1, 0]
    assert [each.row.id for each in find(engine)] == ids[4:]
    with reading(engine) as session:
        assert tallies(session) == {("quarantine_row_dropped", "even"): 2, ("quarantine_row_dropped", "odd"): 2}
        assert use_of(session) == use_of(session, POST.username) == Use(1, 1)


def test_one_codes_rows_can_be_removed_alone(engine: Engine) -> None:
    for number in range(4):
        keep(engine, b"%d" % number, "even" if number % 2 == 0 else "odd")
    assert drop(engine, find(engine)[-1].row.id, "odd") == 2
    assert {each.row.code for each in find(engine)} == {"even"}


def test_an_id_is_never_given_twice(engine: Engine) -> None:
    """Or a removal by id could take what nobody has exported."""
    keep(engine, b"first")
    (first,) = find(engine)
    drop(engine, first.row.id)
    keep(engine, b"second")
    (second,) = find(engine)
    assert second.row.id > first.row.id
