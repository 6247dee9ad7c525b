"""The trace page (轨迹页): the answer first, gaps in place, nothing that asks for a login."""

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from tests.web.conftest import MakeClient
from tests.web.html import Page
from tests.web.parcels import ANNOUNCED, CORRECTED, DELIVERED, HANDED_OVER, IMPORTED, LOST, ODD, OVERDUE, UNDER_WAY
from tests.web.pictures import open_png

WITHHELD = ("C0421", "106.55", "29.56", "RESIDENT_ID", "PASSED", "FOOD", "820", "CLEAR", "signer", "self")


def page_of(client: TestClient, number: str, lang: str = "zh-CN") -> Page:
    answer = client.get(f"/t/{number}", params={"lang": lang})
    assert answer.status_code == 200
    return Page(answer.text)


def test_the_answer_comes_first_then_facts_then_history(client: TestClient) -> None:
    text = page_of(client, DELIVERED).text
    order = ["已签收", "10 月 18 日 11:45", "杭州市", "文三路驿站", "比承诺早 5 小时", "全程 41 小时", "青鸟速运",
             "重庆市", "实名已查验", "已安检", "派件", "收寄"]  # fmt: skip
    assert [text.index(part) for part in order[:10]] == sorted(text.index(part) for part in order[:10])
    assert all(part in text for part in order)


def test_the_newest_scan_stands_on_top_and_a_gap_where_it_lies(client: TestClient) -> None:
    text = page_of(client, DELIVERED).text
    history = text[text.index("全程记录") :]
    parts = ["10-18 11:45", "10-18 09:15", "10-18 09:03", "没有扫描记录，约 24 小时", "10-17 08:39", "10-16 18:45"]
    assert [history.index(part) for part in parts] == sorted(history.index(part) for part in parts)


@pytest.mark.parametrize("number", [DELIVERED, LOST, IMPORTED, ODD])
@pytest.mark.parametrize("address", ["/t/{}", "/api/v1/parcels/{}/trace", "/api/v1/parcels/{}/proof"])
def test_without_a_login_there_is_no_operator_no_coordinate_and_no_detail(
    client: TestClient, number: str, address: str
) -> None:
    text = client.get(address.format(number)).text
    if address.endswith("proof"):
        text = Page(text).text if text.startswith("<") else str([each["event"] for each in client.get(
            address.format(number)).json()["events"]])  # fmt: skip
    assert [
        secret for secret in WITHHELD if f'"{secret}"' in text or f">{secret}<" in text or f" {secret} " in text
    ] == []


def test_what_was_not_shown_at_acceptance_is_said(client: TestClient) -> None:
    text = page_of(client, OVERDUE).text
    assert "没有实名查验标记" in text
    assert "没有验视标记" in text


def test_an_overdue_parcel_says_so_in_words_and_by_which_limit(client: TestClient) -> None:
    text = page_of(client, OVERDUE).text
    assert "已超时" in text
    assert "已超过 72 小时时限 28 小时" in text


def test_a_parcel_under_way_in_time_is_not_called_late(client: TestClient) -> None:
    text = page_of(client, UNDER_WAY).text
    assert "运输中" in text
    assert "已超" not in text
    assert "承诺送达 10 月 19 日 20:03" in text


def test_a_parcel_not_accepted_yet_says_by_when_it_is_picked_up(client: TestClient) -> None:
    text = page_of(client, ANNOUNCED).text
    assert "已下单" in text
    assert "约定 10 月 18 日 19:03 前上门收寄" in text


def test_a_corrected_scan_stays_on_the_page_and_does_not_count(client: TestClient) -> None:
    text = page_of(client, CORRECTED).text
    assert "2 条被更正的记录" in text
    assert "有损毁记录" not in text


def test_what_is_lost_is_said_to_be_lost(client: TestClient) -> None:
    text = page_of(client, LOST).text
    assert "丢失" in text
    assert "有损毁记录" in text


def test_imported_history_says_so_and_nothing_is_guessed_from_its_silence(client: TestClient) -> None:
    text = page_of(client, IMPORTED).text
    assert "导入的历史记录" in text
    assert "比约定早 1 小时收寄" in text
    assert "由导入网关签名" in text
    assert "已超" not in text
    assert "没有实名查验标记" not in text


def test_oddities_are_named_in_words(client: TestClient) -> None:
    text = page_of(client, ODD).text
    for words in ("终结之后的扫描", "设备时钟偏快", "没有收寄记录", "没有派件记录"):
        assert words in text


def test_a_carrier_or_station_without_a_name_stands_by_its_code(client: TestClient) -> None:
    text = page_of(client, ODD).text
    assert "UNKNOWNCO" in text
    assert "XX-9" in text


def test_the_page_says_as_of_when_and_what_it_does_not_show(client: TestClient) -> None:
    assert "截至 2026-10-18 14:03（北京时间）" in page_of(client, DELIVERED).text


def test_english_keeps_chinese_names_and_marks_their_language(client: TestClient) -> None:
    page = page_of(client, DELIVERED, "en")
    assert "Bluebird Express" in page.text
    assert "Delivered" in page.text
    assert {"lang": "zh-CN"} in page.attributes_of("span")


def test_the_number_opens_in_any_spelling(client: TestClient) -> None:
    for spelling in ("qn1408223190755", "QN1408%202231%2090755", "%EF%BC%B1N1408223190755"):
        assert client.get(f"/t/{spelling}").status_code == 200


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_code_of_the_page_is_served_with_a_tag(client: TestClient, form: str) -> None:
    first = client.get(f"/t/{DELIVERED}/qr.{form}")
    assert first.headers["content-type"].startswith("image/")
    again = client.get(f"/t/{DELIVERED}/qr.{form}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/t/NOBODY1/qr.{form}").status_code == 404


def test_the_code_leads_to_this_page_where_it_was_asked(client: TestClient) -> None:
    assert read_code(client.get(f"/t/{DELIVERED}/qr.png").content) == f"http://jixin.example/t/{DELIVERED}"


def test_the_code_leads_to_the_public_address_where_there_is_one(make_client: MakeClient) -> None:
    client = make_client(public_url="https://trace.example/")
    assert read_code(client.get(f"/t/{DELIVERED}/qr.png").content) == f"https://trace.example/t/{DELIVERED}"
    assert f"https://trace.example/t/{DELIVERED}" in client.get(f"/t/{DELIVERED}").text


def read_code(content: bytes) -> str:
    image: Image.Image = open_png(content)
    found = zxingcpp.read_barcode(image)
    assert found is not None
    return found.text


def test_a_scan_by_another_carrier_says_whose_station_it_was(client: TestClient) -> None:
    text = page_of(client, HANDED_OVER).text
    assert "驿路邮政 · 杭州中转场" in text
    assert "由扫描设备或导入网关签名" in text


def test_an_unknown_number_gets_a_page_to_act_on(client: TestClient) -> None:
    answer = client.get("/t/SF1234567890123")
    page = Page(answer.text)
    assert answer.status_code == 404
    assert "没有查到这个运单" in page.text
    assert "号码格式像“顺丰速运”" in page.text
    assert [each.get("value") for each in page.attributes_of("input")] == ["SF1234567890123"]


def test_what_cannot_be_a_number_is_refused(client: TestClient) -> None:
    for address in ("/t/a%20b!", "/t/" + "9" * 65, "/t/%E8%BF%90%E5%8D%95"):
        assert client.get(address).status_code == 422
