"""The login (登录): password, code, lock, and every way round them that is closed."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.conftest import app_of
from tests.web.staff import SECRET, ensure_account, enter, seal_for
from tests.web.world import NOW
from tracker.access.accounts import account_of, disable_account, reset_account, save_password
from tracker.access.attempts import SHORTEST, Counted
from tracker.access.audit import AuditEntry, AuditFilter, find_entries
from tracker.access.roles import Role
from tracker.access.sessions import close_other_sessions
from tracker.store.database import reading, transaction
from web.accounts.keys import AccountKeys
from web.accounts.login import counted_account
from web.accounts.passwords import ONE_TIME_FOR, hash_password
from web.accounts.second_factor import code_of, step_of
from web.app import create_app
from web.settings import Settings

PASSWORD = "a horse in the rain"
COURIER = "courier.bluebird-cq-01"
HIDDEN = re.compile(r'name="csrf" value="([^"]*)"')


class Clock:
    """The app's clock, set by the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Browser:
    """A person at the login page: sends the form that the page gave, and keeps its cookies."""

    def __init__(self, engine: Engine, folder: Path, *, base: str = "http://jixin.example", **settings: str) -> None:
        self.clock = Clock()
        app = create_app(Settings(data_dir=folder, **settings), engine, clock=self.clock)  # type: ignore[arg-type]
        self.client = TestClient(app, base_url=base, follow_redirects=False, client=("203.0.113.77", 5))

    def csrf(self, path: str = "/login") -> str:
        found = HIDDEN.search(self.client.get(path).text)
        return found[1] if found else ""

    def log_in(self, login: str = COURIER, password: str = PASSWORD, **fields: str) -> tuple[int, str]:
        """Status, and where it leads or the page's text."""
        data = {"csrf": self.csrf(), "login": login, "password": password, **fields}
        answer = self.client.post("/login", data=data)
        return answer.status_code, answer.headers.get("location", answer.text)

    def show_code(self, code: str, onward: str = "") -> tuple[int, str]:
        answer = self.client.post("/login/code", data={"csrf": self.csrf("/login/code"), "code": code, "next": onward})
        return answer.status_code, answer.headers.get("location", answer.text)

    @property
    def session(self) -> str | None:
        return next((each.value for each in self.client.cookies.jar if each.name.endswith("jixin-session")), None)

    @property
    def is_in(self) -> bool:
        return self.client.get("/account").status_code == 200


@pytest.fixture
def phc(quick_hashes: None) -> str:
    """A hash of PASSWORD."""
    return hash_password(PASSWORD)


@pytest.fixture
def browser(seeded_engine: Engine, tmp_path: Path, phc: str) -> Browser:
    """A browser in front of an installation with a courier and an administrator."""
    for role in (Role.COURIER, Role.ADMINISTRATOR):
        account = ensure_account(seeded_engine, role)
        with transaction(seeded_engine) as session:
            save_password(session, account.account_no, phc)
    browser = Browser(seeded_engine, tmp_path)
    seal_for(app_of(browser.client).state.settings, seeded_engine, ensure_account(seeded_engine, Role.ADMINISTRATOR))
    return browser


ADMIN = "administrator.all"


def entries(engine: Engine, count: int) -> list[AuditEntry]:
    with reading(engine) as session:
        return find_entries(session, AuditFilter(), limit=count)


def test_the_right_password_opens_a_session_and_a_logout_ends_it(browser: Browser, seeded_engine: Engine) -> None:
    assert not browser.is_in
    assert browser.log_in() == (303, "/account")
    assert browser.is_in
    told = entries(seeded_engine, 1)[0]
    assert (told.action, told.outcome, told.actor, told.role) == ("login", "done", COURIER, "courier")
    assert told.address == "203.0.113.0/24"
    stolen, token = browser.session, browser.csrf("/account")
    assert browser.client.post("/logout", data={"csrf": token}).headers["location"] == "/login"
    assert entries(seeded_engine, 1)[0].action == "logout"
    browser.client.cookies.set("jixin-session", stolen or "")
    assert not browser.is_in


@pytest.mark.parametrize(("login", "password"), [
    (COURIER, "wrong"), (COURIER, ""), ("nobody.here", PASSWORD), ("", PASSWORD), ("张三", PASSWORD),
    ("x' OR '1'='1", PASSWORD), ("<script>alert(1)</script>", PASSWORD), (COURIER, "\x00" * 9),
])  # fmt: skip
def test_every_wrong_one_gets_the_same_answer(
    browser: Browser, seeded_engine: Engine, login: str, password: str
) -> None:
    status, page = browser.log_in(login, password)
    assert (status, browser.session) == (403, None)
    assert "登录名或密码不对" in page
    assert "<script>alert" not in page
    told = entries(seeded_engine, 1)[0]
    assert (told.action, told.outcome) == ("login", "refused")
    assert told.actor == (login if login == COURIER else ""), "what was typed by mistake is not kept"


