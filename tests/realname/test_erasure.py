"""Erasure: what ended is gone, is certified, stays gone after a restore; every proof of the event stays valid."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from tests.realname.world import NOW, Clock, keep_record
from tracker.realname.erasures import ERASURES, Basis, ErasuresMissing, apply_erasures
from tracker.realname.retention import DEFAULT_TERMS, Terms, erase_on_request
from tracker.realname.signed_lines import LinesBroken
from tracker.realname.vault import Vault
from tracker.store.database import reading, transaction
from tracker.store.identity_store import erasures_applied, has_records, known_records
from tracker.store.tables.identities import IdentityRecordRow
from tracker.wire.identity_record import Subject
from tracker.wire.vault_keys import Purpose
from web.commands.vault_service import erase_what_ended

DAY = timedelta(days=1)


def subjects(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.execute(sa.text("SELECT subject FROM identity_record")).scalars())


def lines(vault: Vault) -> list[tuple[str, str, int]]:
    entries = [entry for entry, _ in ERASURES.read(vault.erasures.path, vault.keys.signing.verifying)]
    return [(entry.basis.value, entry.purpose, len(entry.record_ids)) for entry in entries]


def keep_all(engine: Engine, vault: Vault) -> None:
    for subject in (Subject.REGISTER, Subject.SENDER, Subject.RECIPIENT, Subject.PHOTOGRAPH):
        keep_record(engine, vault, subject=subject)


def test_each_kind_goes_when_its_own_term_ends(vault: Vault, engine: Engine, clock: Clock) -> None:
    keep_all(engine, vault)
    for days, left in [
        (DEFAULT_TERMS.image, ["photograph", "recipient", "register", "sender"]),
        (DEFAULT_TERMS.image + 1, ["recipient", "register", "sender"]),
        (DEFAULT_TERMS.register + 1, ["recipient", "sender"]),
        (DEFAULT_TERMS.trade + 1, []),
    ]:
        clock.now = NOW + DAY * days
        erase_what_ended(vault, engine, DEFAULT_TERMS)
        assert subjects(engine) == left, days
    certified = [line for line in lines(vault) if line[0] == Basis.TERM]
    assert certified == [("term", "image", 1), ("term", "register", 1), ("term", "trade", 2)]
    with reading(engine) as session:
        assert has_records(session)
        assert erasures_applied(session) > 0


def test_a_months_key_is_destroyed_with_the_last_of_its_records_and_not_before(
    vault: Vault, engine: Engine, clock: Clock
) -> None:
    keep_all(engine, vault)

    def left() -> set[tuple[str, str]]:
        return {
            (key.month, key.purpose.value)
            for key in vault.keys.sealing_keys()
            if key.month == "2026-11" and key.purpose is not Purpose.QUARANTINE
        }

    clock.now = NOW + DAY * (DEFAULT_TERMS.image + 1)  # in February; November's images may come until its last day + 90
    erase_what_ended(vault, engine, DEFAULT_TERMS)
    assert left() == {("2026-11", "image"), ("2026-11", "register"), ("2026-11", "trade")}
    clock.now = NOW + DAY * (DEFAULT_TERMS.image + 20)
    erase_what_ended(vault, engine, DEFAULT_TERMS)
    assert left() == {("2026-11", "register"), ("2026-11", "trade")}
    late = keep_record_late(engine, vault, clock)
    clock.now = NOW + DAY * (DEFAULT_TERMS.register + 20)
    erase_what_ended(vault, engine, DEFAULT_TERMS)
    assert left() == {("2026-11", "register"), ("2026-11", "trade")}, "a record that came late is under its term still"
    clock.now = late + DAY * (DEFAULT_TERMS.register + 1)
    erase_what_ended(vault, engine, DEFAULT_TERMS)
    assert left() == {("2026-11", "trade")}
    assert (Basis.KEY_DESTROYED.value, "register", 0) in lines(vault)


def keep_record_late(engine: Engine, vault: Vault, clock: Clock) -> datetime:
    """A station that was offline sends a record of November now; when that is."""
    came, clock.now = clock.now, NOW
    record_id = keep_record(engine, vault)
    clock.now = came
    with transaction(engine) as session:
        late = sa.update(IdentityRecordRow).where(col(IdentityRecordRow.record_id) == record_id)
        session.execute(late.values(record_time=came))
    return came


def test_a_line_whose_commit_failed_is_not_passed_over_by_the_next_one(vault: Vault, engine: Engine) -> None:
    """The list certifies both: both are gone, also where the database refused the first one."""
    first, second, kept = (keep_record(engine, vault) for _ in range(3))
    with Session(engine) as session:
        erase_on_request(session, [first], list_=vault.erasures, case_no="R-1", now=NOW)
        session.rollback()
    with transaction(engine) as session:
        erase_on_request(session, [second], list_=vault.erasures, case_no="R-2", now=NOW)
    with reading(engine) as session:
        found = known_records(session, [first, second, kept])
        assert (set(found.kept), found.erased) == ({kept}, {first, second})
        assert erasures_applied(session) == vault.erasures.count


def test_a_store_that_came_back_from_a_backup_erases_again_what_was_erased(vault: Vault, engine: Engine) -> None:
    kept, gone = keep_record(engine, vault), keep_record(engine, vault)
    with transaction(engine) as session:
        rows = session.execute(sa.text("SELECT * FROM identity_record")).mappings().all()
    with transaction(engine) as session:
        assert erase_on_request(session, [gone], list_=vault.erasures, case_no="R-7", now=NOW) == 1
    with transaction(engine) as session:  # as it was before
        for table in ("identity_record", "erased_record", "erasures_applied"):
            session.execute(sa.text(f"DELETE FROM {table}"))
        names = list(rows[0])
        statement = f"INSERT INTO identity_record ({','.join(names)}) VALUES ({','.join(':' + name for name in names)})"
        session.execute(sa.text(statement), [dict(row) for row in rows])
    with transaction(engine) as session:
        assert apply_erasures(session, vault.erasures.path, vault.keys.signing.verifying) == 1
    with transaction(engine) as session:
        assert apply_erasures(session, vault.erasures.path, vault.keys.signing.verifying) == 0
        known = known_records(session, [kept, gone])
    assert (set(known.kept), known.erased) == ({kept}, {gone})


def test_without_the_list_or_with_an_older_one_nothing_is_served(vault: Vault, engine: Engine) -> None:
    path, key = vault.erasures.path, vault.keys.signing.verifying
    old = path.read_bytes()
    with transaction(engine) as session:
        erase_on_request(session, [keep_record(engine, vault)], list_=vault.erasures, case_no="R-7", now=NOW)
    whole = path.read_bytes()
    path.write_bytes(old)
    with transaction(engine) as session, pytest.raises(ErasuresMissing, match="newer"):
        apply_erasures(session, path, key)
    path.write_bytes(whole[len(old) :])
    with transaction(engine) as session, pytest.raises(LinesBroken):
        apply_erasures(session, path, key)
    path.unlink()
    with transaction(engine) as session, pytest.raises(ErasuresMissing, match="--erasures"):
        apply_erasures(session, path, key)


def test_what_is_erased_was_on_the_list_first(
    vault: Vault, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_record(engine, vault)
    clock.now = NOW + DAY * 400

    def fail(*_: object, **__: object) -> int:
        raise OSError("the machine stops here")

    monkeypatch.setattr("tracker.realname.erasures.erase_records", fail)
    with pytest.raises(OSError, match="stops"):
        erase_what_ended(vault, engine, DEFAULT_TERMS)
    assert subjects(engine) == ["register"]
    assert lines(vault)[-1] == ("term", "register", 1)
    monkeypatch.undo()
    with transaction(engine) as session:
        assert apply_erasures(session, vault.erasures.path, vault.keys.signing.verifying) == 1
    assert subjects(engine) == []


def test_the_terms_are_those_that_are_set() -> None:
    assert [Terms(1, 2, 3).of(purpose) for purpose in (Purpose.REGISTER, Purpose.TRADE, Purpose.IMAGE)] == [1, 2, 3]
