"""The page takes a voucher from whatever field has the focus, and says what is wrong with one; keys alone do."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from tests.scanners.counter_screen.test_voucher import PARCEL, VOUCHER, hold_list
from tests.scanners.counter_screen.world import PERSON, STRANGER, World
from web.bench.gate.people import NOW, voucher

# The rest of a reading at the speed of a wedge: a busy test machine's own pauses are longer than a wedge's.
TYPE = """([keys, end]) => { for (const key of [...keys, ...end ? [end] : []])
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })) }"""


def scan(page: Page, text: str, *, end: str = "Enter") -> None:
    """As a wedge types it: the beginning by real keys, into whatever has the focus."""
    page.keyboard.type(text[:5])
    page.evaluate(TYPE, [text[5:], end])


@pytest.fixture
def counter(world: World, page: Page) -> Page:
    """The page with one parcel begun, at a counter with its carrier's list of self-service devices."""
    hold_list(world)
    return page


def test_a_voucher_is_taken_whole_wherever_the_focus_is(counter: Page) -> None:
    counter.fill("[name=sender_address]", PERSON["address"])
    for place in ("#read-card", "#how", "[name=sender_address]", "#category", "#verdict"):
        counter.select_option("#how", "")
        counter.focus(place)
        scan(counter, VOUCHER)
        counter.wait_for_selector("[name=sender_name]:focus")
        assert counter.input_value("#how") == "preverified", place
        assert counter.input_value("[name=voucher]") == VOUCHER, place
        assert counter.input_value("[name=sender_address]") == PERSON["address"], place
        assert counter.input_value("#category") == "", place
        assert counter.is_hidden("#card-told"), place


def test_without_an_end_of_line_and_with_caps_lock_on(counter: Page) -> None:
    counter.focus("[name=recipient_name]")
    scan(counter, VOUCHER.swapcase(), end="")
    counter.wait_for_selector("[name=sender_name]:focus")
    assert counter.input_value("[name=voucher]") == VOUCHER
    assert counter.input_value("[name=recipient_name]") == ""


def test_a_voucher_may_be_scanned_before_its_parcel(counter: Page) -> None:
    counter.keyboard.press("Escape")
    counter.wait_for_selector("#scan:focus")
    counter.keyboard.insert_text(VOUCHER)
    counter.keyboard.press("Enter")
    counter.wait_for_selector("#said[data-state=again]")
    assert "请扫此件的运单" in counter.inner_text("#said")
    counter.wait_for_selector("#scan:focus")
    assert counter.input_value("#scan") == ""
    counter.keyboard.insert_text(PARCEL)
    counter.keyboard.press("Enter")
    counter.wait_for_selector("[name=sender_name]:focus")
    assert counter.input_value("[name=voucher]") == VOUCHER


def test_by_keys_alone_a_parcel_is_accepted_on_its_voucher_and_no_document(counter: Page, world: World) -> None:
    counter.select_option("#how", "preverified")
    counter.focus("#how")
    counter.keyboard.press("Enter")
    counter.wait_for_selector("[name=voucher]:focus")
    counter.keyboard.insert_text(VOUCHER)
    for text in ("", *PERSON.values()):
        counter.keyboard.insert_text(text)
        counter.keyboard.press("Enter")
    for name, text in (*((f"recipient_{part}", text) for part, text in STRANGER.items()), ("weight_g", "820")):
        counter.fill(f"[name={name}]", text)
    counter.fill("[name=goods]", "茶叶")
    counter.select_option("#category", "FOOD")
    counter.select_option("#result", "PASSED")
    counter.check("[name=confirmed]")
    counter.wait_for_selector("#verdict[data-state=ready]")
    assert counter.inner_text("#chip-sender") == "已预验"
    counter.click("#verdict")
    counter.wait_for_selector("#said[data-state=good]")
    assert world.records().keys() == {"sender", "recipient"}
    assert counter.input_value("[name=voucher]") == ""


def test_a_voucher_that_does_not_hold_says_why_and_what_to_do(counter: Page) -> None:
    for text, said in (
        (voucher("QN1408223190756", NOW), "凭证属于另一件 · 核对运单号"),
        (voucher(PARCEL, NOW - timedelta(hours=80)), "远程查验已超过七十二小时 · 重新远程查验"),
        (voucher(PARCEL, NOW + timedelta(hours=1)), "凭证的时间晚于现在"),
        (VOUCHER[:-20] + "A" * 20, "凭证不是本企业自助终端所签，或被改动"),
    ):
        scan(counter, text)
        counter.wait_for_selector(f"#verdict[data-state=refused]:has-text('{said}')")
        assert said in counter.inner_text("#why-sender")


def test_garbage_in_the_vouchers_field_says_what_to_do(counter: Page) -> None:
    counter.select_option("#how", "preverified")
    counter.wait_for_selector("#why-sender:has-text('没有扫远程查验凭证')")
    counter.fill("[name=voucher]", "https://trace.example/t/QN1408223190755")
    counter.wait_for_selector("#verdict[data-state=refused]")
    assert "所扫不是远程查验凭证" in counter.inner_text("#verdict")


def test_a_long_voucher_widens_nothing(counter: Page) -> None:
    scan(counter, VOUCHER)
    counter.wait_for_selector("[name=voucher]:visible")
    for width in (390, 1280):
        counter.set_viewport_size({"width": width, "height": 844})
        assert counter.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