def test_a_disabled_account_and_an_old_one_time_password_open_nothing(
    browser: Browser, seeded_engine: Engine, phc: str
) -> None:
    account = ensure_account(seeded_engine, Role.COURIER)
    with transaction(seeded_engine) as session:
        disable_account(session, account.account_no, at=NOW)
    assert browser.log_in()[0] == 403
    with transaction(seeded_engine) as session:
        reset_account(session, account.account_no, password_hash=phc, password_until=NOW + ONE_TIME_FOR)
    browser.clock.now = NOW + ONE_TIME_FOR
    status, page = browser.log_in()
    assert (status, "已过期" in page) == (403, True)
    browser.clock.now -= timedelta(seconds=1)
    assert browser.log_in() == (303, "/account")


def test_a_login_begins_a_new_session_whatever_cookie_was_there(browser: Browser, seeded_engine: Engine) -> None:
    """Session fixation: who put a cookie there before the login is not in after it."""
    planted = enter(seeded_engine, ensure_account(seeded_engine, Role.COURIER)).cookie
    browser.client.cookies.set("jixin-session", planted, domain="jixin.example", path="/")
    assert browser.log_in() == (303, "/account")
    assert browser.session != planted
    other = browser.client
    other.cookies.clear()
    other.cookies.set("jixin-session", planted)
    assert not browser.is_in


def test_the_code_too_begins_a_new_session(browser: Browser) -> None:
    assert browser.log_in(ADMIN)[0] == 303
    before = browser.session
    assert browser.client.get("/account").headers["location"] == "/login/code"
    assert browser.show_code(code_of(SECRET, step_of(NOW))) == (303, "/account")
    assert browser.session != before
    assert browser.is_in
    browser.client.cookies.clear()
    browser.client.cookies.set("jixin-session", before or "")
    assert browser.client.get("/account").headers["location"] == "/login", "not even a code is asked for"


def test_what_was_asked_for_is_opened_after_password_and_code(browser: Browser) -> None:
    asked = browser.client.get("/regulator/devices?lang=en", headers={"Accept": "text/html"}).headers["location"]
    assert asked == "/login?next=%2Fregulator%2Fdevices%3Flang%3Den"
    onward = re.search(r'name="next" value="([^"]*)"', browser.client.get(asked).text)
    assert onward is not None
    assert browser.log_in(ADMIN, next=onward[1]) == (303, "/regulator/devices?lang=en")
    code = browser.client.get("/regulator/devices?lang=en").headers["location"]
    assert code == "/login/code?next=%2Fregulator%2Fdevices%3Flang%3Den"
    assert browser.show_code(code_of(SECRET, step_of(NOW)), onward[1]) == (303, "/regulator/devices?lang=en")


