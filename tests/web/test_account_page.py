"""The account page (账号): a one-time password is changed, a second factor set up, a token made, and nothing else."""

import re
from base64 import b32decode
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.html import Page
from tests.web.staff import Staff, bearer_for, ensure_account, enter, staff_of
from tests.web.test_login import PASSWORD, Browser, entries
from tests.web.world import NOW
from tracker.access.accounts import account_of, reset_account, save_password, save_totp
from tracker.access.roles import Role, Scope
from tracker.access.sessions import Standing, session_of_cookie
from tracker.access.tokens import hash_token
from tracker.store.database import reading, transaction
from web.accounts.passwords import fits, hash_password
from web.accounts.second_factor import code_of, step_of

NEW = "seven green umbrellas"
TOKEN = re.compile(r"jixin_[\w-]{43}")


@pytest.fixture
def phc(quick_hashes: None) -> str:
    """A hash of PASSWORD."""
    return hash_password(PASSWORD)


@pytest.fixture
def browser(seeded_engine: Engine, tmp_path: Path, phc: str) -> Browser:
    """A new carrier's, with a one-time password."""
    account = ensure_account(seeded_engine, Role.CARRIER, second_factor=False, login="bluebird")
    with transaction(seeded_engine) as session:
        reset_account(session, account.account_no, password_hash=phc, password_until=NOW + timedelta(days=7))
    return Browser(seeded_engine, tmp_path)


