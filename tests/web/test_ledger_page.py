"""The access ledger's page (查阅台账): all of it for administrators, the own lines for an officer, no person in it."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.realname.world import NUMBER, Clock, keep_record, make_vault, note_opening
from tests.web.doors.guarded import open_door
from tests.web.html import Page
from tests.web.staff import Staff, ensure_account, enter, staff_of
from tests.web.test_login import entries
from tests.web.test_vault_page import ask
from tests.web.world import NOW
from tracker.access.roles import Role
from tracker.realname.vault import Vault

CASE = "(2026)沪0101刑初12号"


@pytest.fixture
def vault(tmp_path: Path, seeded_engine: Engine) -> Iterator[Vault]:
    """A vault whose door is open."""
    vault = make_vault(tmp_path / "vault", Clock(NOW))
    with open_door(vault, seeded_engine, tmp_path / "vault"):
        yield vault


@pytest.fixture
def admin(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.ADMINISTRATOR)


def officer(engine: Engine, login: str) -> Staff:
    return enter(engine, ensure_account(engine, Role.VAULT_OFFICER, login=login))


def page(client: TestClient, who: Staff, path: str = "/vault/ledger") -> str:
    answer = client.get(path, headers=who.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def test_it_shows_who_opened_what_and_why_and_nobody_who_is_in_it(
    client: TestClient, seeded_engine: Engine, vault: Vault, admin: Staff
) -> None:
    anna, bert = officer(seeded_engine, "anna"), officer(seeded_engine, "bert")
    record_id = keep_record(seeded_engine, vault)
    assert ask(client, anna, record_id).status_code == 200
    assert ask(client, bert, record_id, case_no="").status_code == 403
    html = page(client, admin)
    text = Page(html).text
    assert "2 条逐条相扣" in text
    assert f"anna 身份库管理员 W1 寄件人证件 司法机关调取 {CASE} 已打开" in text
    assert "bert" in text
    assert NUMBER not in html
    assert "张三丰" not in html
    assert entries(seeded_engine, 1)[0].action == "ledger_seen"
    assert "bert" not in Page(page(client, anna)).text, "an officer sees the own lines"
    assert CASE not in page(client, bert)


def test_the_export_has_every_line(client: TestClient, seeded_engine: Engine, vault: Vault, admin: Staff) -> None:
    for number in range(120):
        note_opening(vault, "=cmd" if number == 7 else "anna", waybill_no=f"W{number}")
    first = page(client, admin)
    assert (first.count("<tr"), ">W119<" in first, ">W19<" in first) == (101, True, False)
    onward = next(link for link in Page(first).links if "next=" in link)
    assert ">W19<" in page(client, admin, onward)
    told = list(csv.reader(StringIO(page(client, admin, "/vault/ledger.csv").lstrip("\ufeff"))))
    assert [row[0] for row in told] == ["no", *(str(number) for number in range(120, 0, -1))]
    assert told[-8][2] == "'=cmd"
    assert entries(seeded_engine, 1)[0].action == "ledger_exported"


def test_nothing_yet_and_no_vault_say_so(
    client: TestClient, seeded_engine: Engine, vault: Vault, admin: Staff, tmp_path: Path
) -> None:
    assert "还没有人查阅过" in page(client, admin)
    (tmp_path / "vault" / "door").rename(tmp_path / "vault" / "shut")
    for path in ("/vault/ledger", "/vault/ledger.csv"):
        answer = client.get(path, headers=admin.headers)
        assert (answer.status_code, "保险库没有应答" in answer.text) == (503, True)


@pytest.mark.parametrize("harm", ["changed", "taken out", "cut through"])
def test_a_ledger_that_was_changed_says_where(
    client: TestClient, seeded_engine: Engine, vault: Vault, admin: Staff, harm: str
) -> None:
    anna, record_id = officer(seeded_engine, "anna"), keep_record(seeded_engine, vault)
    for _ in range(3):
        ask(client, anna, record_id)
    lines = vault.ledger.path.read_bytes().splitlines(keepends=True)
    left = {"changed": [lines[0], lines[1][:-9] + b"AAAAAAAA\n", lines[2]], "taken out": [lines[0], lines[2]],
            "cut through": [lines[0], lines[1][:40] + b"\n"]}[harm]  # fmt: skip
    vault.ledger.path.write_bytes(b"".join(left))
    text = Page(page(client, admin)).text
    assert "第 2 条起不相扣" in text
    assert "链头" not in text


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.VAULT_OFFICER)])
def test_nobody_else_sees_it(client: TestClient, seeded_engine: Engine, vault: Vault, role: Role) -> None:
    staff = staff_of(seeded_engine, role)
    for path in ("/vault/ledger", "/vault/ledger.csv"):
        assert client.get(path, headers=staff.headers).status_code == 403
