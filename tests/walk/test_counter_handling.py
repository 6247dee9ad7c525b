"""The counter's other steps by keyboard alone, in a browser: pickup codes, hand-overs, bags, an ailing printer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from scanners.counter.own_page import OwnPage
from scanners.label.printer import Printer
from tests.scanners.counter_screen.world import BADGE, DRIVERS_BADGE, KEY, World, acceptance
from tests.scanners.label.listening_printer import Listener, flagged
from tests.walk.browser import run_browser, serve_at
from tests.walk.processes import free_port
from tests.walk.test_browser import DESK, PHONE, TOO_SMALL
from tracker.wire.event import decode_event
from tracker.wire.pickup_code import pickup_code


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with run_browser() as browser:
        yield browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    """The page, signed in; no complaint of the browser is let pass but the answers that are meant."""
    port = free_port()
    app = OwnPage(world.app.app, hosts=[f"127.0.0.1:{port}"], scheme="http")
    with serve_at(app, port) as address:
        page = browser.new_context(viewport=DESK).new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#sign-in-code:focus")
        typed(page, BADGE)
        page.wait_for_selector("#scan:focus")
        yield page
        assert complaints == []
        page.context.close()


def typed(page: Page, *texts: str) -> None:
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def stored(world: World, page: Page, number: str) -> str:
    """Store a parcel; its pickup code."""
    page.keyboard.press("F4")
    page.select_option("[name=place_kind]", "pickup_station")
    page.select_option("[name=consent_kind]", "app")
    page.focus("#scan")
    typed(page, number)
    page.wait_for_selector(f"#said[data-state=good]:has-text('{number}')")
    return pickup_code(KEY, number, decode_event(world.bodies()[-1]).scan.event_id)


def test_codes_sign_off_parcel_after_parcel(world: World, page: Page) -> None:
    codes = {number: stored(world, page, number) for number in ("W1", "W2")}
    page.keyboard.press("F5")
    page.select_option("[name=signer]", "self")
    page.select_option("[name=proof]", "pickup_code")
    page.focus("#scan")
    for number, code in codes.items():
        typed(page, number)
        page.wait_for_selector("#handling-fields [name=code]:focus")
        assert "取件码" in page.inner_text("#said")
        typed(page, "00000000")
        page.wait_for_selector("#said[data-state=bad]:has-text('不是此件的取件码')")
        assert page.input_value("#handling-fields [name=code]") == ""
        typed(page, number)
        page.wait_for_selector("#handling-fields [name=code]:focus")
        typed(page, f"{code[:4]} {code[4:]}")
        page.wait_for_selector(f"#said[data-state=good]:has-text('{number}')")
        page.wait_for_selector("#scan:focus")
    signed = [decode_event(body) for body in world.bodies()[2:]]
    assert [(each.scan.waybill_no, each.details.proof.kind) for each in signed] == [
        ("W1", "pickup_code"), ("W2", "pickup_code")]  # fmt: skip


def test_a_hand_over_wants_the_badge_and_a_bag_is_scanned_whole(world: World, page: Page) -> None:
    page.select_option("#modes select", "handed_over")
    page.select_option("[name=scanned]", "bag")
    page.fill("[name=to_station]", "S2")
    page.focus("#scan")
    typed(page, "BAG-7")
    page.wait_for_selector("#said[data-state=bad]")
    page.focus("[name=badge]")
    typed(page, DRIVERS_BADGE)
    page.focus("#scan")
    typed(page, "BAG-7")
    page.wait_for_selector("#said[data-state=good]:has-text('BAG-7')")
    page.wait_for_selector("#day li:has-text('整包')")
    (read,) = map(decode_event, world.bodies())
    assert (read.scan.bag_no, read.details.counterpart) == ("BAG-7", "D1")


def test_a_printer_that_ails_takes_the_verdict_back_from_nobody(world: World, page: Page) -> None:
    with Listener(flagged(0, 1)).open() as world.desk.labels.printer:
        page.reload()
        page.wait_for_selector("#scan:focus")
        told = world.desk.labels.printer
        assert isinstance(told, Printer)
        accept(page)
        page.wait_for_selector("#printed:has-text('缺纸')")
    assert page.get_attribute("#said", "data-state") == "good"
    with Listener(None).open() as world.desk.labels.printer:
        page.keyboard.press("F10")
        page.wait_for_selector("#printed:has-text('已送打印机')")


def accept(page: Page) -> None:
    """A whole acceptance: by the page's own words, filled in at once."""
    form = acceptance()
    typed(page, form["waybill_no"])
    page.wait_for_selector("#how")
    page.select_option("#how", "RESIDENT_ID")
    document, sender, recipient = form["evidence"]["document"], form["sender"], form["recipient"]
    told = {
        "number": document["number"], "document_name": document["name"], "valid_from": "20200131",
        "valid_until": "20400131", "goods": form["goods"], "quantity": "2", "weight_g": "820",
        **{f"sender_{name}": text for name, text in sender.items()},
        **{f"recipient_{name}": text for name, text in recipient.items()},
    }  # fmt: skip
    for name, text in told.items():
        page.fill(f"[name={name}]", text)
    page.select_option("#category", "FOOD")
    page.select_option("#result", "PASSED")
    page.check("[name=confirmed]")
    page.wait_for_selector("#verdict[data-state=ready]")
    page.click("#verdict")
    page.wait_for_selector("#said[data-state=good]")


def test_the_new_fields_fit_a_phone_and_a_thumb(page: Page) -> None:
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        page.keyboard.press("F5")
        page.select_option("[name=proof]", "pickup_code")
        assert page.is_visible("#handling-fields [name=code]")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.evaluate(TOO_SMALL) == []
