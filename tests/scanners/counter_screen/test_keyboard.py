"""The counter by keyboard alone (只用键盘): a code is no badge, and no parcel is dropped for a wrong pickup code."""

import pytest
from playwright.sync_api import Page, expect

from scanners.counter.shifts import FREE_TRIES
from tests.scanners.counter_screen.test_pickup import code_of, store
from tests.scanners.counter_screen.world import CLERK, PIN, World


def type_in(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def told(page: Page, words: str) -> None:
    expect(page.locator("#said")).to_contain_text(words)


def begin_sign_off(page: Page, *, signer: str = "self") -> None:
    """F5, and the field that the recipient's code goes into."""
    page.keyboard.press("F5")
    if signer:
        page.select_option("#handle-form [name=signer]", signer)
    page.select_option("#handle-form [name=proof]", "pickup_code")
    page.focus("#scan")


def test_enter_after_the_code_goes_on_to_the_pin_and_counts_as_no_try(page: Page) -> None:
    page.click("#leave")
    page.wait_for_selector("#sign-in-code:focus")
    for _ in range(FREE_TRIES + 1):
        page.focus("#sign-in-code")
        page.fill("#sign-in-code", "")
        type_in(page, CLERK)
        page.wait_for_selector("#sign-in-form [name=pin]:focus")
    assert page.inner_text("#sign-in-fault") == ""
    type_in(page, "999999")
    expect(page.locator("#sign-in-fault")).not_to_be_empty()
    page.wait_for_selector("#sign-in-form [name=pin]:focus")
    type_in(page, PIN)
    page.wait_for_selector("#scan:focus")


def test_after_a_wrong_pickup_code_the_right_one_signs_off_the_same_parcel(page: Page, world: World) -> None:
    right = code_of(store(world))
    before = len(world.bodies())
    begin_sign_off(page)
    type_in(page, "W1")
    page.wait_for_selector("[name=code]:focus")
    type_in(page, "00000000")
    told(page, "不是此件的取件码，已记一次")
    page.wait_for_selector("[name=code]:focus")
    assert len(world.bodies()) == before
    type_in(page, right)
    told(page, "W1")
    page.wait_for_selector("#scan:focus")
    assert len(world.bodies()) == before + 1


def test_a_parcel_of_another_counter_is_not_counted_and_waits_for_no_code(page: Page) -> None:
    begin_sign_off(page)
    type_in(page, "W9")
    page.wait_for_selector("[name=code]:focus")
    type_in(page, "00000000")
    told(page, "取件码未通过，未签收 · 此件不是本柜台入站或派件的")
    page.wait_for_selector("#scan:focus")


@pytest.mark.parametrize(("signer", "lacking"), [("", "signer"), ("agent", "agent_name")])
def test_who_signs_is_asked_before_the_code_and_the_parcel_is_kept(
    page: Page, world: World, signer: str, lacking: str
) -> None:
    store(world)
    begin_sign_off(page, signer=signer)
    type_in(page, "W1")
    page.wait_for_selector(f"[name={lacking}]:focus")
    assert page.input_value("#scan") == "W1"
    if not signer:
        page.select_option("#handle-form [name=signer]", "self")
    else:
        page.fill("[name=agent_name]", "王五")
        page.fill("[name=agent_phone]", "13700137000")
    page.focus("#scan")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=code]:focus")


@pytest.mark.parametrize(
    ("seconds", "words"), [(31, "请等 31 秒再试"), (901, "请等 16 分钟再试"), (86_400, "请等 24 小时再试")]
)
def test_a_lock_says_how_long_in_a_unit_that_one_waits_by(page: Page, seconds: int, words: str) -> None:
    said = "async n => (await import('/static/words.js')).sentence({ word: 'sign_in_locked', told: { seconds: n } })"
    assert words in page.evaluate(said, seconds)