@pytest.mark.parametrize("evil", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"])
def test_no_login_leads_to_another_site(browser: Browser, evil: str) -> None:
    page = browser.client.get("/login", params={"next": evil}).text
    assert re.findall(r'name="next" value="([^"]*)"', page) == ["/account"]
    assert browser.log_in(next=evil) == (303, "/account")


def test_a_code_is_taken_once(browser: Browser, seeded_engine: Engine) -> None:
    """Who looked over a shoulder has nothing of it, also in a session of their own."""
    code = code_of(SECRET, step_of(NOW))
    browser.log_in(ADMIN)
    assert browser.show_code(code)[0] == 303
    assert browser.log_in(ADMIN)[0] == 303
    status, page = browser.show_code(code)
    assert (status, "用过" in page) == (403, True)
    assert entries(seeded_engine, 1)[0].outcome == "refused"
    browser.clock.now += timedelta(seconds=30)
    assert browser.show_code(code_of(SECRET, step_of(browser.clock.now)))[0] == 303


def test_codes_cannot_be_tried_out(browser: Browser) -> None:
    browser.log_in(ADMIN)
    right = code_of(SECRET, step_of(NOW))
    wrong = [f"{number:06}" for number in range(20) if f"{number:06}" not in
             {code_of(SECRET, step_of(NOW) + drift) for drift in (-1, 0, 1)}]  # fmt: skip
    statuses = [browser.show_code(code)[0] for code in wrong[:6]]
    assert statuses == [403] * 4 + [429] * 2, "the password's own try is counted with them"
    assert browser.show_code(right)[0] == 429
    assert browser.log_in(ADMIN)[0] == 429
    browser.clock.now += SHORTEST
    assert browser.show_code(code_of(SECRET, step_of(browser.clock.now)))[0] == 303


@pytest.mark.parametrize("login", [COURIER, "nobody.here"])
def test_after_five_wrong_ones_also_the_right_one_waits(browser: Browser, login: str) -> None:
    assert [browser.log_in(login, "wrong")[0] for _ in range(6)] == [403] * 5 + [429]
    status, page = browser.log_in(login)
    assert status == 429
    assert "14:04 之后再试" in page, "until when, and whom to ask"
    assert "管理员" in page
    browser.clock.now += SHORTEST
    assert browser.log_in(login)[0] == (303 if login == COURIER else 403)


def test_a_form_that_is_not_ours_logs_nobody_in(browser: Browser) -> None:
    """Who logs a victim in under their own name sees what the victim does there."""
    data = {"login": COURIER, "password": PASSWORD}
    token = browser.csrf()
    for csrf in ("", "x", token[:-1]):
        assert browser.client.post("/login", data={**data, "csrf": csrf}).status_code == 403
    browser.client.cookies.clear()
    assert browser.client.post("/login", data={**data, "csrf": token}).status_code == 403
    assert browser.client.post("/login", json={**data, "csrf": token}).status_code == 403


@pytest.mark.parametrize(("path", "data"), [
    ("/logout", {}), ("/account/password", {"new": "x" * 20, "again": "x" * 20}), ("/account/tokens", {"days": "1"}),
    ("/account/second-factor", {"code": "000000"}), ("/account/tokens/1/revoke", {}),
])  # fmt: skip
def test_no_form_of_another_site_changes_anything(
    browser: Browser, seeded_engine: Engine, path: str, data: dict[str, str]
) -> None:
    browser.log_in()
    before = entries(seeded_engine, 1)[0].entry_no
    other = enter(seeded_engine, ensure_account(seeded_engine, Role.COURIER)).csrf
    for csrf in ("", "x", other):
        answer = browser.client.post(path, data={**data, "csrf": csrf}, headers={"Accept": "text/html"})
        assert (answer.status_code, "表单" in answer.text) == (403, True)
    assert browser.is_in
    assert entries(seeded_engine, 1)[0].entry_no == before


@pytest.mark.parametrize(("base", "settings", "secure"), [
    ("http://jixin.example", {}, False),
    ("https://jixin.example", {}, True),
    ("http://jixin.example", {"public_url": "https://trace.example"}, True),
])  # fmt: skip
def test_cookies_are_as_closed_as_the_way_to_the_server_lets_them_be(
    browser: Browser, seeded_engine: Engine, tmp_path: Path, base: str, settings: dict[str, str], secure: bool
) -> None:
    other = Browser(seeded_engine, tmp_path, base=base, **settings)
    cookie = other.client.get("/login").headers["set-cookie"]
    name = "__Host-jixin-login" if secure else "jixin-login"
    assert cookie.startswith(f"{name}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert ("Secure" in cookie.split("; ")) is secure
    assert "Domain" not in cookie
    staff = enter(seeded_engine, ensure_account(seeded_engine, Role.COURIER))
    for sent, counts in (("jixin-session", not secure), ("__Host-jixin-session", secure)):
        answer = other.client.get("/account", headers={"Cookie": f"{sent}={staff.cookie}"})
        assert (answer.status_code == 200) is counts, sent


def test_a_flood_of_logins_is_refused_and_pages_go_on(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = app_of(browser.client).state.slow_hashes
    monkeypatch.setattr(slow, "_open", slow._most)
    token = browser.csrf()
    answer = browser.client.post("/login", data={"csrf": token, "login": COURIER, "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert browser.client.get("/").status_code == 200


@pytest.mark.parametrize("body", [b"a=1&" * 50, b"login=" + b"x" * 40_000, b"login=\xff", b"csrf=%ff&login=%00"])
def test_a_form_that_is_none_is_refused(browser: Browser, body: bytes) -> None:
    browser.csrf()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.client.post("/login", content=body, headers=headers).status_code in (400, 403)


def change_meanwhile(engine: Engine, login: str, *, disable: bool = False) -> None:
    """What the owner does in another window, or an administrator."""
    with transaction(engine) as session:
        account = account_of(session, login)
        assert account is not None
        if disable:
            disable_account(session, account.account_no, at=NOW)
        else:
            save_password(session, account.account_no, "another")
            close_other_sessions(session, account.account_no, keep=b"")


@pytest.mark.parametrize("disable", [False, True])
def test_a_login_begun_before_a_new_password_gets_no_session_after_it(
    browser: Browser, seeded_engine: Engine, monkeypatch: pytest.MonkeyPatch, disable: bool
) -> None:
    def slow(password: str, phc: str | None) -> bool:
        change_meanwhile(seeded_engine, COURIER, disable=disable)
        return True

    monkeypatch.setattr("web.accounts.login.fits", slow)
    assert browser.log_in()[0] == 403
    assert not browser.is_in
    told = entries(seeded_engine, 1)[0]
    assert (told.action, told.outcome, told.actor) == ("login", "refused", COURIER)


def test_a_code_shown_for_a_login_from_before_a_new_password_opens_nothing(
    browser: Browser, seeded_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.log_in(ADMIN)
    token = browser.csrf("/login/code")

    def slow(keys: AccountKeys, login: str) -> Counted:
        change_meanwhile(seeded_engine, ADMIN)
        return counted_account(keys, login)

    monkeypatch.setattr("web.accounts.login.counted_account", slow)
    code = code_of(SECRET, step_of(NOW))
    answer = browser.client.post("/login/code", data={"csrf": token, "code": code, "next": ""})
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/login")
    assert not browser.is_in
