"""Reviews (评价页): only the recipient, one code one use, everything public and nothing ever deleted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.conftest import app_of
from tests.web.html import Page
from tests.web.parcels import DELIVERED, UNDER_WAY, accepted
from tests.web.parties import keep_label_secret, keep_parties
from tests.web.staff import Staff, bearer_for, ensure_account, staff_of
from tests.web.world import NOW, Told, World
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import Role, Scope
from tracker.store.database import reading, transaction
from tracker.wire.details import AnnouncedDetails
from tracker.wire.steps import Step
from web.doors.door import MISSES_PARCEL

SENDER, RECIPIENT = "3210", "8000"
OTHER = "TT0000000001"
UNTOLD = "TT0000000009"


@pytest.fixture
def door(client: TestClient, tmp_path: Path, seeded_engine: Engine) -> TestClient:
    """A client where two delivered parcels have a sender and a recipient."""
    keep_label_secret(tmp_path)
    with transaction(seeded_engine) as session:
        for number in (DELIVERED, OTHER):
            keep_parties(
                session, number, {"sender": b'{"phone":"*******3210"}', "recipient": b'{"phone":"*******8000"}'}
            )
    return client


def code_for(client: TestClient, number: str = DELIVERED) -> str:
    answer = client.post(f"/t/{number}/review", data={"tail": RECIPIENT})
    assert answer.status_code == 200, answer.text
    [field] = [each for each in Page(answer.text).attributes_of("input") if each["name"] == "code"]
    return str(field["value"])


def review(client: TestClient, code: str, number: str = DELIVERED, **told: Any) -> Any:
    headers = told.pop("headers", None)
    return client.post(f"/t/{number}/review", data={"code": code, "overall": "4", **told}, headers=headers)


def audited(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each.action for each in find_entries(session, AuditFilter())][::-1]


def reviews_of(client: TestClient, carrier: str = "BLUEBIRD") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/carriers/{carrier}/reviews").json()["reviews"]
    return found


def test_the_recipient_reviews_a_delivered_parcel_and_it_is_public(door: TestClient, seeded_engine: Engine) -> None:
    assert f"/t/{DELIVERED}/review" in Page(door.get(f"/t/{DELIVERED}").text).links
    assert "开始评价" in door.get(f"/t/{DELIVERED}/review").text
    done = review(door, code_for(door), quality="5", tag=["polite", "in_time"])
    assert done.status_code == 200, done.text
    assert "评价已收下" in done.text
    assert done.headers["cache-control"] == "no-store"
    page = door.get("/carriers/BLUEBIRD/reviews")
    text = Page(page.text).text
    assert all(word in text for word in ("4 星（满分 5 星）", "5 星（满分 5 星）", "送达准时", "快递员有礼貌"))
    assert DELIVERED not in page.text, "a number opens a trace and is not published"
    assert reviews_of(door)[0] | {"voice_no": 0} == {
        "voice_no": 0, "rater": "consumer", "follow_up": False, "station": None,
        "stars": {"overall": 4, "quality": 5}, "tags": ["in_time", "polite"], "weight": 100, "doubts": [],
        "recorded_at": "2026-10-18T06:03:00Z", "notes": [],
    }  # fmt: skip
    assert "review_recorded" in audited(seeded_engine)
    assert f"/t/{UNDER_WAY}/review" not in Page(door.get(f"/t/{UNDER_WAY}").text).links


def test_no_link_to_a_review_where_no_telephone_of_the_recipient_is_on_record(door: TestClient) -> None:
    page = Page(door.get(f"/t/{UNTOLD}").text)
    assert "已签收" in page.text
    assert f"/t/{UNTOLD}/review" not in page.links


def test_a_follow_up_needs_another_code_and_stands_beside_the_first(door: TestClient) -> None:
    first = code_for(door)
    assert review(door, first, overall="2").status_code == 200
    again = review(door, first, overall="5")
    assert (again.status_code, "已经用过" in again.text) == (422, True)
    shown = door.post(f"/t/{DELIVERED}/review", data={"tail": RECIPIENT})
    assert "现在是追评" in shown.text
    assert review(door, code_for(door), overall="5").status_code == 200
    assert [(each["follow_up"], each["stars"]["overall"]) for each in reviews_of(door)] == [(True, 5), (False, 2)]


def test_the_senders_digits_wrong_ones_and_too_many_tries_open_nothing(door: TestClient) -> None:
    for tail in (SENDER, "1234", "八千"):
        answer = door.post(f"/t/{DELIVERED}/review", data={"tail": tail})
        assert answer.status_code == 422
        assert ("要填 4 个数字" if tail == "八千" else "不是收件人手机号后四位") in answer.text
    for _ in range(MISSES_PARCEL):
        answer = door.post(f"/t/{DELIVERED}/review", data={"tail": SENDER})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 3000
    assert door.post(f"/t/{DELIVERED}/review", data={"tail": RECIPIENT}).status_code == 429
    assert door.post(f"/t/{OTHER}/review", data={"tail": RECIPIENT}).status_code == 200


def test_codes_of_another_parcel_forged_and_old_ones_are_refused_in_words(door: TestClient) -> None:
    other = code_for(door, OTHER)
    assert "另一件" in review(door, other).text
    assert "不是我们给出的" in review(door, other[:-2] + "xx").text
    late = code_for(door)
    app_of(door).state.clock = lambda: NOW + timedelta(minutes=31)
    assert "已过期" in review(door, late).text
    assert reviews_of(door) == []


@pytest.mark.parametrize("told", [{"overall": ""}, {"overall": "9"}, {"quality": "x"}, {"tag": "电话13800000000"}])
def test_what_is_no_review_is_said_and_the_form_comes_again_with_its_code(
    door: TestClient, told: dict[str, str]
) -> None:
    code = code_for(door)
    wrong = review(door, code, **told)
    assert wrong.status_code == 422
    assert code in wrong.text
    assert "13800000000" not in wrong.text
    assert review(door, code).status_code == 200


def test_a_parcel_that_is_not_delivered_or_has_no_recipient_says_so(door: TestClient) -> None:
    for answer in (door.get(f"/t/{UNDER_WAY}/review"), door.post(f"/t/{UNDER_WAY}/review", data={"tail": RECIPIENT})):
        assert "还没有签收" in answer.text
    assert "没有登记收件人" in door.get("/t/TT0000000002/review").text
    assert door.get("/t/NOBODY/review").status_code == 404


def test_the_companys_own_people_count_nothing_from_a_session_or_a_browser_it_logged_in_from(
    door: TestClient, seeded_engine: Engine
) -> None:
    manager = staff_of(seeded_engine, Role.STATION_MANAGER)
    code = code_for(door)
    assert review(door, code, headers=manager.headers).status_code == 403, "without the session's token"
    assert review(door, code, csrf=manager.csrf, headers=manager.headers).status_code == 200
    assert [(each["weight"], each["doubts"]) for each in reviews_of(door)] == [(0, ["own_staff"])]
    assert "来自被评企业工作人员登录过的设备" in door.get("/carriers/BLUEBIRD/reviews").text


def test_programs_do_the_same_through_json(door: TestClient) -> None:
    path = f"/api/v1/parcels/{DELIVERED}"
    wrong = door.post(f"{path}/review-codes", json={"tail": SENDER})
    assert (wrong.status_code, wrong.json()["type"]) == (403, "urn:jixin:problem:tail-wrong")
    given = door.post(f"{path}/review-codes", json={"tail": RECIPIENT})
    assert given.status_code == 201
    body = {"code": given.json()["code"], "stars": {"overall": 5}, "tags": ["intact"]}
    assert door.post(f"{path}/reviews", json=body).status_code == 201
    again = door.post(f"{path}/reviews", json=body)
    assert (again.status_code, again.json()["code"]) == (422, "code_used")
    assert door.post(f"{path}/reviews", json=body | {"stars": {"overall": 6}}).status_code == 422


def test_a_carrier_answers_its_own_and_a_regulator_of_the_place_notes(door: TestClient, seeded_engine: Engine) -> None:
    review(door, code_for(door), overall="1")
    number = reviews_of(door)[0]["voice_no"]

    def answer(who: Staff, phrase: str, code: str = "BLUEBIRD") -> int:
        data = {"csrf": who.csrf, "phrase": phrase}
        sent = door.post(f"/carriers/{code}/reviews/{number}/notes", data=data, headers=who.headers)
        return int(sent.status_code)

    own, other = staff_of(seeded_engine, Role.CARRIER), staff_of(seeded_engine, Role.CARRIER, Scope("EVENWAY"))
    here, far = (staff_of(seeded_engine, Role.REGULATOR, Scope(division=code)) for code in ("330000", "440000"))
    assert "公开回复" in door.get("/carriers/BLUEBIRD/reviews", headers=own.headers).text
    assert "公开回复" not in door.get("/carriers/BLUEBIRD/reviews", headers=other.headers).text
    assert [answer(own, "sorry"), answer(other, "sorry"), answer(far, "found_false")] == [303, 403, 403]
    assert [answer(own, "found_false"), answer(own, "任何话"), answer(own, "sorry", "EVENWAY")] == [422, 422, 404]
    assert answer(here, "found_false") == 303
    [said] = reviews_of(door)
    assert (said["weight"], said["doubts"]) == (0, ["found_false"])
    assert [(each["role"], each["code"]) for each in said["notes"]] == [
        ("carrier", "sorry"), ("regulator", "found_false"),
    ]  # fmt: skip
    page = door.get("/carriers/BLUEBIRD/reviews").text
    assert "已向收件人致歉" in page
    assert audited(seeded_engine).count("review_answered") == 2


def test_figures_stand_with_their_interval_or_say_that_there_is_too_little(door: TestClient) -> None:
    assert "样本不足" in door.get("/carriers/BLUEBIRD/reviews").text
    assert "还没有评价" in door.get("/carriers/BLUEBIRD/reviews").text
    review(door, code_for(door), overall="4")
    figure = door.get("/api/v1/carriers/BLUEBIRD/reviews").json()["figures"][0]
    assert (figure["rater"], figure["aspect"], figure["voices"], figure["stars"]) == ("consumer", "overall", 1.0, 4.0)
    low, high = figure["interval"]
    assert 1 <= low <= 4 <= high <= 5


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_rules_are_published_as_they_are_used(client: TestClient, lang: str) -> None:
    text = Page(client.get(f"/voices/rules?lang={lang}").text).text
    words = ("电子商务法第三十九条", "90 天", "权重 10%") if lang == "zh-CN" else ("Art. 39", "90 days", "Weighs 10%")
    assert all(word in text for word in words)
    assert ("其中至少 7 天有记录" if lang == "zh-CN" else "at least 7 of them on record") in text


def test_a_regulator_evaluates_a_station_in_reach_by_the_checklist(client: TestClient, seeded_engine: Engine) -> None:
    regulator = staff_of(seeded_engine, Role.REGULATOR)
    asked = {"carrier": "BLUEBIRD", "station": "CQ-01"}
    shown = client.get("/regulator/evaluations", params=asked, headers=regulator.headers)
    fields = {str(each["name"]): each["value"] for each in Page(shown.text).attributes_of("input")}
    answers = {name: "yes" for name in fields if name.startswith("item.")}
    assert len(answers) == 10
    told = {**asked, **answers, "csrf": regulator.csrf, "inspection": fields["inspection"], "day": "2026-10-17"}
    send = "/regulator/evaluations"
    assert client.post(send, data=told | {"day": "2026-10-19"}, headers=regulator.headers).status_code == 422
    assert client.post(send, data=told | {"item.fire_safe": "perhaps"}, headers=regulator.headers).status_code == 422
    assert client.post(send, data=told | {"station": "HZ-11"}, headers=regulator.headers).status_code == 403
    assert client.post(send, data=told | {"station": "NO"}, headers=regulator.headers).status_code == 404
    assert client.post(send, data=told, headers=regulator.headers).status_code == 303
    assert "CQ-01" in client.get(send, headers=regulator.headers).text
    [made] = reviews_of(client)
    assert (made["rater"], made["station"], made["stars"]["overall"]) == ("regulator", "CQ-01", 5)
    assert "inspection_recorded" in audited(seeded_engine)


def test_a_platform_rates_a_month_by_parcels_that_it_announced(client: TestClient, seeded_engine: Engine) -> None:
    with transaction(seeded_engine) as session:
        world = World(session)
        world.seq = 100_000
        for number in range(3):
            announced = AnnouncedDetails(platform="SHOP" if number < 2 else "MALL")
            world.record(f"P{number}", "BLUEBIRD", [
                Told(Step.ANNOUNCED, 721, "CQ-01", announced), accepted(720, promised=None)
            ])  # fmt: skip
    headers = bearer_for(seeded_engine, ensure_account(seeded_engine, Role.PLATFORM), "ratings:write")
    body = {"carrier": "BLUEBIRD", "month": "2026-09", "stars": {"overall": 4, "after_sales": 2}}

    def rate(numbers: list[str], **changes: object) -> Any:
        return client.post("/api/v1/ratings", json=body | {"waybill_nos": numbers} | changes, headers=headers)

    assert rate(["P0", "P1"]).json()["weight"] == 20
    assert rate(["P0", "P2"]).json()["code"] == "parcels_not_yours"
    assert rate(["P0"], month="2026-10").json()["code"] == "period_not_over"
    assert rate(["P0"], month="2026-08").json()["code"] == "parcels_not_yours"
    assert rate(["P0"], carrier="NOBODY").status_code == 404
    assert [(each["rater"], each["weight"]) for each in reviews_of(client)] == [("merchant", 20)]
    assert client.post("/api/v1/ratings", json=body, headers={}).status_code == 401
