"""The accounts commands (账号命令): what they print once, what they refuse, what they leave in the audit log."""

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from tracker.access.accounts import account_of
from tracker.access.api_tokens import token_of_bearer
from tracker.access.attempts import begin_attempt
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.tokens import hash_token
from tracker.store.database import build_engine, reading, transaction
from tracker.store.migrate import upgrade
from web.accounts.keys import read_account_keys
from web.accounts.login import counted_account
from web.accounts.passwords import fits
from web.cli.program import app
from web.clock import read_clock
from web.commands.accounts import ensure_administrator
from web.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_hashes")
ONE_TIME = re.compile(r"([2-9a-z]{4}-){3}[2-9a-z]{4}")


@pytest.fixture
def engine_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The migrated store of the data dir that commands find."""
    monkeypatch.setenv("JIXIN_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    engine = build_engine(Settings().store_url)
    upgrade(engine)
    return engine


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def must(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_account_gets_a_one_time_password_that_is_printed_once_and_kept_nowhere(engine_here: Engine) -> None:
    said = must("accounts", "add", "Anna", "--role", "regulator", "--division", "500000")
    found = ONE_TIME.search(said)
    assert found is not None
    with reading(engine_here) as session:
        account = account_of(session, "anna")
        (entry,) = find_entries(session, AuditFilter())
    assert account is not None
    assert fits(found[0], account.password_hash)
    assert account.must_change
    assert (entry.actor, entry.action, entry.object) == ("console", "account_added", "anna regulator 500000")
    assert found[0] not in must("accounts", "list")
    assert "anna · regulator · 500000" in must("accounts", "list")


@pytest.mark.parametrize(("words", "code", "said"), [
    (("add", "anna", "--role", "king"), 2, "courier, station_manager"),
    (("add", "anna", "--role", "carrier"), 2, "--carrier"),
    (("add", "anna", "--role", "regulator", "--division", "999999"), 2, "GB/T 2260"),
    (("add", "13812345678", "--role", "administrator"), 2, "a letter first"),
    (("add", "x'; DROP TABLE account;--", "--role", "administrator"), 2, "a letter first"),
    (("add", "known", "--role", "administrator"), 1, "taken"),
    (("add", "anna"), 2, "role"),
    (("disable", "nobody"), 1, "no account nobody"),
    (("reset", "nobody"), 1, "no account nobody"),
    (("token", "nobody", "--scope", "devices:read"), 1, "no account nobody"),
    (("token", "known", "--scope", "everything"), 2, "devices:read"),
    (("token", "known"), 2, "scope"),
    (("token", "known", "--scope", "devices:read", "--days", "367"), 2, "days"),
    (("revoke-token", "99"), 1, "no token 99"),
])  # fmt: skip
def test_what_cannot_be_is_refused_with_what_can(
    engine_here: Engine, words: tuple[str, ...], code: int, said: str
) -> None:
    must("accounts", "add", "known", "--role", "administrator")
    result = run("accounts", *words)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    with reading(engine_here) as session:
        assert len(find_entries(session, AuditFilter())) == 1


def test_a_token_is_printed_alone_and_ends_when_it_is_revoked_or_its_account_disabled(engine_here: Engine) -> None:
    must("accounts", "add", "anna", "--role", "administrator")
    tokens = []
    for _ in range(2):
        result = run("accounts", "token", "anna", "--scope", "devices:read", "--scope", "audit:read", "--days", "1")
        assert result.exit_code == 0
        tokens.append(result.stdout.strip())
    assert all(re.fullmatch(r"jixin_[\w-]{43}", each) for each in tokens)

    def in_force() -> list[bool]:
        with reading(engine_here) as session:
            return [token_of_bearer(session, hash_token(each), now=read_clock()) is not None for each in tokens]

    assert in_force() == [True, True]
    (told,) = json.loads(must("accounts", "list", "--json"))
    assert [each["scopes"] for each in told["tokens"]] == [["audit:read", "devices:read"]] * 2
    must("accounts", "revoke-token", str(told["tokens"][1]["token"]))
    assert in_force() == [False, True]
    must("accounts", "disable", "ANNA")
    assert in_force() == [False, False]
    assert "已停用 disabled" in must("accounts", "list")


def test_a_reset_ends_the_lock_and_opens_a_disabled_account(engine_here: Engine) -> None:
    must("accounts", "add", "anna", "--role", "administrator")
    must("accounts", "disable", "anna")
    counted = [counted_account(read_account_keys(Settings().account_key_file), "anna")]
    for _ in range(6):
        with transaction(engine_here) as session:
            locked = begin_attempt(session, counted, now=read_clock())
    assert locked is not None
    found = ONE_TIME.search(must("accounts", "reset", "anna"))
    with transaction(engine_here) as session:
        assert begin_attempt(session, counted, now=read_clock()) is None
        account = account_of(session, "anna")
    assert account is not None
    assert found is not None
    assert (account.disabled_at, account.must_change) == (None, True)
    assert fits(found[0], account.password_hash)


def test_a_new_installation_gets_one_administrator_once(engine_here: Engine) -> None:
    made = ensure_administrator(engine_here)
    assert made is not None
    assert (made.login, ensure_administrator(engine_here)) == ("admin", None)
    assert made.password not in repr(made)
    must("accounts", "disable", "admin")
    assert ensure_administrator(engine_here) is None, "nobody gets in by disabling the last one"


def test_the_chain_is_verified_against_itself_and_a_noted_head(engine_here: Engine) -> None:
    assert "0 条相扣" in must("audit", "verify")
    must("accounts", "add", "anna", "--role", "administrator")
    must("accounts", "disable", "anna")
    head = must("audit", "verify").split()[-1]
    assert head.startswith("2:")
    assert head in must("audit", "verify", "--head", head)
    for wrong in ("2", "x:y", f"0:{'0' * 64}", "2:00"):
        assert run("audit", "verify", "--head", wrong).exit_code == 2
    assert run("audit", "verify", "--head", f"2:{'0' * 64}").exit_code == 1
    with engine_here.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER audit_entry_update"))
        connection.execute(sa.text("UPDATE audit_entry SET actor = 'bert' WHERE entry_no = 1"))
    result = run("audit", "verify")
    assert (result.exit_code, "at entry 1" in result.output) == (1, True)


@pytest.mark.parametrize("words", [("accounts",), ("audit",)])
def test_a_group_without_a_command_lists_its_commands(words: tuple[str, ...]) -> None:
    said = run(*words, "--help").output
    assert ("revoke-token" in said) is (words == ("accounts",))
    assert ("verify" in said) is (words == ("audit",))


def test_a_scope_is_changed_by_a_command_as_on_the_page(engine_here: Engine) -> None:
    must("accounts", "add", "kurt", "--role", "courier", "--carrier", "BLUEBIRD", "--station", "CQ-01")
    assert "✓ kurt · BLUEBIRD/CQ-02" in must("accounts", "scope", "Kurt", "--carrier", "BLUEBIRD", "--station", "CQ-02")
    assert "kurt · courier · BLUEBIRD/CQ-02" in must("accounts", "list")
    with reading(engine_here) as session:
        entry = find_entries(session, AuditFilter(), limit=1)[0]
    assert (entry.actor, entry.action) == ("console", "scope_changed")
    assert entry.object == "kurt BLUEBIRD/CQ-01 BLUEBIRD/CQ-02"
    for words, code, said in (
        (("kurt", "--carrier", "BLUEBIRD"), 2, "--station"),
        (("kurt", "--division", "500000", "--carrier", "B", "--station", "C"), 2, "--division"),
        (("nobody", "--carrier", "B"), 1, "no account nobody"),
    ):
        result = run("accounts", "scope", *words)
        assert (result.exit_code, said in result.output) == (code, True), result.output
