"""The login in a real browser (登录实走): without script, on a phone, with an authenticator that reads the screen."""

from base64 import b32decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from tests.walk.browser import run_browser, serve
from tests.walk.test_browser import DESK, PHONE, TOO_SMALL
from tests.web.conftest import fill
from tracker.access.roles import Role, Scope
from tracker.store.database import build_engine
from tracker.store.migrate import upgrade
from web.accounts.second_factor import code_of, step_of
from web.app import create_app
from web.clock import read_clock
from web.commands.accounts import make_account
from web.settings import Settings

NEW = "seven green umbrellas"


@dataclass
class Site:
    """A served small world and its one-time passwords by login name."""

    url: str
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with run_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("login")
    engine = build_engine(f"sqlite:///{folder / 'jixin.db'}")
    upgrade(engine)
    fill(engine)
    made = [
        make_account(engine, "phone.admin", Role.ADMINISTRATOR),
        make_account(engine, "desk.admin", Role.ADMINISTRATOR),
        make_account(engine, "kurt", Role.COURIER, Scope("BLUEBIRD", "CQ-01")),
    ]
    with serve(create_app(Settings(data_dir=folder), engine)) as url:
        yield Site(url, {each.login: each.password for each in made})
    engine.dispose()


def log_in(page: Page, login: str, password: str) -> None:
    page.fill("#login", login)
    page.fill("#password", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def submit(page: Page, button: str) -> None:
    """Click, and wait for the page that follows."""
    with page.expect_navigation():
        page.click(button)


def looks_right(page: Page) -> None:
    """Nothing runs out at the side, and every target fits a thumb."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
    assert page.evaluate(TOO_SMALL.replace("input,", "input:not([type=hidden]),")) == [], page.url


def scan_secret(page: Page) -> bytes:
    """What an authenticator takes from the screen."""
    code = page.locator(".offer img")
    code.scroll_into_view_if_needed()
    found = zxingcpp.read_barcode(Image.open(BytesIO(page.screenshot())).convert("L"))
    assert found is not None
    return b32decode(parse_qs(urlsplit(found.text).query)["secret"][0])


@pytest.mark.parametrize(("size", "login", "lang"), [(PHONE, "phone.admin", "zh-CN"), (DESK, "desk.admin", "en")])
def test_a_newcomer_goes_from_a_one_time_password_to_the_page_that_was_asked_for(
    browser: Browser, site: Site, size: ViewportSize, login: str, lang: str
) -> None:
    context = browser.new_context(viewport=size, java_script_enabled=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}/admin/audit?lang={lang}")
    assert page.url.startswith(f"{site.url}/login?next=")
    looks_right(page)
    log_in(page, login, site.passwords[login])
    assert page.url == f"{site.url}/account"
    looks_right(page)
    page.fill("#new", NEW)
    page.fill("#again", NEW)
    submit(page, "form[action='/account/password'] button")
    looks_right(page)
    secret = scan_secret(page)
    page.fill("#code", code_of(secret, step_of(read_clock())))
    submit(page, "form[action='/account/second-factor'] button")
    page.goto(f"{site.url}/admin/audit?lang={lang}")
    assert page.url.startswith(f"{site.url}/admin/audit")
    looks_right(page)
    assert login in page.locator("table").inner_text()
    page.goto(f"{site.url}/account")
    page.check("input[value='devices:read']")
    page.fill("#token-present", NEW)
    submit(page, "form[action='/account/tokens'] button")
    looks_right(page)
    assert page.locator(".once .secret").inner_text().startswith("jixin_")
    submit(page, "form[action='/logout'] button")
    assert page.url == f"{site.url}/login"
    page.goto(f"{site.url}/admin/audit")
    log_in(page, login, NEW)
    assert page.url.startswith(f"{site.url}/login/code?next=")
    looks_right(page)
    later = read_clock() + timedelta(seconds=30)  # the present one was used above
    page.fill("#code", code_of(secret, step_of(later)))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/admin/audit*")
    assert complaints == []
    context.close()


def test_without_script_a_wrong_password_says_what_to_do_and_the_right_one_opens(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/")
    submit(page, "footer a[href='/account']")
    log_in(page, "kurt", "wrong")
    assert "登录名或密码不对" in page.locator("[role=alert]").inner_text()
    assert page.input_value("#login") == "kurt"
    log_in(page, "kurt", site.passwords["kurt"])
    page.fill("#new", NEW)
    page.fill("#again", NEW)
    submit(page, "form[action='/account/password'] button")
    assert "BLUEBIRD/CQ-01" in page.locator(".facts").inner_text()
    cookies = {each["name"]: each for each in context.cookies()}
    assert cookies["jixin-session"]["httpOnly"]
    assert cookies["jixin-session"]["sameSite"] == "Lax"
    context.close()
