"""Counts of identity records: whatever happens to records, the counts are those of a count of all."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlmodel import Session

from tests.intake.devices import NOW
from tracker.store.box_counts import count_boxes
from tracker.store.database import transaction
from tracker.store.identity_store import (
    BoxState,
    Looked,
    NewRecord,
    append_records,
    erase_records,
    find_ended,
    find_new_records,
    has_records_under,
    save_looked,
)
from tracker.store.migrate import downgrade, upgrade

STEPS = st.lists(st.tuples(st.sampled_from(["append", "look", "erase"]), st.integers(0, 7)), max_size=12)


def new_record(record_id: UUID, subject: str = "register") -> NewRecord:
    return NewRecord(record_id, "W1", uuid4(), subject, 1, 1, "kid", "c", b"{}", b"box", NOW)


def counted_all(session: Session) -> dict[str, int]:
    rows = session.connection().execute(sa.text("SELECT state FROM identity_record"))
    return dict(Counter(rows.scalars()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(steps=STEPS)
def test_the_counts_follow_every_change(shared_engine: Engine, steps: list[tuple[str, int]]) -> None:
    with Session(shared_engine) as session:
        ids: list[UUID] = []
        for what, number in steps:
            some = [*ids[:number], uuid4()]  # with one that there is not
            if what == "append":
                fresh = [uuid4() for _ in range(number)]
                ids += fresh
                append_records(session, [new_record(each) for each in fresh])
            elif what == "look":
                states = [BoxState.FITS, BoxState.BROKEN]
                save_looked(session, [Looked(each, "W1", states[no % 2], None) for no, each in enumerate(some)])
            else:
                erase_records(session, some, at=NOW)
            assert count_boxes(session) == counted_all(session)
        session.rollback()


def test_an_upgrade_counts_what_is_there(engine: Engine) -> None:
    with transaction(engine) as session:
        append_records(session, [new_record(uuid4()) for _ in range(3)])
        save_looked(session, [Looked(find_new_records(session, 1)[0].record_id, "W1", BoxState.FITS, b"x")])
    downgrade(engine, "0014")
    upgrade(engine)
    with transaction(engine) as session:
        assert count_boxes(session) == {"": 2, "fits": 1}


def test_what_ended_is_found_subject_by_subject_and_no_more_than_asked(shared_engine: Engine) -> None:
    with Session(shared_engine) as session:
        ids = [uuid4() for _ in range(4)]
        append_records(session, [new_record(each, subject) for each, subject in zip(ids, "abab", strict=True)])
        later = NOW.replace(year=NOW.year + 1)
        assert set(find_ended(session, ["a"], before=later, most=9)) == {ids[0], ids[2]}
        assert set(find_ended(session, ["b", "a"], before=later, most=3)) > {ids[1], ids[3]}
        assert find_ended(session, ["a", "b"], before=NOW, most=9) == []
        assert (has_records_under(session, "kid"), has_records_under(session, "other")) == (True, False)
        session.rollback()


def test_new_boxes_are_looked_for_by_the_index_that_holds_nothing_else(shared_engine: Engine) -> None:
    asked: list[tuple[str, Any]] = []
    with Session(shared_engine) as session:
        connection = session.connection()
        sa.event.listen(connection, "before_cursor_execute", lambda _c, _k, sql, told, *_: asked.append((sql, told)))
        find_new_records(session, 9)
        sql, told = asked[-1]
        if shared_engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        explain = "EXPLAIN" if shared_engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        said = " ".join(str(row) for row in connection.exec_driver_sql(f"{explain} {sql}", told))
        assert "ix_identity_record_new" in said