def post(browser: Browser, path: str, **fields: str | list[str]) -> tuple[int, str]:
    answer = browser.client.post(path, data={"csrf": browser.csrf("/account"), **fields})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_a_newcomer_chooses_a_password_and_sets_up_the_second_factor(browser: Browser, seeded_engine: Engine) -> None:
    assert browser.log_in("bluebird") == (303, "/account")
    assert "一次性密码" in browser.client.get("/account").text
    assert browser.client.get("/regulator/devices").headers["location"] == "/account"
    for wrong in (PASSWORD, "short", "x" * 20, "bluebird for ever"):
        assert post(browser, "/account/password", new=wrong, again=wrong)[0] == 422
    first = browser.session
    assert post(browser, "/account/password", new=NEW, again=NEW) == (303, "/account")
    assert browser.session != first
    page = browser.client.get("/account").text
    assert "先启用动态码" in page
    typed = re.findall(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert len(typed) == 1
    assert browser.client.get("/account/second-factor.svg").headers["content-type"] == "image/svg+xml"
    assert post(browser, "/account/second-factor", code="000000")[0] in (422, 303)
    secret = secret_on_offer(browser, seeded_engine)
    assert post(browser, "/account/second-factor", code=code_of(secret, step_of(NOW))) == (303, "/account")
    assert browser.client.get("/regulator/devices").status_code == 200
    assert browser.client.get("/account/second-factor.svg").status_code == 403
    told = [each.action for each in entries(seeded_engine, 4)]
    assert told == ["devices_seen", "second_factor_set", "password_changed", "login"]
    with reading(seeded_engine) as session:
        account = account_of(session, "bluebird")
    assert account is not None
    assert fits(NEW, account.password_hash)
    assert secret not in (account.totp_secret or b"")
    assert browser.show_code(code_of(secret, step_of(NOW)))[0] == 303, "a finished login is asked for no code"


def secret_on_offer(browser: Browser, engine: Engine) -> bytes:
    (typed,) = re.findall(r'<code class="secret">([A-Z2-7 ]+)</code>', browser.client.get("/account").text)
    return b32decode(typed.replace(" ", ""))


def test_the_code_that_set_it_up_logs_nobody_in_again(browser: Browser, seeded_engine: Engine) -> None:
    browser.log_in("bluebird")
    post(browser, "/account/password", new=NEW, again=NEW)
    secret = secret_on_offer(browser, seeded_engine)
    code = code_of(secret, step_of(NOW))
    post(browser, "/account/second-factor", code=code)
    browser.log_in("bluebird", NEW)
    assert browser.show_code(code)[0] == 403


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(
    browser: Browser, seeded_engine: Engine, phc: str
) -> None:
    account = ensure_account(seeded_engine, Role.COURIER)
    with transaction(seeded_engine) as session:
        save_password(session, account.account_no, phc)
    elsewhere = enter(seeded_engine, account)
    assert browser.log_in(account.login)[0] == 303
    status, page = post(browser, "/account/password", present="wrong", new=NEW, again=NEW)
    assert (status, "现在的密码不对" in page) == (422, True)
    assert post(browser, "/account/password", present=PASSWORD, new=NEW, again=NEW) == (303, "/account")
    assert browser.is_in
    with reading(seeded_engine) as session:
        assert session_of_cookie(session, hash_token(elsewhere.cookie), now=NOW) is None
    assert browser.log_in(account.login)[0] == 403
    assert browser.log_in(account.login, NEW)[0] == 303


def test_the_present_password_cannot_be_tried_out_by_a_stolen_session(
    browser: Browser, seeded_engine: Engine, phc: str
) -> None:
    account = ensure_account(seeded_engine, Role.COURIER)
    with transaction(seeded_engine) as session:
        save_password(session, account.account_no, phc)
    browser.log_in(account.login)
    pages = [post(browser, "/account/password", present="wrong", new=NEW, again=NEW)[1] for _ in range(6)]
    assert ["试错太多次" in page for page in pages] == [False] * 5 + [True]
    assert "试错太多次" in post(browser, "/account/password", present=PASSWORD, new=NEW, again=NEW)[1]


def use(client: TestClient, staff: Staff, path: str, **fields: str | list[str]) -> tuple[int, str]:
    answer = client.post(path, data={"csrf": staff.csrf, **fields}, headers=staff.headers)
    return answer.status_code, answer.text


def with_password(engine: Engine, phc: str, role: Role = Role.CARRIER) -> Staff:
    """A session whose account has the password PASSWORD."""
    account = ensure_account(engine, role)
    with transaction(engine) as session:
        save_password(session, account.account_no, phc)
    return staff_of(engine, role)


def test_a_stolen_session_makes_nothing_that_outlives_it(client: TestClient, seeded_engine: Engine, phc: str) -> None:
    courier = with_password(seeded_engine, phc, Role.COURIER)
    text = client.get("/account", headers=courier.headers).text
    assert 'id="offer-present"' in text
    (typed,) = re.findall(r'<code class="secret">([A-Z2-7 ]+)</code>', text)
    code = code_of(b32decode(typed.replace(" ", "")), step_of(NOW))
    for told in ({}, {"present": "wrong"}):
        status, page = use(client, courier, "/account/second-factor", code=code, **told)
        assert (status, "现在的密码不对" in page) == (422, True)
    assert use(client, courier, "/account/second-factor", code=code, present=PASSWORD)[0] == 303
    carrier = with_password(seeded_engine, phc)
    for told in ({}, {"present": "wrong"}):
        status, page = use(client, carrier, "/account/tokens", scope=["devices:read"], days="30", **told)
        assert (status, "现在的密码不对" in page, TOKEN.findall(page)) == (422, True, [])


def test_the_password_is_tried_out_neither_for_a_token_nor_for_a_second_factor(
    client: TestClient, seeded_engine: Engine, phc: str
) -> None:
    carrier = with_password(seeded_engine, phc)
    pages = [use(client, carrier, "/account/tokens", present="wrong")[1] for _ in range(6)]
    assert ["试错太多次" in page for page in pages] == [False] * 5 + [True]
    assert "试错太多次" in use(client, carrier, "/account/tokens", present=PASSWORD)[1]


def test_a_token_is_not_made_by_a_password_that_was_changed_meanwhile(
    client: TestClient, seeded_engine: Engine, phc: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = with_password(seeded_engine, phc)

    def slower(*told: object) -> bool:
        with transaction(seeded_engine) as session:
            save_password(session, carrier.account.account_no, hash_password(NEW))
        return True

    monkeypatch.setattr("web.pages.account_page.fits", slower)
    status, page = use(client, carrier, "/account/tokens", scope=["devices:read"], days="30", present=PASSWORD)
    assert (status, TOKEN.findall(page)) == (303, [])


def test_a_token_is_shown_once_works_and_is_revoked(client: TestClient, seeded_engine: Engine, phc: str) -> None:
    staff = with_password(seeded_engine, phc)
    status, page = use(client, staff, "/account/tokens", scope=["devices:read"], days="30", present=PASSWORD)
    (token,) = TOKEN.findall(page)
    assert status == 200
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/devices", headers=headers).status_code == 200
    put = client.put("/api/v1/stations/BLUEBIRD/CQ-01", json={"silent_after_hours": 1}, headers=headers)
    assert put.json()["type"].endswith("scope-missing")
    again = client.get("/account", headers=staff.headers).text
    assert token not in again
    (href,) = re.findall(r'action="(/account/tokens/\d+/revoke)"', again)
    assert use(client, staff, href)[0] == 303
    assert client.get("/api/v1/devices", headers=headers).json()["type"].endswith("token-wrong")
    assert use(client, staff, href)[0] == 403


@pytest.mark.parametrize("fields", [
    {}, {"scope": "devices:read"}, {"scope": "devices:read", "days": "0"}, {"scope": "devices:read", "days": "367"},
    {"scope": "devices:read", "days": "-1"}, {"scope": "devices:read", "days": "²"},
    {"scope": "audit:read", "days": "1"}, {"scope": "<b>", "days": "1"},
])  # fmt: skip
def test_a_token_that_may_not_be_is_not_made(
    client: TestClient, seeded_engine: Engine, phc: str, fields: dict[str, str]
) -> None:
    status, page = use(client, with_password(seeded_engine, phc), "/account/tokens", present=PASSWORD, **fields)
    assert (status, TOKEN.findall(page)) == (422, [])


def test_an_expired_token_and_one_of_a_changed_role_open_nothing(client: TestClient, seeded_engine: Engine) -> None:
    account = ensure_account(seeded_engine, Role.CARRIER)
    old = bearer_for(seeded_engine, account, "devices:read", at=NOW - timedelta(days=1))
    assert client.get("/api/v1/devices", headers=old).json()["type"].endswith("token-wrong")
    almost = bearer_for(seeded_engine, account, "devices:read", at=NOW - timedelta(days=1) + timedelta(seconds=1))
    assert client.get("/api/v1/devices", headers=almost).status_code == 200


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_page_says_who_one_is_and_what_one_did(
    client: TestClient, seeded_engine: Engine, role: Role, lang: str
) -> None:
    staff = staff_of(seeded_engine, role)
    client.get("/api/v1/quarantine", headers=staff.headers)
    page = Page(client.get(f"/account?lang={lang}", headers=staff.headers).text)
    assert staff.account.login in page.text
    assert ("越权访问被拒" if lang == "zh-CN" else "ask for what is not allowed") in page.text or (
        role is Role.ADMINISTRATOR
    )
    if role is Role.REGULATOR:
        assert "重庆市" in page.text
    csrf = [each["value"] for each in page.attributes_of("input") if each.get("name") == "csrf"]
    forms = [each for each in page.attributes_of("form") if each.get("method") == "post"]
    assert csrf == [staff.csrf] * len(forms)


def test_the_second_factor_may_be_asked_for_again(client: TestClient, seeded_engine: Engine) -> None:
    """What the vault will ask."""
    account = ensure_account(seeded_engine, Role.VAULT_OFFICER)
    staff = enter(seeded_engine, account)
    with reading(seeded_engine) as session:
        found = session_of_cookie(session, hash_token(staff.cookie), now=NOW + timedelta(minutes=5))
    assert found is not None
    assert found.standing is Standing.FULL
    assert found.account.scope == Scope()
    assert found.passed_within(timedelta(minutes=5), now=NOW + timedelta(minutes=5))
    assert not found.passed_within(timedelta(minutes=4), now=NOW + timedelta(minutes=5))


def test_of_two_second_factors_at_once_the_later_one_is_told_and_changes_nothing(
    browser: Browser, seeded_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.log_in("bluebird")
    post(browser, "/account/password", new=NEW, again=NEW)
    secret = secret_on_offer(browser, seeded_engine)
    with reading(seeded_engine) as session:
        account = account_of(session, "bluebird")
    assert account is not None

    def slower(*told: object, **more: object) -> int:
        with transaction(seeded_engine) as session:  # another request is through in the meantime
            assert save_totp(session, account.account_no, b"first", step=1)
        return step_of(NOW)

    monkeypatch.setattr("web.pages.account_page.find_step", slower)
    status, page = post(browser, "/account/second-factor", code=code_of(secret, step_of(NOW)))
    assert (status, "动态码刚刚已启用" in page) == (409, True)
    with reading(seeded_engine) as session:
        found = account_of(session, "bluebird")
    assert found is not None
    assert found.totp_secret == b"first"


def test_a_password_change_whose_session_was_ended_meanwhile_changes_nothing(
    browser: Browser, seeded_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.log_in("bluebird")

    def slower(password: str) -> str:
        with transaction(seeded_engine) as session:  # a reset closes every way in
            account = account_of(session, "bluebird")
            assert account is not None
            reset_account(session, account.account_no, password_hash="reset", password_until=NOW + timedelta(days=7))
        return hash_password(password)

    monkeypatch.setattr("web.pages.account_page.hash_password", slower)
    assert post(browser, "/account/password", new=NEW, again=NEW)[0] == 303
    assert not browser.is_in
    with reading(seeded_engine) as session:
        account = account_of(session, "bluebird")
    assert account is not None
    assert account.password_hash == "reset"
