"""The page as it lies (柜台版面): the verdict stays in sight at each size, and covers no field that has the focus."""

import pytest
from playwright.sync_api import Page, expect

from tests.scanners.counter_screen.world import NUMBER

FIELDS = "#accept-form input:not([type=file]):not([type=checkbox]), #accept-form select"


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_verdict_stays_in_sight_and_covers_no_field_with_the_focus(page: Page, size: tuple[int, int]) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("#verdict").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    for field in page.locator(FIELDS).all():
        if not field.is_visible():
            continue
        field.focus()
        at, verdict = field.bounding_box(), page.locator("#verdict").bounding_box()
        assert at is not None
        assert verdict is not None
        assert at["y"] + at["height"] <= verdict["y"], field.get_attribute("name")


def test_after_a_card_the_empty_name_says_whose_it_is_and_the_focus_passes_it_by(page: Page) -> None:
    page.keyboard.press("F8")
    page.wait_for_selector("#of-card:visible")
    assert "证件上的姓名" in page.inner_text("#of-card")
    page.click("#verdict")
    page.wait_for_selector("[name=sender_phone]:focus")


def test_enter_goes_to_what_the_document_still_lacks(page: Page) -> None:
    page.select_option("#how", "RESIDENT_ID")
    page.fill("[name=number]", NUMBER)
    page.click("#verdict")
    page.wait_for_selector("[name=document_name]:focus")


def test_one_parcel_is_one_parcel(page: Page) -> None:
    page.click("#language")
    expect(page.locator("#parcels")).to_have_text("0 parcels")
    shown = (
        "day.showDay({ parcels: 1, turned_away: 0, lines: [] }); return document.getElementById('parcels').textContent"
    )
    word = page.evaluate(
        f"import('/static/day.js').then(day => {{ {shown} }})"
    )  # before the page looks again by itself
    assert word == "1 parcel"


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_a_telephones_eleven_digits_are_all_to_be_seen(page: Page, size: tuple[int, int]) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    for name in ("sender_phone", "recipient_phone"):
        page.fill(f"[name={name}]", "13912345678")
        field = page.locator(f"[name={name}]")
        assert field.evaluate("field => field.scrollWidth <= field.clientWidth"), name
