"""The doctor's chains: whoever changes, takes out or cuts off a line of a log or ledger is found, and where."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.realname.world import Clock, keep_record, log_in, make_vault
from tracker.access.audit import Action, append_audit
from tracker.realname.access_ledger import LEDGER_FILE
from tracker.realname.erasures import FILE
from tracker.realname.retention import erase_on_request
from tracker.realname.rights_requests import Channel, Requester, RequestKind, RightsRequest, write_request_no
from tracker.realname.vault import OpeningAsked, Vault
from tracker.store.database import reading, transaction
from tracker.store.identity_store import save_vault_word
from tracker.store.rights_store import append_request
from web.commands.doctor import rights_checks
from web.commands.doctor.chain_checks import check_access_ledger, check_audit_log, check_erasures
from web.commands.doctor.rights_checks import check_calendar, check_rights
from web.commands.running import InstallationDoubt, InstallationError
from web.commands.vault_service import open_vault
from web.settings import Settings

UNLOCK = {
    "sqlite": ["DROP TRIGGER audit_entry_update", "DROP TRIGGER audit_entry_delete"],
    "postgresql": ["ALTER TABLE audit_entry DISABLE TRIGGER ALL"],
}


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def kept(tmp_path: Path, engine: Engine) -> Vault:
    """A vault that opened three records for an officer and erased one, all of it in the audit log too."""
    vault = make_vault(tmp_path / "vault", Clock())
    log_in(engine, second_factor=vault.now())
    for _ in range(3):
        record_id = keep_record(engine, vault)
        with transaction(engine) as session:
            save_vault_word(session, vault.keys.word(vault.now()))
            vault.open_for(session, OpeningAsked("the-officers-session-token", record_id, "court_order", "1"))
            append_audit(session, Action.IDENTITY_OPENED, at=vault.now(), actor="officer", role="vault_officer")
    with transaction(engine) as session:
        erase_on_request(session, [record_id], list_=vault.erasures, case_no="1", now=vault.now())
    return vault


def without(path: Path, number: int) -> None:
    """Take a line out of a file."""
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[number]
    path.write_bytes(b"".join(lines))


def test_whole_chains_are_well(here: Settings, kept: Vault, engine: Engine) -> None:
    assert check_audit_log(engine).startswith("3 entries")
    assert check_access_ledger(here, engine).endswith("3 openings, the audit log has 3")
    assert check_erasures(here, engine) == "2 lines, 2 of them applied to the store"


def test_a_changed_audit_entry_is_named(kept: Vault, engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in UNLOCK[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("UPDATE audit_entry SET actor = 'nobody' WHERE entry_no = 2")
    with pytest.raises(InstallationError, match="does not hold at entry 2"):
        check_audit_log(engine)


@pytest.mark.parametrize(("number", "said"), [(0, "line 1 does not follow"), (1, "line 2"), (-1, "has 2 openings")])
def test_an_opening_that_was_taken_out_is_missed(
    here: Settings, kept: Vault, engine: Engine, number: int, said: str
) -> None:
    without(kept.keys.folder / LEDGER_FILE, number)
    with pytest.raises(InstallationError, match=said):
        check_access_ledger(here, engine)


@pytest.mark.parametrize(("number", "said"), [(0, "line 1 does not follow"), (-1, "has 1 lines")])
def test_an_erasure_that_was_taken_out_is_missed(
    here: Settings, kept: Vault, engine: Engine, number: int, said: str
) -> None:
    without(kept.keys.folder / FILE, number)
    with pytest.raises(InstallationError, match=said):
        check_erasures(here, engine)


@pytest.mark.parametrize("check", [check_access_ledger, check_erasures])
def test_a_ledger_of_another_key_is_none(
    here: Settings, kept: Vault, engine: Engine, tmp_path: Path, check: Callable[[Settings, Engine], str]
) -> None:
    other = make_vault(tmp_path / "other", Clock())
    with transaction(engine) as session:
        save_vault_word(session, other.keys.word(other.now()))
    with pytest.raises(InstallationError, match="line 1 does not follow"):
        check(here, engine)


def test_a_vault_that_is_elsewhere_is_a_doubt_and_none_at_all_is_well(
    kept: Vault, engine: Engine, tmp_path: Path
) -> None:
    elsewhere = Settings(data_dir=tmp_path / "elsewhere")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM erasures_applied")
    with pytest.raises(InstallationDoubt, match="where the vault's folder is"):
        check_erasures(elsewhere, engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM vault_word")
    assert check_erasures(elsewhere, engine).startswith("0 lines")


def test_overdue_requests_and_an_old_calendar_are_doubts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = RightsRequest(
        write_request_no(uuid4().bytes), RequestKind.ACCESS, Requester.SELF, Channel.PAGE, ("W1",),
        datetime.now(UTC), 15,
    )  # fmt: skip
    with transaction(engine) as session:
        append_request(session, asked)
    assert check_rights(engine) == "1 open, none overdue"
    with engine.begin() as connection:
        long_ago = sa.text("UPDATE rights_request SET received_at = :at")
        connection.execute(long_ago, {"at": 0 if engine.dialect.name == "sqlite" else datetime(2025, 1, 1, tzinfo=UTC)})
    with pytest.raises(InstallationDoubt, match=f"1 are overdue, such as {asked.request_no}"):
        check_rights(engine)
    monkeypatch.setattr(rights_checks, "last_published_year", lambda: 2099)
    assert check_calendar() == "days off are known up to 2099"
    monkeypatch.setattr(rights_checks, "last_published_year", lambda: 2020)
    with pytest.raises(InstallationDoubt, match="chinesecalendar"):
        check_calendar()


def test_nothing_is_changed_by_looking(here: Settings, kept: Vault, engine: Engine) -> None:
    before = {path.name: path.read_bytes() for path in kept.keys.folder.glob("*.jsonl")}
    check_access_ledger(here, engine), check_erasures(here, engine), check_audit_log(engine)
    assert before == {path.name: path.read_bytes() for path in kept.keys.folder.glob("*.jsonl")}
    with reading(engine) as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM audit_entry").scalar() == 3


def test_a_torn_last_line_is_told_and_no_fault(here: Settings, kept: Vault, engine: Engine) -> None:
    for name, check in ((LEDGER_FILE, check_access_ledger), (FILE, check_erasures)):
        with (kept.keys.folder / name).open("ab") as file:
            file.write(b"eyJhbGc")
        assert "its last line is torn" in check(here, engine)
    open_vault(kept.keys.folder)
    for name, check in ((LEDGER_FILE, check_access_ledger), (FILE, check_erasures)):
        told = check(here, engine)
        assert f"{name}.torn keeps" in told
        assert "its last line" not in told
