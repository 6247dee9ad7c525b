"""Products (商品溯源): recorded over the API, told as one story, each with its code."""

from typing import Any

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.conftest import ADMIN
from tests.web.html import Page
from tests.web.parcels import DELIVERED, GTIN, LOT, accepted
from tests.web.pictures import open_png
from tests.web.world import NOW, Told, World
from tracker.provenance.digital_link import ProductKey, build_digital_link
from tracker.provenance.products import Product, save_product
from tracker.store.database import transaction
from tracker.wire.details import DeliveredDetails, Goods
from tracker.wire.steps import Step
from web.commands.demo.product import register_demo_item

ITEM = f"/01/{GTIN}/10/{LOT}/21/K7QX%2F9M2T"
TEA = {
    "gtin": "6901234567892",
    "lot": "L1",
    "name": "秋茶 100 g",
    "maker": "某茶厂",
    "production_place": "福建省 安溪县",
    "produced_on": "2026-09-30",
    "inspection_result": "合格",
}


def post(client: TestClient, body: object) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/v1/products", json=body, headers=ADMIN)
    return answer.status_code, answer.json()


def test_one_page_tells_production_inspection_journey_and_sign_off(client: TestClient) -> None:
    page = Page(client.get(ITEM).text)
    parts = [
        "高山绿茶 250 g",
        "生产",
        "2026 年 4 月 18 日",
        "检验",
        "农残合格",
        "配送",
        "全程 41 小时",
        "签收",
        "11:45",
    ]
    places = [page.text.index(part) for part in parts]
    assert places == sorted(places)
    assert f"/t/{DELIVERED}" in page.links
    assert "这一段没有扫描记录" in page.text


def test_the_demo_s_item_has_a_serial_of_its_own_and_lacks_nothing(client: TestClient, seeded_engine: Engine) -> None:
    lot = Product(GTIN, "L7", None, "高山绿茶 250 g", "某茶厂", None, "福建省 安溪县", NOW.date(), "合格", "R-7")
    steps = [(Step.DEPARTED, 30, "CQ-01"), (Step.ARRIVED, 20, "HZ-12"), (Step.OUT_FOR_DELIVERY, 18, "HZ-12")]
    with transaction(seeded_engine) as session:
        world = World(session)
        save_product(session, lot, recorded_at=NOW)
        for number, start, signed in (("QN150822319100", 33.0, True), ("QN150822319101", 32.0, False)):
            told = [accepted(start, promised=60, goods=[Goods(gtin=GTIN, lot="L7", serial=number)])]
            told += [Told(step, hours, station) for step, hours, station in steps]
            told += [Told(Step.DELIVERED, 17, "HZ-12", DeliveredDetails(signer="self"))] if signed else []
            world.record(number, "BLUEBIRD", told)
    key = register_demo_item(seeded_engine, now=NOW)
    assert key == ProductKey(GTIN, "L7", "QN150822319100")
    assert register_demo_item(seeded_engine, now=NOW) == key
    text = Page(client.get(build_digital_link("", key)).text).text
    assert "2026 年 10 月 18 日" in text
    assert not [each for each in ("没有单独登记", "没有登记", "没有记录", "没有扫描记录") if each in text]


@pytest.mark.parametrize(("hours", "said"), [(30, "已用 30 小时"), (120, "已用 5 天")])
def test_the_product_and_the_trace_tell_one_duration(
    client: TestClient, seeded_engine: Engine, hours: int, said: str
) -> None:
    """What is still under way has taken so long until now, whenever its last scan was, and wherever it is read."""
    number, serial = f"QN15082231907{hours:02}", f"T{hours}"
    with transaction(seeded_engine) as session:
        goods = [Goods(gtin=GTIN, lot=LOT, serial=serial)]
        World(session).record(
            number, "BLUEBIRD", [accepted(hours, promised=-5, goods=goods), Told(Step.DEPARTED, hours - 9, "CQ-HUB")]
        )
    for address in (f"/t/{number}", f"/01/{GTIN}/10/{LOT}/21/{serial}"):
        assert said in Page(client.get(address).text).text, address


