"""The search page (查件): many numbers at once, each with what is known or what to do."""

import pytest
from fastapi.testclient import TestClient

from tests.web.html import Page
from tests.web.parcels import DELIVERED, LOST, OVERDUE
from web.pages.search_page import parse_asked
from web.views.search_view import MAX_NUMBERS


def search(client: TestClient, text: str) -> Page:
    answer = client.get("/", params={"no": text})
    assert answer.status_code == 200
    return Page(answer.text)


def test_the_page_works_without_a_script(client: TestClient) -> None:
    page = Page(client.get("/").text)
    [form] = page.attributes_of("form")
    assert (form["action"], form["method"]) == ("/", "get")
    assert page.attributes_of("textarea")[0]["name"] == "no"


def test_many_numbers_each_have_state_carrier_and_last_scan(client: TestClient) -> None:
    page = search(client, f"{DELIVERED}\n{OVERDUE} , {LOST}")
    assert "查到 3 件" in page.text
    for words in (
        "已签收",
        "待取件",
        "已超时",
        "丢失",
        "青鸟速运",
        "飞禾速递",
        "远达速递",
        "10-18 11:45",
        "文三路驿站",
    ):
        assert words in page.text
    assert {f"/t/{DELIVERED}", f"/t/{OVERDUE}", f"/t/{LOST}"} <= set(page.links)


def test_what_is_not_found_is_named_with_what_to_do(client: TestClient) -> None:
    page = search(client, f"{DELIVERED}\nRB123456785GB\nSF1234567890123\nHELLO\n!!")
    assert "查到 1 件，4 件没有查到" in page.text
    assert "号码格式是“UPU S10”，校验位正确" in page.text
    assert "号码格式像“顺丰速运”" in page.text
    assert "号码格式不在已知之列" in page.text
    assert "这不像运单号" in page.text


def test_one_known_number_goes_straight_to_its_trace(client: TestClient) -> None:
    answer = client.get("/", params={"no": " qn1408 2231 90755 "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{DELIVERED}")


def test_one_unknown_number_stays_on_the_page(client: TestClient) -> None:
    page = search(client, "NOBODY1")
    assert "没有查到的" in page.text


def test_a_number_asked_twice_is_answered_once() -> None:
    asked = parse_asked("AB1\nab1\nAB1")
    assert asked.total == 1


def test_chinese_commas_part_numbers_too() -> None:
    assert list(parse_asked("AB1\uff0cAB2\u3001AB3\uff1bAB4\u3002").spellings) == ["AB1", "AB2", "AB3", "AB4"]


def test_more_than_a_hundred_are_not_looked_up_and_the_page_says_so(client: TestClient) -> None:
    numbers = [f"N{number:04d}" for number in range(MAX_NUMBERS + 5)]
    asked = parse_asked("\n".join(numbers))
    assert (asked.total, asked.left_out) == (MAX_NUMBERS, 5)
    assert "还有 5 个没有查" in search(client, "\n".join(numbers)).text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><b>', "'; DROP TABLE parcel"])
def test_what_was_typed_comes_back_as_text(client: TestClient, text: str) -> None:
    answer = client.get("/", params={"no": text})
    assert answer.status_code == 200
    assert text not in answer.text.replace("<script src", "")
