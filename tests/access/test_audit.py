"""The audit log (审计日志): appended only, chained, and a break shows."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from tests.access.world import NOW
from tracker.access.audit import (
    START,
    Action,
    AuditEntry,
    AuditFilter,
    ChainState,
    Outcome,
    append_audit,
    check_chain,
    find_entries,
    hash_of,
)
from tracker.store.database import reading, transaction

CHANGES = [
    "UPDATE audit_entry SET actor = 'x' WHERE entry_no = 2",
    "DELETE FROM audit_entry WHERE entry_no = 3",
    "DELETE FROM audit_entry",
]
UNLOCK = {
    "sqlite": ["DROP TRIGGER audit_entry_update", "DROP TRIGGER audit_entry_delete"],
    "postgresql": ["ALTER TABLE audit_entry DISABLE TRIGGER ALL"],
}


def write(engine: Engine, count: int = 5) -> None:
    for number in range(count):
        with transaction(engine) as session:
            append_audit(
                session, Action.LOGIN, at=NOW + timedelta(minutes=number), actor=f"a{number % 2}", role="courier",
                outcome=Outcome.DONE, address="203.0.113.0/24",
            )  # fmt: skip


def chain_of(engine: Engine, known: tuple[int, bytes] | None = None) -> ChainState:
    with reading(engine) as session:
        return check_chain(session, known=known)


def test_entries_are_numbered_chained_and_found_again(engine: Engine) -> None:
    assert chain_of(engine) == ChainState(0, START)
    write(engine)
    with reading(engine) as session:
        found = find_entries(session, AuditFilter())
        assert [each.entry_no for each in found] == [5, 4, 3, 2, 1]
        assert [each.entry_no for each in find_entries(session, AuditFilter(), before=3)] == [2, 1]
        assert [each.entry_no for each in find_entries(session, AuditFilter(actor="a1"))] == [4, 2]
        assert find_entries(session, AuditFilter(action="logout")) == []
        window = AuditFilter(since=NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=3))
        assert [each.entry_no for each in find_entries(session, window)] == [3, 2]
    assert chain_of(engine) == ChainState(5, found[0].hash)
    assert found[-1].hash == hash_of(found[-1], START)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_lets_nobody_change_or_delete(engine: Engine, change: str) -> None:
    write(engine)
    with pytest.raises(DBAPIError, match="audit entry is never"), engine.begin() as connection:
        connection.execute(sa.text(change))
    assert chain_of(engine).entries == 5


def test_postgresql_lets_nobody_empty_the_table(postgres_engine: Engine) -> None:
    write(postgres_engine)
    with pytest.raises(DBAPIError, match="audit entry is never"), postgres_engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE audit_entry"))


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
def test_sqlite_lets_nobody_replace_one_either(sqlite_engine: Engine, verb: str) -> None:
    """REPLACE deletes without asking the trigger of deletions."""
    write(sqlite_engine)
    with pytest.raises(DBAPIError, match="next number"), sqlite_engine.begin() as connection:
        connection.execute(sa.text(f"{verb} INTO audit_entry SELECT 2, at, 'x', role, action, object, outcome, "
                                   "address, hash FROM audit_entry WHERE entry_no = 2"))  # fmt: skip


@pytest.mark.parametrize("change", CHANGES[:2])
def test_who_gets_past_the_database_breaks_the_chain(engine: Engine, change: str) -> None:
    write(engine)
    with engine.begin() as connection:
        for statement in [*UNLOCK[engine.dialect.name], change]:
            connection.execute(sa.text(statement))
    assert chain_of(engine).broken_at == (2 if "UPDATE" in change else 3)


def test_a_head_that_was_noted_shows_a_cut_off_end(engine: Engine) -> None:
    write(engine)
    noted = chain_of(engine)
    with engine.begin() as connection:
        for statement in [*UNLOCK[engine.dialect.name], "DELETE FROM audit_entry WHERE entry_no > 3"]:
            connection.execute(sa.text(statement))
    assert chain_of(engine).broken_at is None
    assert chain_of(engine, (noted.entries, noted.head)).broken_at == 4
    write(engine, 4)
    assert chain_of(engine, (noted.entries, noted.head)).broken_at == 5


def test_what_is_rolled_back_leaves_no_entry_and_no_gap(engine: Engine) -> None:
    def append_and_fail() -> None:
        with transaction(engine) as session:
            append_audit(session, Action.LOGOUT, at=NOW, actor="a", role="courier")
            raise RuntimeError

    write(engine, 1)
    with pytest.raises(RuntimeError):
        append_and_fail()
    write(engine, 1)
    assert chain_of(engine).entries == 2


def test_many_at_once_make_one_chain(engine: Engine) -> None:
    threads = [threading.Thread(target=write, args=(engine, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = chain_of(engine)
    assert (state.entries, state.broken_at) == (20, None)


ENTRIES = st.builds(
    AuditEntry, entry_no=st.integers(1, 9), at=st.just(NOW), actor=st.text(max_size=5), role=st.text(max_size=5),
    action=st.text(max_size=5), object=st.text(max_size=5), outcome=st.text(max_size=5), address=st.text(max_size=5),
    hash=st.just(b""),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ENTRIES, ENTRIES)
def test_two_entries_that_differ_anywhere_have_two_hashes(one: AuditEntry, other: AuditEntry) -> None:
    assert (hash_of(one, START) == hash_of(other, START)) == (one == other)
    assert hash_of(one, START) != hash_of(one, hash_of(one, START))
