"""The navigation (栏目): who is logged in has theirs on every page, also where a page is refused or missing."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.html import Page
from tests.web.parcels import DELIVERED
from tests.web.staff import ensure_account, enter, staff_of
from tracker.access.roles import Role
from web.pages.navigation import SECTIONS

BROWSER = {"Accept": "text/html"}
REGULATORS = {"/regulator/devices", "/regulator/complaints", "/account"}
EVERYWHERE = (
    "/",
    f"/t/{DELIVERED}",
    "/rankings",
    "/carriers/BLUEBIRD",
    "/voices/rules",
    "/nowhere",
    "/t/NOBODY1",
    "/admin/audit",
)


@pytest.mark.parametrize("address", EVERYWHERE)
def test_a_regulator_keeps_their_navigation(client: TestClient, seeded_engine: Engine, address: str) -> None:
    headers = staff_of(seeded_engine, Role.REGULATOR).headers | BROWSER
    links = set(Page(client.get(address, headers=headers).text).links)
    assert links >= {*REGULATORS, *SECTIONS.values()}
    assert "/admin/accounts" not in links


@pytest.mark.parametrize("address", ["/", "/nowhere"])
def test_nobody_sees_the_staff_s_sections(client: TestClient, address: str) -> None:
    links = Page(client.get(address, headers=BROWSER).text).links
    assert "/regulator/devices" not in links
    assert "/rankings" in links


@pytest.mark.parametrize("role", [Role.CARRIER, Role.STATION_MANAGER, Role.COURIER])
def test_a_carrier_s_people_find_its_credit_in_their_navigation(
    client: TestClient, seeded_engine: Engine, role: Role
) -> None:
    headers = staff_of(seeded_engine, role).headers
    assert "/carriers/BLUEBIRD" in Page(client.get("/account", headers=headers).text).links
    here = [
        each["href"]
        for each in Page(client.get("/carriers/BLUEBIRD", headers=headers).text).attributes_of("a")
        if each.get("aria-current") == "page"
    ]
    assert here == ["/carriers/BLUEBIRD"]


def test_half_a_login_opens_no_section_but_the_account(client: TestClient, seeded_engine: Engine) -> None:
    headers = enter(seeded_engine, ensure_account(seeded_engine, Role.REGULATOR), passed=False).headers
    links = Page(client.get("/rankings", headers=headers).text).links
    assert "/account" in links
    assert "/regulator/devices" not in links


def test_a_refused_page_says_what_to_do(client: TestClient, seeded_engine: Engine) -> None:
    answer = client.get("/admin/audit", headers=staff_of(seeded_engine, Role.REGULATOR).headers | BROWSER)
    assert answer.status_code == 403
    page = Page(answer.text)
    assert "从页首的栏目里选" in page.text
    assert "换一个登录" in page.text
