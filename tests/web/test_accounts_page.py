"""The accounts pages (账号管理): what an administrator sees and does there, each step on record, none on oneself."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.html import Page
from tests.web.staff import Staff, bearer_for, ensure_account, enter, staff_of
from tests.web.test_login import Browser, entries
from tests.web.world import NOW
from tracker.access.accounts import Account, account_of, add_account, save_totp
from tracker.access.audit import Action, append_audit
from tracker.access.roles import Role, Scope
from tracker.store.database import reading, transaction

PATH = "/admin/accounts"
COURIER = "courier.bluebird-cq-01"
SECRET = re.compile(r'<code class="secret">([^<]+)</code>')


@pytest.fixture
def admin(seeded_engine: Engine, quick_hashes: None) -> Staff:
    return staff_of(seeded_engine, Role.ADMINISTRATOR)


def post(client: TestClient, admin: Staff, path: str, **fields: str) -> tuple[int, str]:
    answer = client.post(f"{PATH}{path}", data={"csrf": admin.csrf, **fields}, headers=admin.headers)
    return answer.status_code, answer.headers.get("location", answer.text)


def known(engine: Engine, login: str) -> Account | None:
    with reading(engine) as session:
        return account_of(session, login)


def told(engine: Engine) -> tuple[str, str, str]:
    last = entries(engine, 1)[0]
    return last.action, last.object, last.outcome


def test_the_list_says_role_reach_state_and_last_login(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    ensure_account(seeded_engine, Role.COURIER)
    with transaction(seeded_engine) as session:
        append_audit(session, Action.LOGIN, at=NOW, actor=COURIER, role="courier")
    answer = client.get(PATH, headers=admin.headers)
    assert answer.headers["cache-control"] == "no-store"
    text = Page(answer.text).text
    assert f"{COURIER} 快递员 BLUEBIRD/CQ-01 2026-10-18 14:03" in text
    assert "仅接口令牌" in text
    assert told(seeded_engine) == ("accounts_seen", "", "done")
    none = Page(client.get(f"{PATH}?login=nobody-here", headers=admin.headers).text).text
    assert "没有这样的账号" in none


def test_many_accounts_take_pages(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    with transaction(seeded_engine) as session:
        for number in range(60):
            add_account(session, f"kurt{number:02}", Role.PLATFORM, Scope(platform="SHOP"), password_hash=None,
                        password_until=None, made_at=NOW)  # fmt: skip
    first = client.get(f"{PATH}?login=KURT", headers=admin.headers).text
    onward = next(link for link in Page(first).links if "next=" in link)
    second = Page(client.get(onward, headers=admin.headers).text).text
    assert "kurt49" in first
    assert "kurt50" not in first
    assert "kurt49" not in second
    assert "kurt59" in second


def test_a_new_account_gets_a_password_that_is_shown_once_and_opens_the_login(
    client: TestClient, seeded_engine: Engine, tmp_path: Path, admin: Staff
) -> None:
    status, page = post(client, admin, "", login="Kurt", role="courier", carrier="BLUEBIRD", station="CQ-01")
    assert status == 200
    assert told(seeded_engine) == ("account_added", "kurt courier BLUEBIRD/CQ-01", "done")
    password = SECRET.findall(page)[0]
    assert password not in client.get(f"{PATH}/kurt", headers=admin.headers).text
    browser = Browser(seeded_engine, tmp_path)
    assert browser.log_in("kurt", password) == (303, "/account")
    assert "先换成自己的" in browser.client.get("/account").text


@pytest.mark.parametrize(("fields", "said"), [
    ({"login": "k", "role": "courier", "carrier": "A", "station": "B"}, "登录名 2 到 32 位"),
    ({"login": "kurt", "role": ""}, "请选择角色"),
    ({"login": "kurt", "role": "courier", "carrier": "BLUEBIRD"}, "这个角色要填网点代码"),
    ({"login": "kurt", "role": "administrator", "carrier": "BLUEBIRD"}, "这个角色不填企业代码"),
    ({"login": "kurt", "role": "regulator", "division": "999999"}, "没有这个行政区划代码"),
    ({"login": "kurt", "role": "carrier", "carrier": "<script>x"}, "企业代码只含字母"),
    ({"login": "root", "role": "administrator"}, "登录名已被占用"),
])  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_made(
    client: TestClient, seeded_engine: Engine, admin: Staff, fields: dict[str, str], said: str
) -> None:
    before = entries(seeded_engine, 1)
    status, page = post(client, admin, "", **fields)
    assert (status, said in page) == (422, True)
    assert "<script>x" not in page
    assert f'value="{fields["login"]}"' in page, "what was typed is still there"
    assert known(seeded_engine, "kurt") is None
    assert entries(seeded_engine, 1) == before


def test_a_scope_is_changed_and_what_was_open_is_closed(
    client: TestClient, seeded_engine: Engine, admin: Staff
) -> None:
    courier = staff_of(seeded_engine, Role.COURIER)
    status, page = post(client, admin, f"/{COURIER}/scope", carrier="BLUEBIRD", station="")
    assert (status, "要填网点代码" in page) == (422, True)
    assert client.get("/account", headers=courier.headers).status_code == 200
    assert post(client, admin, f"/{COURIER}/scope", carrier="BLUEBIRD", station="HZ-11")[0] == 303
    assert told(seeded_engine) == ("scope_changed", f"{COURIER} BLUEBIRD/CQ-01 BLUEBIRD/HZ-11", "done")
    assert client.get("/account", headers=courier.headers).status_code == 303
    moved = known(seeded_engine, COURIER)
    assert moved is not None
    assert moved.scope == Scope("BLUEBIRD", "HZ-11")


def test_disabled_and_reset_again(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    carrier = staff_of(seeded_engine, Role.CARRIER)
    login = carrier.account.login
    assert post(client, admin, f"/{login}/disable") == (303, f"{PATH}/{login}")
    assert told(seeded_engine) == ("account_disabled", login, "done")
    assert client.get("/account", headers=carrier.headers).status_code == 303
    page = client.get(f"{PATH}/{login}", headers=admin.headers).text
    assert "已停用" in page
    assert f"{login}/disable" not in page
    status, page = post(client, admin, f"/{login}/reset")
    assert (status, len(SECRET.findall(page))) == (200, 1)
    assert told(seeded_engine) == ("account_reset", login, "done")
    again = known(seeded_engine, login)
    assert again is not None
    assert (again.disabled_at, again.totp_secret) == (None, None)


def test_nobody_acts_on_the_own_account(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    own = admin.account.login
    page = client.get(f"{PATH}/{own}", headers=admin.headers).text
    assert "另一位系统管理员" in page
    for act, action in (
        ("disable", "account_disabled"), ("reset", "account_reset"), ("scope", "scope_changed"),
        ("tokens", "token_made"),
    ):  # fmt: skip
        assert f"{own}/{act}" not in page
        assert post(client, admin, f"/{own}/{act}")[0] == 403
        assert told(seeded_engine) == (action, own, "refused")
    assert client.get("/account", headers=admin.headers).status_code == 200


def test_who_opens_identities_is_made_and_reset_on_the_server_only(
    client: TestClient, seeded_engine: Engine, admin: Staff
) -> None:
    """Else an administrator, or who has their session, would open identities by a detour."""
    assert 'value="vault_officer"' not in client.get(PATH, headers=admin.headers).text
    assert post(client, admin, "", login="kurt", role="vault_officer")[0] == 403
    assert known(seeded_engine, "kurt") is None
    assert told(seeded_engine) == ("account_added", "vault_officer", "refused")
    officer = staff_of(seeded_engine, Role.VAULT_OFFICER)
    login = officer.account.login
    assert "jixin accounts reset" in client.get(f"{PATH}/{login}", headers=admin.headers).text
    assert post(client, admin, f"/{login}/reset")[0] == 403
    assert client.get("/account", headers=officer.headers).status_code == 200
    assert post(client, admin, f"/{login}/disable")[0] == 303


def test_a_token_is_made_shown_once_and_revoked(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    login = ensure_account(seeded_engine, Role.CARRIER).login
    assert post(client, admin, f"/{login}/tokens", scope="quarantine:read", days="1")[0] == 422
    status, page = post(client, admin, f"/{login}/tokens", scope="devices:read", days="1")
    token = SECRET.findall(page)[0]
    number = entries(seeded_engine, 1)[0].object.partition(" ")[0]
    assert (status, told(seeded_engine)) == (200, ("token_made", f"{number} {login}", "done"))
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/devices", headers=bearer).status_code == 200
    assert token not in client.get(f"{PATH}/{login}", headers=admin.headers).text
    other = ensure_account(seeded_engine, Role.PLATFORM).login
    assert post(client, admin, f"/{other}/tokens/{number}/revoke")[0] == 403
    assert client.get("/api/v1/devices", headers=bearer).status_code == 200
    assert post(client, admin, f"/{login}/tokens/{number}/revoke")[0] == 303
    assert client.get("/api/v1/devices", headers=bearer).status_code == 401


@pytest.mark.parametrize("path", ["", f"/{COURIER}/scope", f"/{COURIER}/disable", f"/{COURIER}/reset",
                                  f"/{COURIER}/tokens"])  # fmt: skip
def test_no_form_of_another_site_changes_an_account(
    client: TestClient, seeded_engine: Engine, admin: Staff, path: str
) -> None:
    before = ensure_account(seeded_engine, Role.COURIER)
    for csrf in ("", "x", enter(seeded_engine, admin.account).csrf):
        answer = client.post(f"{PATH}{path}", data={"csrf": csrf, "login": "kurt"}, headers=admin.headers)
        assert answer.status_code == 403
    assert known(seeded_engine, COURIER) == before
    assert known(seeded_engine, "kurt") is None


def test_an_unknown_account_is_a_clear_answer(client: TestClient, admin: Staff) -> None:
    answer = client.get(f"{PATH}/nobody.here", headers=admin.headers)
    assert (answer.status_code, "没有这个账号" in answer.text) == (404, True)
    assert client.get(f"{PATH}/<script>", headers=admin.headers).status_code == 422


def test_no_token_manages_accounts(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    bearer = bearer_for(seeded_engine, admin.account, "audit:read")
    assert client.get(PATH, headers=bearer).status_code == 403


def test_a_factor_that_a_role_needs_and_has_not_stands_out(
    client: TestClient, seeded_engine: Engine, admin: Staff
) -> None:
    account = ensure_account(seeded_engine, Role.REGULATOR, second_factor=False)
    page = client.get(f"{PATH}/{account.login}", headers=admin.headers).text
    assert '<span class="chip warn">未启用</span>' in page
    with transaction(seeded_engine) as session:
        save_totp(session, account.account_no, b"sealed", step=1)
    assert '<span class="chip warn">未启用' not in client.get(f"{PATH}/{account.login}", headers=admin.headers).text
