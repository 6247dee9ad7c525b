"""Writing many rows at once: the same rows and the same errors on both engines, though the ways are not the same."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlmodel import select

from tracker.store.bulk import columns_of, insert_rows
from tracker.store.database import reading, transaction
from tracker.store.tables.event_log import ReceiptRow
from tracker.store.tables.products import PackingRow
from tracker.wire.event_ids import build_event_id

MOMENT = datetime(2026, 7, 1, 1, 0, 0, 123_456, tzinfo=UTC)
AWKWARD = ["plain", "tab\there", "back\\slash", "new\nline", "\\N", "", "迹信 📦", '"quoted"', "%s :name ?"]


def receipt(number: int, jws: str = "a.b.c") -> tuple[Any, ...]:
    return (number, MOMENT, jws)


def test_awkward_text_arrives_as_it_was(engine: Engine) -> None:
    with transaction(engine) as session:
        insert_rows(session, ReceiptRow, [receipt(number, text) for number, text in enumerate(AWKWARD)])
    with reading(engine) as session:
        rows = session.exec(select(ReceiptRow).order_by(sa.text("receipt_no"))).all()
    assert [row.jws for row in rows] == AWKWARD
    assert {row.record_time for row in rows} == {MOMENT}


def test_ids_are_converted_as_the_columns_say(engine: Engine) -> None:
    event_id = build_event_id(MOMENT, b"0123456789")
    with transaction(engine) as session:
        insert_rows(session, PackingRow, [(event_id, "W1", 0, "06901234567892", "", "")])
    with reading(engine) as session:
        assert session.exec(select(PackingRow)).one().event_id == event_id


@pytest.mark.parametrize("minutes", [1439, -1439, 480])
def test_a_time_with_any_offset_that_rfc_3339_knows_arrives(engine: Engine, minutes: int) -> None:
    """PostgreSQL reads offsets up to 15:59 only."""
    with transaction(engine) as session:
        moment = MOMENT.astimezone(timezone(timedelta(minutes=minutes)))
        insert_rows(session, ReceiptRow, [(1, moment, "a.b.c")])
    with reading(engine) as session:
        assert session.exec(select(ReceiptRow)).one().record_time == MOMENT


def test_no_rows_are_no_work(engine: Engine) -> None:
    with transaction(engine) as session:
        insert_rows(session, ReceiptRow, [])


def test_rows_stand_in_the_order_of_the_tables_columns() -> None:
    assert columns_of(ReceiptRow) == ("receipt_no", "record_time", "jws")


def test_rows_are_undone_with_their_transaction(engine: Engine) -> None:
    def stop_half_way() -> None:
        with transaction(engine) as session:
            insert_rows(session, ReceiptRow, [receipt(1)])
            raise RuntimeError("stopped half way")

    with pytest.raises(RuntimeError):
        stop_half_way()
    with reading(engine) as session:
        assert session.exec(select(ReceiptRow)).all() == []


def insert(engine: Engine, *rows: tuple[Any, ...]) -> None:
    with transaction(engine) as session:
        insert_rows(session, ReceiptRow, rows)


def test_a_key_that_is_taken_is_the_same_error_on_both_engines(engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        insert(engine, receipt(1), receipt(1))
    with reading(engine) as session:
        assert session.exec(select(ReceiptRow)).all() == []


def test_a_value_that_does_not_fit_is_an_error_of_the_data(postgres_engine: Engine) -> None:
    with pytest.raises(DataError):
        insert(postgres_engine, receipt(1, "a\0b"))


def test_a_connection_lost_while_rows_are_copied_is_told_as_a_store_that_is_away(postgres_engine: Engine) -> None:
    """The recorder waits for a store that is away; any other error it would lay on the message."""

    def lose_connection() -> None:
        with transaction(postgres_engine) as session:
            number = session.connection().scalar(sa.text("SELECT pg_backend_pid()"))
            with postgres_engine.connect() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
            insert_rows(session, ReceiptRow, [receipt(1)])

    with pytest.raises(OperationalError):
        lose_connection()
    insert(postgres_engine, receipt(1))