def test_a_lot_does_not_tell_whose_parcels_hold_it(client: TestClient) -> None:
    post(client, TEA)
    for address in (f"/01/{GTIN}/10/{LOT}", f"/01/{GTIN}", f"/01/{GTIN}/10/L1"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert DELIVERED not in answer.text
    assert "记录里有 1 个包裹装有它" in client.get(f"/01/{GTIN}/10/{LOT}").text


def test_missing_stages_are_drawn_as_missing(client: TestClient) -> None:
    post(client, {**TEA, "serial": "S1"})
    page = Page(client.get(f"/01/{GTIN}/10/L1/21/S1").text)
    assert "配送 没有记录" in page.text
    assert "签收 没有记录" in page.text
    assert len([each for each in page.attributes_of("div") if "miss" in str(each.get("class", "")).split()]) == 2


def test_a_packed_item_that_nobody_recorded_says_so(client: TestClient) -> None:
    assert "生产者没有登记这件商品" in Page(client.get(f"/01/{GTIN}/10/{LOT}").text).text


def test_a_serial_told_by_its_lot_only_is_not_passed_off_as_its_own(client: TestClient) -> None:
    post(client, TEA)
    assert "这个序列号没有单独登记" in Page(client.get(f"/01/{GTIN}/10/L1/21/ANOTHER").text).text


@pytest.mark.parametrize("address", ["/01/06901234567893", "/01/abc", "/01/06901234567892/99/1", "/01/0690%001234"])
def test_what_is_no_product_key_is_refused(client: TestClient, address: str) -> None:
    assert client.get(address).status_code in (400, 422)


def test_an_unknown_product_is_a_page_to_act_on(client: TestClient) -> None:
    answer = client.get("/01/04006381333931")
    assert answer.status_code == 404
    assert "没有这件商品的记录" in Page(answer.text).text


def test_the_code_of_an_item_leads_to_it_also_with_a_slash_in_its_serial(client: TestClient) -> None:
    found = zxingcpp.read_barcode(open_png(client.get(f"/qr/png{ITEM}").content))
    assert found is not None
    assert found.text == f"http://jixin.example{ITEM}"
    assert client.get(f"/qr/svg{ITEM}").headers["content-type"] == "image/svg+xml"
    assert client.get("/qr/png/01/04006381333931").status_code == 404


def test_recording_is_new_once_and_known_ever_after(client: TestClient) -> None:
    status, body = post(client, TEA)
    assert (status, body["recorded"], body["known"]) == (201, 1, 0)
    assert body["products"] == [{"digital_link": f"http://jixin.example/01/{GTIN}/10/L1", "outcome": "recorded"}]
    status, body = post(client, TEA)
    assert (status, body["recorded"], body["known"]) == (200, 0, 1)


def test_many_are_recorded_together(client: TestClient) -> None:
    status, body = post(client, [{**TEA, "serial": f"S{number}"} for number in range(1000)])
    assert (status, body["recorded"]) == (201, 1000)


def test_another_content_under_the_same_key_is_a_conflict_and_nothing_is_recorded(client: TestClient) -> None:
    post(client, TEA)
    status, body = post(client, [{**TEA, "serial": "NEW"}, {**TEA, "name": "another"}])
    assert (status, body["type"]) == (409, "urn:jixin:problem:product-conflict")
    assert "这个序列号没有单独登记" in Page(client.get(f"/01/{GTIN}/10/L1/21/NEW").text).text


@pytest.mark.parametrize(("change", "at"), [
    ({"gtin": "6901234567893"}, "body/gtin"),
    ({"gtin": 6901234567892}, "body/gtin"),
    ({"lot": "L 1"}, "body/lot"),
    ({"name": ""}, "body/name"),
    ({"name": "a\u0000b"}, "body/name"),
    ({"name": "a" * 201}, "body/name"),
    ({"maker_uscc": "91330100MA0000000X"}, "body/maker_uscc"),
    ({"produced_on": "2026-02-30"}, "body/produced_on"),
    ({"colour": "green"}, "body/colour"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_where_it_stands(client: TestClient, change: dict[str, object], at: str) -> None:
    status, body = post(client, {**TEA, **change})
    assert (status, body["type"]) == (422, "urn:jixin:problem:input-invalid")
    assert [error["at"] for error in body["errors"]] == [at]


@pytest.mark.parametrize("body", [[], [TEA] * 1001, "tea", 5, None, [[TEA]]])
def test_neither_one_product_nor_a_list_of_up_to_a_thousand_is_refused(client: TestClient, body: object) -> None:
    assert post(client, body)[0] == 422


@pytest.mark.parametrize("content", [b"", b"{", b'{"gtin": NaN}', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_not_json_is_refused(client: TestClient, content: bytes) -> None:
    headers = {**ADMIN, "Content-Type": "application/json"}
    answer = client.post("/api/v1/products", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_above_two_mebibytes_is_refused(client: TestClient) -> None:
    headers = {**ADMIN, "Content-Type": "application/json"}
    answer = client.post("/api/v1/products", content=b" " * (2 * 1024 * 1024 + 1), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:jixin:problem:body-too-large")
