"""From the scanner to the screen (从扫描到页面): a browser opens what walked in through the broker a moment ago."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.walk.browser import run_browser
from tests.walk.handheld import Handheld
from tests.walk.installation import Installation

PARCEL = "LADE3781637"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with run_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone's page; the browser must have nothing to complain of."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_a_number_that_is_typed_leads_to_the_trace_and_its_code_leads_back(
    page: Page, house: Installation, pickups: dict[str, Any]
) -> None:
    assert pickups["complete"]
    page.goto(house.url)
    page.fill("#no", f" {PARCEL.lower()} ")
    page.click("form.search button")
    assert page.url == f"{house.url}/t/{PARCEL}"
    assert "LaDe 公开数据" in page.inner_text("main") or "LADE" in page.inner_text("main")
    page.locator(".qr img").scroll_into_view_if_needed()
    found = zxingcpp.read_barcode(Image.open(BytesIO(page.screenshot())).convert("L"))
    assert found is not None
    assert found.text == page.url


def test_the_ranking_of_a_city_shows_its_real_parcels(page: Page, house: Installation, pickups: dict[str, Any]) -> None:
    assert pickups["complete"]
    page.goto(f"{house.url}/rankings?from=2021-05-01&to=2021-06-08&division=500000")
    (shown,) = page.locator("table.ranking tbody .parcels").all_inner_texts()
    assert "1,470" in shown


def test_a_scan_is_on_the_page_when_its_receipt_has_come(page: Page, house: Installation) -> None:
    with Handheld.of(house.enrol("FARREACH", "HZ-7")).online() as device:
        for step, words in (("accepted", "收寄"), ("departed", "发件")):
            assert device.scan("SEEN1", step=step, details=None)["recorded"] == 1
            page.goto(f"{house.url}/t/SEEN1")
            assert words in page.inner_text("main")
