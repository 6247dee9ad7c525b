"""Archives over HTTP: the regulator enters, the enterprise declares, a practitioner is for few; all of it audited."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.credit_scoring.archive.told import BIRD, PROOF, ROAD, about, licence, outlet, penalty, tell
from tests.web.html import Page
from tests.web.staff import Staff, bearer_for, ensure_account, staff_of
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import EVERYTHING, Role, Scope
from tracker.store.database import reading, transaction
from tracker.store.registry import Carrier, save_carrier

COURIER = "BLUEBIRD/C0421"
COURIER_LOGIN = "courier.bluebird-cq-01"


@pytest.fixture(autouse=True)
def archives(seeded_engine: Engine) -> None:
    """The archive of Bluebird, and of one of its couriers."""
    with transaction(seeded_engine) as session:
        save_carrier(session, Carrier("BLUEBIRD", "青鸟速运", "Bluebird Express", BIRD, verified=True))
        save_carrier(session, Carrier("POSTROAD", "驿路邮政", "Postroad Mail", ROAD, verified=True))
    courier = about(COURIER, holder_kind="practitioner", station="CQ-01", login=COURIER_LOGIN)
    misconduct = about(COURIER, "misconduct", holder_kind="practitioner", misconduct="throwing", **PROOF)
    tell(seeded_engine, about(), licence(), courier, misconduct)


@pytest.fixture
def nation(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.REGULATOR, EVERYTHING)


@pytest.fixture
def bird(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.CARRIER)


def text_of(client: TestClient, path: str, staff: Staff, status: int = 200) -> str:
    answer = client.get(path, headers=staff.headers)
    assert answer.status_code == status, answer.text
    return Page(answer.text).text


def audited(engine: Engine, action: str) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return [(each.actor, each.object) for each in find_entries(session, AuditFilter(action=action))]


def post(client: TestClient, path: str, staff: Staff, told: dict[str, Any]) -> Any:
    return client.post(path, data={"csrf": staff.csrf, **told}, headers=staff.headers)


def test_the_regulator_finds_an_archive_and_enters_a_penalty(
    client: TestClient, seeded_engine: Engine, nation: Staff
) -> None:
    assert "青鸟速运有限公司" in text_of(client, "/regulator/archives?q=青鸟", nation)
    assert "没有找到" in text_of(client, "/regulator/archives?q=nobody", nation)
    path = f"/regulator/archives/enterprise/{BIRD}"
    assert "经营许可" in text_of(client, path, nation)
    form = text_of(client, f"/regulator/archives/record?kind=penalty&holder_kind=enterprise&holder={BIRD}", nation)
    assert "处罚种类" in form
    assert "吊销许可证件" in form
    told = penalty(measures=["fine", "confiscation"], division="500112", document_date="2025-03-01")
    entered = post(client, "/regulator/archives/record", nation, told)
    assert entered.status_code == 303
    assert entered.headers["location"].startswith(f"{path}#")
    page = text_of(client, path, nation)
    for words in (
        "渝邮罚〔2026〕1号",
        "没收违法所得、非法财物、罚款",
        "一般",
        "补录",
        "2025 年度关账后录入",
        "重庆市 渝北区",
    ):
        assert words in page
    assert [actor for actor, _ in audited(seeded_engine, "archive_entered")] == [nation.account.login]
    assert (nation.account.login, f"enterprise:{BIRD}") in audited(seeded_engine, "archive_seen")


def test_what_is_wrong_is_said_in_the_form_and_what_was_typed_stays(
    client: TestClient, seeded_engine: Engine, nation: Staff
) -> None:
    wrong = post(client, "/regulator/archives/record", nation, penalty(document_date="2026-12-01"))
    assert wrong.status_code == 422
    assert "文书日期晚于今天" in wrong.text
    assert "渝邮罚〔2026〕1号" in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    overlapping = post(client, "/regulator/archives/record", nation, licence("国邮20260001B", areas="500000"))
    assert "已有有效许可" in overlapping.text
    strange = post(client, "/regulator/archives/record", nation, penalty() | {"<b>": "x"})
    assert "&lt;b&gt;" in strange.text
    assert post(client, "/regulator/archives/record", nation, penalty() | {"kind": "gossip"}).status_code == 422
    assert audited(seeded_engine, "archive_entered") == []


def test_a_penalty_is_revoked_and_its_clock_stops(client: TestClient, seeded_engine: Engine, nation: Staff) -> None:
    (told,) = tell(seeded_engine, penalty())
    number = str(told.entry.record_id)
    notice = about(
        kind="penalty_notice", penalty=number, change="revoked", valid_from="2026-10-01", source="declared", **PROOF
    )
    tell(seeded_engine, notice | {"document_date": "2026-08-30"})
    path = f"/regulator/archives/enterprise/{BIRD}"
    assert "逾期，期限 2026-10-11" in text_of(client, path, nation)
    form = text_of(client, f"/regulator/archives/record?replaces={number}&revokes=1", nation)
    assert "撤销：行政处罚" in form
    revoked = post(
        client, "/regulator/archives/record", nation,
        about(kind="penalty", replaces=number, revokes="1", valid_from="2026-10-01", **PROOF),
    )  # fmt: skip
    assert revoked.status_code == 303, revoked.text
    page = text_of(client, path, nation)
    assert "已撤销的记录" in page
    assert "2026-10-18 更新，逾期（期限 2026-10-11）" in page


def test_a_change_begins_with_what_stands(client: TestClient, seeded_engine: Engine, nation: Staff) -> None:
    (told,) = tell(seeded_engine, penalty(measures=["fine"], amount_yuan=5000))
    answer = client.get(f"/regulator/archives/record?replaces={told.entry.record_id}", headers=nation.headers)
    elements = Page(answer.text).elements
    values = {each.get("name"): each.get("value") for tag, each in elements if tag == "input"}
    assert (values["number"], values["amount_yuan"], values["document_date"]) == (
        "渝邮罚〔2026〕1号",
        "5000",
        "2026-03-01",
    )
    assert [each["value"] for tag, each in elements if "checked" in each] == ["fine"]


def test_a_division_enters_what_lies_in_it_and_changes_nothing_else(client: TestClient, seeded_engine: Engine) -> None:
    here = staff_of(seeded_engine, Role.REGULATOR, Scope(division="500000"))
    (told,) = tell(seeded_engine, penalty("别处", division="330106"))
    inside = post(client, "/regulator/archives/record", here, penalty("1", division="500112"))
    outside = post(client, "/regulator/archives/record", here, penalty("2", division="330106"))
    nowhere = post(client, "/regulator/archives/record", here, penalty("3"))
    changed = penalty("别处", division="500112", replaces=str(told.entry.record_id))
    taken_over = post(client, "/regulator/archives/record", here, changed)
    assert [each.status_code for each in (inside, outside, nowhere, taken_over)] == [303, 422, 422, 422]
    assert "不在你的企业或辖区内" in outside.text
    shown = client.get(f"/regulator/archives/record?kind=penalty&holder={BIRD}", headers=here.headers).text
    assert 'name="division" type="text" value="500000"' in shown


def test_an_archive_is_opened_with_its_registration(client: TestClient, nation: Staff) -> None:
    form = client.get("/regulator/archives/record?kind=identity&holder_kind=platform", headers=nation.headers)
    assert 'name="holder" type="text"' in form.text
    told = about("SHOP", holder_kind="platform", name_zh="好集市")
    assert (
        post(client, "/regulator/archives/record", nation, told)
        .headers["location"]
        .startswith("/regulator/archives/platform/SHOP")
    )
    wrong = post(client, "/regulator/archives/record", nation, about("1234"))
    assert wrong.status_code == 422
    assert "主体代码有误" in wrong.text


def test_an_enterprise_declares_about_itself_only(client: TestClient, seeded_engine: Engine, bird: Staff) -> None:
    page = text_of(client, "/carrier/archive", bird)
    assert "经营许可" in page
    assert "未备案" not in page
    told = outlet("CQ-9", opened="2026-08-01", source="declared")
    assert post(client, "/carrier/archive/record", bird, told).status_code == 303
    assert "未备案，2026-08-21 到期（快递暂行条例第19条，国务院令第806号）" in text_of(client, "/carrier/archive", bird)
    assert post(client, "/carrier/archive/record", bird, penalty()).status_code == 422
    others = post(
        client, "/carrier/archive/record", bird, about("POSTROAD/C1", holder_kind="practitioner", station="X")
    )
    assert "不在你的企业或辖区内" in others.text
    with reading(seeded_engine) as session:
        assert find_entries(session, AuditFilter(action="archive_entered"))[0].actor == bird.account.login


def test_a_commitment_is_signed_by_its_own_text_and_published(client: TestClient, bird: Staff) -> None:
    assert "还没有公开的信用承诺" in client.get("/carriers/BLUEBIRD/commitments").text
    form = text_of(client, f"/carrier/archive/record?kind=commitment&holder={BIRD}", bird)
    assert "遵守国家法律" in form
    assert "自愿接受约束和惩戒" in form
    told = {"kind": "commitment", "holder_kind": "enterprise", "holder": BIRD}
    partly = post(client, "/carrier/archive/record", bird, told | {"parts": ["lawful"]})
    assert "承诺须包含全部五项" in partly.text
    whole = told | {"parts": ["lawful", "truthful", "quality", "service", "liability"]}
    assert post(client, "/carrier/archive/record", bird, whole).status_code == 303
    public = client.get("/carriers/BLUEBIRD/commitments").text
    assert "2026-10-18 签署" in public
    assert "尚未认定" in public
    assert bird.account.login not in public


def test_a_volume_is_declared_and_corrected(client: TestClient, seeded_engine: Engine, bird: Staff) -> None:
    def declare(**told: str) -> Any:
        return post(client, "/carrier/archive/volumes", bird, {"month": "2026-09", "parcels": "1200", **told})

    assert "已申报" in declare().text
    assert "与已申报的相同" in declare().text
    corrected = Page(declare(parcels="1300").text).text
    assert "1,300" in corrected
    assert "已更正" in corrected
    assert "月份还没结束" in declare(month="2026-10").text
    assert declare(parcels="many").status_code == 422
    assert (bird.account.login, "BLUEBIRD 2026-09") in audited(seeded_engine, "volume_declared")


def test_a_practitioner_sees_his_own_archive_and_his_employers_see_no_papers(
    client: TestClient, seeded_engine: Engine, bird: Staff, nation: Staff
) -> None:
    courier = staff_of(seeded_engine, Role.COURIER)
    assert courier.account.login == COURIER_LOGIN
    own = text_of(client, "/practitioner", courier)
    manager = staff_of(seeded_engine, Role.STATION_MANAGER)
    assert "C0421" in text_of(client, "/practitioners", manager)
    boss = text_of(client, "/practitioners/C0421", manager)
    for page in (own, boss, text_of(client, "/practitioners/C0421", bird)):
        assert "抛扔快件" in page
        assert "从业人员档案不公开" in page
    assert "SHA-256" in own
    assert "SHA-256" not in boss
    assert "SHA-256" in text_of(client, f"/regulator/archives/practitioner/{COURIER}", nation)
    assert (manager.account.login, f"practitioner:{COURIER}") in audited(seeded_engine, "archive_seen")


def test_nobody_else_sees_a_practitioner(client: TestClient, seeded_engine: Engine) -> None:
    elsewhere = staff_of(seeded_engine, Role.REGULATOR, Scope(division="330000"))
    other_station = staff_of(seeded_engine, Role.STATION_MANAGER, Scope("BLUEBIRD", "HZ-11"))
    other_carrier = staff_of(seeded_engine, Role.CARRIER, Scope("POSTROAD"))
    assert client.get(f"/regulator/archives/practitioner/{COURIER}", headers=elsewhere.headers).status_code == 403
    assert client.get("/practitioners/C0421", headers=other_station.headers).status_code == 403
    assert "C0421" not in text_of(client, "/practitioners", other_station)
    assert "C0421" not in text_of(client, "/practitioners", other_carrier)
    admin = bearer_for(seeded_engine, ensure_account(seeded_engine, Role.ADMINISTRATOR), "archives:read")
    assert client.get(f"/api/v1/archives/practitioner/{COURIER}", headers=admin).status_code == 403
    colleague = staff_of(seeded_engine, Role.COURIER, Scope("BLUEBIRD", "HZ-11"))
    page = text_of(client, "/practitioner", colleague)
    assert "还没有档案" in page
    assert "抛扔" not in page


def test_another_enterprises_record_is_shown_in_no_form(client: TestClient, seeded_engine: Engine) -> None:
    (told,) = tell(seeded_engine, penalty("机密文号"))
    road = staff_of(seeded_engine, Role.CARRIER, Scope("POSTROAD"))
    path = f"/carrier/archive/record?replaces={told.entry.record_id}"
    answer = client.get(path, headers=road.headers)
    assert answer.status_code == 403
    assert "机密文号" not in answer.text


def test_a_headquarters_page_shows_its_franchisees_records(
    client: TestClient, seeded_engine: Engine, bird: Staff
) -> None:
    tell(seeded_engine, about(ROAD, name_zh="驿路加盟店"), penalty("加盟罚1号", ROAD),
         about(ROAD, "franchise", parent=BIRD, valid_from="2026-01-01"))  # fmt: skip
    page = text_of(client, "/carrier/archive", bird)
    assert "驿路加盟店" in page
    assert "加盟罚1号" in page
    assert "总部对加盟网络承担主体责任" in page


def test_programs_enter_and_read_with_a_token(client: TestClient, seeded_engine: Engine) -> None:
    regulator = ensure_account(seeded_engine, Role.REGULATOR, EVERYTHING)
    headers = bearer_for(seeded_engine, regulator, "archives:read", "archives:write")
    told = penalty(division="500112")
    first = client.post("/api/v1/archives/records", json=told, headers=headers)
    again = client.post("/api/v1/archives/records", json=told, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["record_id"] == again.json()["record_id"]
    shown = client.get(f"/api/v1/archives/enterprise/{BIRD}", headers=headers).json()
    (entry,) = [each for each in shown["records"] if each["kind"] == "penalty"]
    assert (entry["code"], entry["proof"]["sha256"], entry["entered_by"]) == ("general", "ab" * 32, regulator.login)
    refused = client.post("/api/v1/archives/records", json=told | {"holder": "1"}, headers=headers)
    assert (refused.status_code, refused.json()["code"], refused.json()["detail"]) == (422, "holder_invalid", "holder")
    assert client.get(f"/api/v1/archives/merchant/{ROAD}", headers=headers).status_code == 404
    volume = {"carrier": "BLUEBIRD", "month": "2026-09", "parcels": 5}
    assert client.post("/api/v1/archives/volumes", json=volume, headers=headers).status_code == 201
    assert client.post("/api/v1/archives/volumes", json=volume | {"parcels": -1}, headers=headers).status_code == 422


def test_a_carriers_program_declares_for_itself(client: TestClient, seeded_engine: Engine) -> None:
    headers = bearer_for(seeded_engine, ensure_account(seeded_engine, Role.CARRIER), "archives:write", "archives:read")
    told = {key: value for key, value in outlet("CQ-8", opened="2026-09-01").items() if key != "source"}
    assert client.post("/api/v1/archives/records", json=told, headers=headers).status_code == 201
    entered = client.post("/api/v1/archives/records", json=told | {"source": "entered"}, headers=headers)
    assert (entered.status_code, entered.json()["code"]) == (422, "not_yours")
    other = client.post(
        "/api/v1/archives/volumes", json={"carrier": "POSTROAD", "month": "2026-09", "parcels": 5}, headers=headers
    )
    assert (other.status_code, other.json()["code"]) == (422, "not_yours")
    assert client.get(f"/api/v1/archives/enterprise/{ROAD}", headers=headers).status_code == 403


def test_pages_are_said_in_english_too(client: TestClient, seeded_engine: Engine, nation: Staff) -> None:
    tell(
        seeded_engine,
        penalty(),
        outlet("1", opened="2025-05-01"),
        about(kind="honour", title="A", level="city", **PROOF),
    )
    page = text_of(client, f"/regulator/archives/enterprise/{BIRD}?lang=en", nation)
    for words in ("Penalty", "fine", "general", "Outlet filing", "not filed, was due 2025-05-21", "Art. 18, Order 697"):
        assert words in page
    assert "New record: Penalty" in text_of(
        client, f"/regulator/archives/record?kind=penalty&holder={BIRD}&lang=en", nation
    )
    assert text_of(client, "/regulator/archives/record?kind=penalty&holder=1&lang=en", nation)


def test_a_carrier_without_a_code_is_told_what_to_do(client: TestClient, seeded_engine: Engine) -> None:
    staff = staff_of(seeded_engine, Role.CARRIER, Scope("EVENWAY"))
    assert "没有统一社会信用代码的企业" in text_of(client, "/carrier/archive", staff)
    assert client.get("/carrier/archive/record?kind=outlet", headers=staff.headers).status_code == 403
