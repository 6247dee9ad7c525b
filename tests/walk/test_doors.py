"""The doors in a real browser (各入口实走): by keyboard alone where there is a form, in both schemes, axe beside."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.realname.world import NUMBER, Clock, keep_record, make_vault
from tests.walk.browser import grave_faults, run_browser, serve
from tests.walk.test_browser import DESK, PHONE
from tests.walk.test_login_browser import looks_right
from tests.web.conftest import fill
from tests.web.doors.guarded import LABEL_SECRET, PASSWORD, let_everybody_in, open_door
from tests.web.parcels import DELIVERED
from tests.web.parties import keep_parties
from tests.web.staff import HERE, SECRET
from tests.web.test_devices import enrol
from tests.web.world import NOW
from tracker.access.roles import Role
from tracker.store.database import build_engine, transaction
from tracker.store.migrate import upgrade
from tracker.wire.topics import Post
from web.accounts.second_factor import code_of, step_of
from web.app import create_app
from web.settings import Settings

MOST_TABS = 60
MASKED = b'{"name":"\xe6\xac\xa7\xe9\x98\xb3**","phone":"*******8000"}'
CASE = "(2026)沪0101刑初12号"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with run_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small world with an account of each role, a person in the vault, and the vault's process."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("doors"))
    engine = build_engine(f"sqlite:///{settings.data_dir / 'jixin.db'}")
    upgrade(engine)
    fill(engine, fleet=True)
    (settings.data_dir / "keys").mkdir()
    settings.label_secret_file.write_bytes(LABEL_SECRET)
    let_everybody_in(engine, settings)
    for post in (Post("BLUEBIRD", "CQ-01", "COUNTER-1"), Post("EVENWAY", "HZ-12", "COUNTER-3")):
        enrol(engine, post)
    vault = make_vault(settings.vault_dir, Clock(NOW))
    keep_record(engine, vault, waybill_no="W1")
    with transaction(engine) as session:
        keep_parties(session, DELIVERED, {"recipient": MASKED})
    with open_door(vault, engine, settings.vault_dir), serve(create_app(settings, engine, clock=lambda: NOW)) as url:
        yield url
    engine.dispose()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page at a desk. No complaint of the browser is let pass, about the content security policy least of all."""
    page = browser.new_context(viewport=DESK).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    meant = re.compile(r"status of (403|422|429)")
    assert [each for each in complaints if not meant.search(each)] == []
    page.context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as who has no mouse does."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector} on {page.url}")


def type_into(page: Page, **fields: str) -> None:
    """Each field by Tab, then its text."""
    for name, text in fields.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(text)


def enter(page: Page) -> None:
    """Send the form, and wait for the page that follows."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def stands_up(page: Page) -> None:
    """Nothing that axe calls serious in either scheme; nothing runs out at the side on a phone or at a desk."""
    page.emulate_media(color_scheme="dark")
    assert grave_faults(page, "color-contrast") == [], page.url
    page.emulate_media(color_scheme="light")
    assert grave_faults(page) == [], page.url
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        looks_right(page)


def log_in(page: Page, site: str, role: Role, asked: str) -> None:
    """By keyboard alone, from the page that was asked for and back to it."""
    page.goto(f"{site}{asked}")
    login = f"{role.replace('_', '-')}.{str(HERE[role]).lower().replace('/', '-').replace('*', 'all')}"
    page.locator("#login").focus()
    page.keyboard.type(login)
    type_into(page, password=PASSWORD)
    enter(page)
    page.locator("#code").focus()
    page.keyboard.type(code_of(SECRET, step_of(NOW)))
    enter(page)
    assert page.url == f"{site}{asked}"


def test_a_consumer_searches_reads_the_trace_and_opens_more_with_four_digits(page: Page, site: str) -> None:
    page.goto(site)
    stands_up(page)
    type_into(page, no=DELIVERED)
    tab_to(page, "main form button")
    enter(page)
    assert page.url == f"{site}/t/{DELIVERED}"
    stands_up(page)
    type_into(page, tail="1111")
    enter(page)
    assert page.locator("[role=alert]").is_visible()
    stands_up(page)
    type_into(page, tail="8000")
    enter(page)
    assert "欧阳**" in page.inner_text("main")
    stands_up(page)


def test_a_carrier_logs_in_and_reads_its_devices(page: Page, site: str) -> None:
    page.goto(f"{site}/login")
    stands_up(page)
    log_in(page, site, Role.CARRIER, "/regulator/devices")
    stands_up(page)
    assert "BLUEBIRD" in page.inner_text("main")
    assert "EVENWAY" not in page.inner_text("main")


def test_a_regulator_logs_in_reads_the_ranking_and_the_own_entries(page: Page, site: str) -> None:
    log_in(page, site, Role.REGULATOR, "/regulator/devices")
    page.goto(f"{site}/rankings")
    stands_up(page)
    tab_to(page, "input[name=division]")
    page.keyboard.type("500000")
    tab_to(page, "form.choose button")
    enter(page)
    assert "division=500000" in page.url
    tab_to(page, ".why a")
    enter(page)
    stands_up(page)
    page.goto(f"{site}/account")
    stands_up(page)
    assert "看终端状况" in page.inner_text("main")


def test_an_administrator_adds_an_account_and_disables_it(page: Page, site: str) -> None:
    log_in(page, site, Role.ADMINISTRATOR, "/admin/accounts")
    stands_up(page)
    tab_to(page, "#new-login")
    page.keyboard.type("Kurt")
    tab_to(page, "#role")
    page.keyboard.press("ArrowDown")  # the courier
    type_into(page, carrier="BLUEBIRD")
    enter(page)
    assert "要填网点代码" in page.inner_text("[role=alert]")
    stands_up(page)
    type_into(page, station="CQ-01")
    enter(page)
    assert re.fullmatch(r"[0-9a-z]{4}(-[0-9a-z]{4}){3}", page.inner_text(".once .secret"))
    stands_up(page)
    tab_to(page, "a[href='/admin/accounts/kurt']")
    enter(page)
    stands_up(page)
    tab_to(page, "form[action$='/disable'] button")
    enter(page)
    assert "已停用" in page.inner_text(".facts")
    stands_up(page)
    page.goto(f"{site}/admin/audit?lang=en")
    stands_up(page)
    assert "disable an account" in page.inner_text("main")
    page.goto(f"{site}/admin/accounts?login=nobody-here")
    stands_up(page)
    assert "There is no such account" in page.inner_text("main")


def test_an_officer_opens_a_record_and_finds_it_in_the_ledger(page: Page, site: str) -> None:
    log_in(page, site, Role.VAULT_OFFICER, "/vault")
    stands_up(page)
    type_into(page, waybill_no="w1")
    enter(page)
    stands_up(page)
    tab_to(page, "[name=record_id]")
    page.keyboard.press("Space")
    tab_to(page, "[name=purpose]")
    page.keyboard.press("ArrowDown")
    type_into(page, case_no=CASE)
    enter(page)
    assert NUMBER in page.inner_text(".revealed")
    stands_up(page)
    page.goto(f"{site}/vault/ledger?lang=en")
    stands_up(page)
    shown = page.inner_text("main")
    assert CASE in shown
    assert NUMBER not in shown
