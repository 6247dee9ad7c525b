"""The vault: looks at every box once, opens one for an officer with a reason, and has it on record first."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.access.world import make_account
from tests.realname.world import COOKIE, NOW, NUMBER, Clock, keep_record, log_in, make_vault
from tracker.access.accounts import save_totp
from tracker.access.roles import Role, Scope
from tracker.access.sessions import open_session
from tracker.access.tokens import hash_token
from tracker.realname.access_ledger import LEDGER
from tracker.realname.vault import (
    ALARM_AT,
    REFUSED_FROM,
    SECOND_FACTOR_WITHIN,
    WINDOW,
    OpeningAsked,
    OpeningRefused,
    Vault,
    remember_openings,
)
from tracker.store.box_counts import count_boxes
from tracker.store.database import reading, transaction
from tracker.store.identity_store import BoxState
from tracker.wire.identity_record import Subject
from tracker.wire.sealing import PersonalContent
from web.commands.vault_service import look_at_new


def look(vault: Vault, engine: Engine) -> dict[str, int]:
    look_at_new(vault, engine)
    with reading(engine) as session:
        return count_boxes(session)


def ask(
    vault: Vault, engine: Engine, record_id: UUID, *, cookie: str = COOKIE, purpose: str = "court_order",
    case_no: str = "(2026)沪0101刑初12号",
) -> PersonalContent:  # fmt: skip
    with reading(engine) as session:
        return vault.open_for(session, OpeningAsked(cookie, record_id, purpose, case_no))


def outcomes(vault: Vault) -> list[str]:
    return [entry.outcome for entry, _ in LEDGER.read(vault.ledger.path, vault.keys.signing.verifying)]


def refusal(vault: Vault, engine: Engine, record_id: UUID, **told: str) -> str:
    with pytest.raises(OpeningRefused) as caught:
        ask(vault, engine, record_id, **told)
    return caught.value.code


def indexes(engine: Engine) -> list[bytes | None]:
    with reading(engine) as session:
        return list(session.execute(sa.text("SELECT blind_index FROM identity_record")).scalars())


def test_a_new_box_is_looked_at_once_and_indexed_by_its_document(vault: Vault, engine: Engine) -> None:
    for _ in range(2):
        keep_record(engine, vault)
    keep_record(engine, vault, document_number="110105194912310038")
    keep_record(engine, vault, subject=Subject.SENDER, document_number=None)
    assert look(vault, engine) == {BoxState.FITS: 4}
    found = indexes(engine)
    assert found.count(None) == 1
    assert len(set(found)) == 3
    assert all(NUMBER.encode() not in index for index in found if index)
    assert look(vault, engine) == {BoxState.FITS: 4}


def test_another_vaults_index_of_the_same_document_is_another(vault: Vault, tmp_path: Path) -> None:
    other = make_vault(tmp_path / "other")
    assert vault.blind_index("RESIDENT_ID", NUMBER) == vault.blind_index("RESIDENT_ID", NUMBER)
    assert vault.blind_index("RESIDENT_ID", NUMBER) != other.blind_index("RESIDENT_ID", NUMBER)
    assert vault.blind_index("RESIDENT_ID", NUMBER) != vault.blind_index("PASSPORT", NUMBER)


def test_a_box_that_was_put_in_another_records_place_is_found_broken(vault: Vault, engine: Engine) -> None:
    keep_record(engine, vault)
    with transaction(engine) as session:
        session.execute(sa.text("UPDATE identity_record SET commitment = :other"), {"other": "A" * 43})
    assert look(vault, engine) == {BoxState.BROKEN: 1}


def test_an_officer_with_a_reason_opens_one_and_the_ledger_says_so(vault: Vault, engine: Engine) -> None:
    record_id = keep_record(engine, vault)
    log_in(engine)
    content = ask(vault, engine, record_id)
    assert (content.document_number, content.name) == (NUMBER, "张三丰")
    [(entry, line)] = LEDGER.read(vault.ledger.path, vault.keys.signing.verifying)
    assert (entry.opener, entry.record_id, entry.waybill_no, entry.purpose) == (
        "officer", str(record_id), "W1", "court_order",
    )  # fmt: skip
    assert entry.case_no == "(2026)沪0101刑初12号"
    assert "张" not in entry.waybill_no + line


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VAULT_OFFICER])
def test_no_other_role_opens_anything(vault: Vault, engine: Engine, role: Role) -> None:
    record_id = keep_record(engine, vault)
    scope = {
        Role.COURIER: Scope(carrier="A", station="B"), Role.STATION_MANAGER: Scope(carrier="A", station="B"),
        Role.CARRIER: Scope(carrier="A"), Role.PLATFORM: Scope(platform="P"), Role.REGULATOR: Scope(division="110000"),
        Role.ADMINISTRATOR: Scope(),
    }[role]  # fmt: skip
    with transaction(engine) as session:
        account = make_account(session, "somebody", role, scope)
        save_totp(session, account.account_no, b"sealed", step=1)
        open_session(session, token_hash=hash_token(COOKIE), account_no=account.account_no, csrf="c", now=NOW,
                     second_factor_at=NOW)  # fmt: skip
    assert refusal(vault, engine, record_id) == "role_missing"
    assert outcomes(vault) == ["role_missing"]


def test_nothing_opens_without_a_session_a_fresh_second_factor_a_purpose_and_a_case(
    vault: Vault, engine: Engine, clock: Clock
) -> None:
    record_id = keep_record(engine, vault)
    assert refusal(vault, engine, record_id) == "not_logged_in"
    log_in(engine)
    assert refusal(vault, engine, record_id, cookie="another") == "not_logged_in"
    assert refusal(vault, engine, record_id, purpose="curiosity") == "purpose_unknown"
    assert refusal(vault, engine, record_id, case_no="") == "case_missing"
    assert refusal(vault, engine, record_id, case_no="a\nb1") == "case_malformed"
    assert refusal(vault, engine, record_id, case_no="张三丰案1号") == "case_malformed"
    assert refusal(vault, engine, uuid4()) == "record_unknown"
    clock.now = NOW + SECOND_FACTOR_WITHIN + timedelta(seconds=1)
    assert refusal(vault, engine, record_id, case_no="张三丰") == "second_factor_old"
    assert "张三丰" not in "".join(str(entry) for entry, _ in LEDGER.read(vault.ledger.path, vault.ledger.verifying))
    assert outcomes(vault) == [
        "purpose_unknown", "case_missing", "case_malformed", "case_malformed", "record_unknown", "second_factor_old",
    ]  # fmt: skip


def test_a_hash_from_the_database_is_no_cookie(vault: Vault, engine: Engine) -> None:
    record_id = keep_record(engine, vault)
    log_in(engine)
    with reading(engine) as session:
        stolen = session.execute(sa.text("SELECT token_hash FROM login_session")).scalar_one()
    assert refusal(vault, engine, record_id, cookie=bytes(stolen).hex()) == "not_logged_in"


def test_too_many_too_fast_raise_an_alarm_and_then_nothing_opens(
    vault: Vault, engine: Engine, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    record_id = keep_record(engine, vault)
    log_in(engine)
    for _ in range(ALARM_AT - 1):
        ask(vault, engine, record_id)
    assert vault.alarms == 0
    ask(vault, engine, record_id)
    assert vault.alarms == 1
    assert "too_many_openings" in capsys.readouterr().out
    for _ in range(REFUSED_FROM - ALARM_AT):
        ask(vault, engine, record_id)
    assert refusal(vault, engine, record_id) == "too_many"
    assert (vault.openings, vault.alarms) == (REFUSED_FROM + 1, 2)
    again = make_vault(vault.keys.folder, clock)
    remember_openings(again, (entry for entry, _ in LEDGER.read(again.ledger.path, again.keys.signing.verifying)))
    assert refusal(again, engine, record_id) == "too_many"
    clock.now = NOW + WINDOW + timedelta(seconds=1)
    assert vault.openings == 0


def test_what_cannot_be_written_into_the_ledger_does_not_open(vault: Vault, engine: Engine, tmp_path: Path) -> None:
    record_id = keep_record(engine, vault)
    log_in(engine)
    vault.ledger.path = tmp_path / "nowhere" / "ledger"
    with pytest.raises(OSError, match="nowhere"):
        ask(vault, engine, record_id)
