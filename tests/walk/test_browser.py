"""Pages in a real browser (真实浏览器): a phone opens a trace, a desk opens the ranking."""

from collections.abc import Iterator
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from credit_scoring.evidence.window import Window
from tests.walk.browser import run_browser, serve
from tests.web.conftest import app_of, build_client, fill
from tests.web.parcels import DELIVERED, GTIN, LONGEST, LOT, OVERDUE
from tests.web.runs import save, save_provinces, save_year
from tests.web.world import NOW
from tracker.store.database import build_engine
from tracker.store.migrate import upgrade
from tracker.working_days import local_day_of

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=800)
ADDRESSES = ["/", f"/?no={DELIVERED}%0A{OVERDUE}%0ARB123456785GB", f"/?no={LONGEST}%0AX{LONGEST[1:]}",
             f"/t/{DELIVERED}", f"/t/{OVERDUE}", f"/t/{LONGEST}", "/t/NOBODY1", "/rankings", "/carriers/FLYGRAIN",
             "/carriers/FLYGRAIN/parcels?indicator=trace_complete", "/schemes/2026-1",
             f"/01/{GTIN}/10/{LOT}/21/K7QX%2F9M2T", f"/t/{DELIVERED}/complaint?cause=never_ordered", "/complaints",
             "/complaints/bulletin?month=2026-10", "/rankings/trend", "/rankings/trend?division=540000",
             "/rankings/compare?carrier=BLUEBIRD&carrier=POSTROAD&carrier=FARREACH&carrier=SMALLTOWN",
             "/rankings/compare", "/rankings/map", "/rankings/map?from=2020-01-01&to=2020-01-02"]  # fmt: skip
TOO_SMALL = """[...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter(each => each.offsetParent && !each.classList.contains('skip'))
    .filter(each => each.getBoundingClientRect().height < 43.5)
    .map(each => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with run_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small world, served as `jixin web` serves it."""
    folder = tmp_path_factory.mktemp("site")
    engine = build_engine(f"sqlite:///{folder / 'jixin.db'}")
    upgrade(engine)
    fill(engine, fleet=True)
    save_year(engine)
    save_provinces(engine)
    save(engine, Window.parse(None, None, today=local_day_of(NOW)))
    with serve(app_of(build_client(engine, folder))) as address:
        yield address
    engine.dispose()


def open_page(browser: Browser, address: str, size: ViewportSize) -> tuple[Page, list[str]]:
    """The page, and what the browser complained of."""
    page = browser.new_context(viewport=size).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page, complaints


def test_a_phone_opens_a_trace_and_reads_its_code_back_from_the_screen(browser: Browser, site: str) -> None:
    page, complaints = open_page(browser, f"{site}/t/{DELIVERED}", PHONE)
    assert page.locator("h1").inner_text().startswith("10 月 18 日 11:45")
    code = page.locator(".qr img")
    code.scroll_into_view_if_needed()
    assert code.is_visible()
    found = zxingcpp.read_barcode(Image.open(BytesIO(page.screenshot())).convert("L"))
    assert found is not None
    assert found.text == f"{site}/t/{DELIVERED}"
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_scrolls_sideways_and_every_target_fits_a_thumb(
    browser: Browser, site: str, size: ViewportSize
) -> None:
    page, complaints = open_page(browser, site, size)
    for lang in ("zh-CN", "en"):
        for address in ADDRESSES:
            mark = "&" if "?" in address else "?"
            page.goto(f"{site}{address}{mark}lang={lang}")
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
                address
            )
            assert page.evaluate(TOO_SMALL) == [], address
            assert [each for each in complaints if "404" not in each] == [], address
    page.context.close()


def test_a_ranking_leads_down_to_a_parcel_by_links_alone(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=DESK, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/rankings")
    page.fill("input[name=division]", "500000")
    page.click("form.choose button")
    page.click("tr:has-text('远达速递') .why a")
    page.click("summary:has-text('服务质量')")
    page.click("tr:has-text('按时妥投率') .why a")
    page.click("table.list a >> nth=0")
    assert page.url.startswith(f"{site}/t/")
    assert "远达速递" in page.locator(".facts").inner_text()
    context.close()


def test_boxes_on_the_ranking_lead_to_a_comparison_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/rankings")
    page.check("input[name=carrier][value=BLUEBIRD]")
    page.check("input[name=carrier][value=FARREACH]")
    page.click("#compare button")
    assert page.url.startswith(f"{site}/rankings/compare?")
    assert "青鸟速运" in page.locator("table.compare").inner_text()
    context.close()


def test_the_copy_button_is_there_only_where_it_can_work(browser: Browser, site: str) -> None:
    page, _ = open_page(browser, f"{site}/t/{DELIVERED}", PHONE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]")
    button.click()
    expect(button).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == DELIVERED
    page.context.close()
    without_script = browser.new_context(java_script_enabled=False).new_page()
    without_script.goto(f"{site}/t/{DELIVERED}")
    assert not without_script.locator("[data-copy]").is_visible()
    without_script.context.close()


def test_the_keyboard_reaches_the_content_first(browser: Browser, site: str) -> None:
    page, _ = open_page(browser, f"{site}/t/{DELIVERED}", DESK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('skip')")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()
