"""Reading the ledger (查台账): the vault itself asks who is logged in, whatever the web would let through."""

import pytest
from sqlalchemy.engine import Engine

from tests.realname.world import COOKIE, Clock, log_in, note_opening
from tracker.access.roles import Role
from tracker.realname.ledger_reading import LedgerAsked, read_ledger
from tracker.realname.vault import OpeningRefused, Vault
from tracker.store.database import reading


@pytest.mark.parametrize(("role", "seen"), [(Role.ADMINISTRATOR, [3, 2, 1]), (Role.VAULT_OFFICER, [3, 1])])
def test_an_administrator_sees_all_and_an_officer_the_own(
    sqlite_engine: Engine, vault: Vault, role: Role, seen: list[int]
) -> None:
    for opener in ("officer", "other", "officer"):
        note_opening(vault, opener)
    log_in(sqlite_engine, role=role)
    with reading(sqlite_engine) as session:
        page = read_ledger(vault, session, LedgerAsked(COOKIE))
        assert [each.no for each in page.entries] == seen
        assert (page.lines, page.broken_at) == (3, None)
        newest = read_ledger(vault, session, LedgerAsked(COOKIE, before=3, limit=1))
        assert [each.no for each in newest.entries] == seen[1:2]
        assert newest.head == page.head


@pytest.mark.parametrize(("told", "code"), [
    ({"role": Role.CARRIER}, "role_missing"), ({"second_factor": None}, "role_missing"),
    ({"cookie": "another"}, "not_logged_in"),
])  # fmt: skip
def test_nobody_else_sees_anything(
    sqlite_engine: Engine, vault: Vault, clock: Clock, told: dict[str, object], code: str
) -> None:
    note_opening(vault, "officer")
    log_in(sqlite_engine, **told)  # type: ignore[arg-type]  # one of its arguments, by name
    with reading(sqlite_engine) as session, pytest.raises(OpeningRefused) as refused:
        read_ledger(vault, session, LedgerAsked(COOKIE))
    assert refused.value.code == code
