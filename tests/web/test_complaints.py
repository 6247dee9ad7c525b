"""Complaints on pages (投诉申诉页面): filed behind the door, answered, found, counted; nobody sees another's."""

import csv
import re
from datetime import datetime, timedelta
from io import StringIO
from random import Random

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.engine import Engine

from credit_scoring.complaints.complaint_lists import CaseFilter, find_cases
from credit_scoring.complaints.complaint_store import history_of
from credit_scoring.complaints.receipt_no import make_receipt_no
from tests.credit_scoring.complaints.builders import file_one
from tests.web.conftest import ADMIN
from tests.web.html import Page
from tests.web.parcels import DELIVERED, LOST, OVERDUE, UNDER_WAY
from tests.web.staff import Staff, bearer_for, ensure_account, staff_of
from tests.web.staff import enter as open_session
from tests.web.world import NOW
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import Role, Scope
from tracker.store.database import reading, transaction
from web.commands.demo.complaints import demo_complaints
from web.doors.door import FILED_PARCEL, MISSES_ADDRESS, MISSES_PARCEL

DAY = timedelta(days=1)
FORM = f"/t/{DELIVERED}/complaint"
NOT_GOT = "delivery.signed_not_received"
UNKNOWN = make_receipt_no(NOW.date(), lambda _: 5)


def csrf_in(answer: Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert found is not None, answer.text[:2000]
    return found[1]


def enter(door: TestClient, page: str = FORM, digits: str = "8000") -> Response:
    return door.post(page, data={"tail": digits, "cause": "signed_not_received"})


def complain(door: TestClient, matter: str = NOT_GOT) -> Response:
    """Through the door, and the form sent."""
    assert enter(door).status_code == 303
    return door.post(FORM, data={"matter": matter, "csrf": csrf_in(door.get(FORM))})


def receipt_of(answer: Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def file_here(engine: Engine, number: str = DELIVERED, **told: object) -> str:
    with transaction(engine) as session:
        return file_one(session, number, chance=Random(repr(told) + number), **told).case.case_no


def test_the_trace_page_leads_to_the_two_complaints_that_are_made_most(door: TestClient) -> None:
    links = Page(door.get(f"/t/{DELIVERED}").text).links
    assert f"{FORM}?cause=signed_not_received" in links
    assert f"{FORM}?cause=never_ordered" in links
    under_way = Page(door.get(f"/t/{UNDER_WAY}").text).links
    assert f"/t/{UNDER_WAY}/complaint?cause=signed_not_received" not in under_way
    assert f"/t/{UNDER_WAY}/complaint?cause=never_ordered" in under_way


def test_four_digits_open_the_form_and_the_form_gives_a_receipt(door: TestClient, seeded_engine: Engine) -> None:
    shut = door.get(f"{FORM}?cause=signed_not_received")
    assert "签收了,但我没收到".replace(",", "，") in Page(shut.text).text
    assert 'name="matter"' not in shut.text
    entered = enter(door)
    assert entered.headers["location"] == f"{FORM}?cause=signed_not_received"
    assert f"Path=/t/{DELIVERED}" in entered.headers["set-cookie"]
    opened = door.get(entered.headers["location"])
    assert f'<option value="{NOT_GOT}" selected>' in opened.text
    receipt = receipt_of(door.post(FORM, data={"matter": NOT_GOT, "csrf": csrf_in(opened)}))
    page = Page(door.get(f"/t/{DELIVERED}/complaints/{receipt}").text)
    for words in ("待企业答复", "企业答复：还剩 7 天", "2026 年 10 月 25 日止", "第二十九条", "首问负责 青鸟速运"):
        assert words in page.text, words
    assert receipt in page.text
    with reading(seeded_engine) as session:
        history = history_of(session, receipt)
        assert history is not None
        assert (history.case.channel, history.case.proof) == ("web", "digits")
        entry = find_entries(session, AuditFilter(action="complaint_filed"), limit=1)[0]
        assert (entry.object, entry.actor) == (receipt, "")


def test_nothing_personal_is_asked_for_kept_or_shown(door: TestClient, seeded_engine: Engine) -> None:
    opened = complain(door)
    page = door.get(opened.headers["location"])
    assert not any(word in page.text for word in ("欧阳", "8000", "3210", "深圳市"))
    types = [each.get("type") for each in Page(door.get(FORM).text).attributes_of("input")]
    assert set(types) == {"hidden"}
    with seeded_engine.connect() as connection:
        rows = [*connection.exec_driver_sql("SELECT * FROM complaint")]
    cells = [cell for row in rows for cell in row if isinstance(cell, str)]
    assert rows
    assert not any(digits in cell for cell in cells for digits in ("8000", "3210"))


def test_wrong_digits_are_few_and_shared_with_the_traces_door(door: TestClient) -> None:
    for _ in range(MISSES_PARCEL):
        assert enter(door, digits="1111").status_code == 422
    assert enter(door, digits="1111").status_code == 429
    assert enter(door).status_code == 429  # the right ones too, for an hour
    assert enter(door, digits="").status_code == 422


def test_another_parcels_pass_opens_nothing(door: TestClient, seeded_engine: Engine) -> None:
    enter(door)
    kept = door.cookies.get("door", path=f"/t/{DELIVERED}")
    other = file_here(seeded_engine, UNDER_WAY)
    headers = {"Cookie": f"door={kept}"}
    page = door.get(f"/t/{UNDER_WAY}/complaints/{other}", headers=headers)
    assert "企业答复" not in page.text
    assert 'name="act"' not in page.text
    assert door.post(f"/t/{UNDER_WAY}/complaint", data={"matter": "delay.not_told"}, headers=headers).status_code == 422
    assert door.get(f"/t/{DELIVERED}/complaints/{other}").status_code == 404  # nor under one's own parcel


def test_a_form_without_its_token_is_refused(door: TestClient) -> None:
    enter(door)
    assert door.post(FORM, data={"matter": NOT_GOT}).status_code == 403
    assert door.post(FORM, data={"matter": NOT_GOT, "csrf": "x"}).status_code == 403


@pytest.mark.parametrize("matter", ["", "delivery", "delivery.never_ordered", "x.y", "delay.late_on_the_road.x"])
def test_what_is_no_choice_of_the_form_is_refused(door: TestClient, matter: str) -> None:
    assert complain(door, matter).status_code == 422


def test_the_same_again_gives_the_same_receipt_and_a_flood_waits(door: TestClient) -> None:
    receipts = {receipt_of(complain(door)) for _ in range(FILED_PARCEL)}
    assert len(receipts) == 1
    assert complain(door).status_code == 429


def test_a_case_is_looked_up_by_its_receipt_and_four_digits(door: TestClient, seeded_engine: Engine) -> None:
    receipt = file_here(seeded_engine)
    assert door.get("/complaints").status_code == 200
    found = door.post("/complaints", data={"receipt": f" {receipt.lower()}", "tail": "3210"})
    assert found.headers["location"] == f"/t/{DELIVERED}/complaints/{receipt}"
    assert "待企业答复" in door.get(found.headers["location"]).text
    wrong = door.post("/complaints", data={"receipt": receipt, "tail": "0000"})
    unknown = door.post("/complaints", data={"receipt": UNKNOWN, "tail": "3210"})
    no_number = door.post("/complaints", data={"receipt": "12345", "tail": "3210"})
    short = door.post("/complaints", data={"receipt": receipt, "tail": "32"})
    assert (short.status_code, "要填 4 个数字" in short.text) == (422, True)
    assert [each.status_code for each in (wrong, unknown, no_number)] == [422, 422, 422]
    assert Page(wrong.text).text.replace(receipt, "") == Page(unknown.text).text.replace(UNKNOWN, "")


def test_a_guesser_of_receipts_waits(door: TestClient) -> None:
    answers = [door.post("/complaints", data={"receipt": UNKNOWN, "tail": "1234"}).status_code for _ in range(25)]
    assert answers == [422] * MISSES_ADDRESS + [429] * (25 - MISSES_ADDRESS)


def test_an_appeal_opens_on_the_eighth_day_and_not_before(
    door: TestClient, seeded_engine: Engine, clock: list[datetime]
) -> None:
    receipt = receipt_of(complain(door))
    page = f"/t/{DELIVERED}/complaints/{receipt}"
    assert "7 天时间答复" in door.get(page).text
    refused = door.post(page, data={"act": "appealed", "csrf": csrf_in(door.get(page))})
    assert refused.status_code == 422
    assert "7 天还没有到" in refused.text
    clock[0] = NOW + 8 * DAY
    assert enter(door, page).status_code == 303
    opened = door.get(page)
    assert "已逾期 1 天" in Page(opened.text).text
    assert door.post(page, data={"act": "appealed", "csrf": csrf_in(opened)}).status_code == 303
    text = Page(door.get(page).text).text
    assert "申诉处理中" in text
    assert "企业逾期未答复" in text
    assert "浙江省快递业促进条例第三十七条" in text  # its destination is Hangzhou


def carrier(engine: Engine, code: str = "BLUEBIRD") -> Staff:
    return staff_of(engine, Role.CARRIER, Scope(code))


def regulator(engine: Engine, division: str | None = "330000") -> Staff:
    return staff_of(engine, Role.REGULATOR, Scope(division=division))


def do(door: TestClient, who: Staff, page: str, **told: str) -> Response:
    return door.post(page, data={"csrf": who.csrf, **told}, headers=who.headers)


def test_a_carrier_sees_its_own_cases_answers_them_and_the_user_reads_it(
    door: TestClient, seeded_engine: Engine
) -> None:
    receipt = receipt_of(complain(door))
    who, other = carrier(seeded_engine), carrier(seeded_engine, "EVENWAY")
    listed = door.get("/carrier/complaints", headers=who.headers)
    assert receipt in listed.text
    assert "还剩 7 天" in listed.text
    assert receipt not in door.get("/carrier/complaints", headers=other.headers).text
    assert door.get(f"/carrier/complaints/{receipt}", headers=other.headers).status_code == 404
    page = f"/carrier/complaints/{receipt}"
    assert do(door, other, page, act="answered", answer="explained").status_code == 404
    assert do(door, who, page, act="answered", answer="call me").status_code == 422
    assert do(door, who, page, act="found", carrier="EVENWAY").status_code == 422
    assert door.post(page, data={"act": "answered", "answer": "explained"}, headers=who.headers).status_code == 403
    assert do(door, who, page, act="answered", answer="sender_told").status_code == 303
    own = door.get(f"/t/{DELIVERED}/complaints/{receipt}")
    assert "企业答复：已提供寄件人信息" in Page(own.text).text
    with reading(seeded_engine) as session:
        entry = find_entries(session, AuditFilter(action="complaint_acted"), limit=1)[0]
        assert (entry.object, entry.actor) == (f"{receipt} answered", who.account.login)
    closed = door.post(f"/t/{DELIVERED}/complaints/{receipt}", data={"act": "settled", "csrf": csrf_in(own)})
    assert closed.status_code == 303
    assert "已结案" in door.get(f"/t/{DELIVERED}/complaints/{receipt}").text


def test_who_was_asked_first_sees_it_still_after_handing_it_on(door: TestClient, seeded_engine: Engine) -> None:
    receipt = file_here(seeded_engine)
    first, second = carrier(seeded_engine), carrier(seeded_engine, "EVENWAY")
    page = f"/carrier/complaints/{receipt}"
    assert do(door, first, page, act="transferred", to="NOSUCH").status_code == 422
    assert do(door, first, page, act="transferred", to="EVENWAY").status_code == 303
    for who in (first, second):
        text = Page(door.get(page, headers=who.headers).text).text
        assert "首问负责 青鸟速运" in text
        assert "现经办 顺安快递" in text


def test_a_regulator_finds_who_answers_for_it_from_the_scans(door: TestClient, seeded_engine: Engine) -> None:
    receipt = file_here(seeded_engine, channel="12305")
    who = regulator(seeded_engine)
    page = f"/regulator/complaints/{receipt}"
    text = Page(door.get(page, headers=who.headers).text).text
    assert "轨迹提示：停留最久的是 青鸟速运" in text
    told = {"act": "found", "carrier": "BLUEBIRD", "matter": "delay.late_on_the_road", "effective": "yes"}
    assert do(door, who, page, **(told | {"effective": "perhaps"})).status_code == 422
    assert do(door, who, page, **(told | {"carrier": "NOSUCH"})).status_code == 422
    assert do(door, who, page, **told).status_code == 303
    assert "有效申诉，责任方 青鸟速运" in Page(door.get(page, headers=who.headers).text).text
    assert do(door, who, page, act="finding_revoked").status_code == 303
    assert "申诉处理中" in door.get(page, headers=who.headers).text


def test_a_regulator_sees_its_own_division_only(door: TestClient, seeded_engine: Engine) -> None:
    receipt = file_here(seeded_engine, channel="12305")
    here, there, nation = (regulator(seeded_engine, each) for each in ("330100", "440000", None))
    for who, status in ((here, 200), (there, 404), (nation, 200)):
        assert door.get(f"/regulator/complaints/{receipt}", headers=who.headers).status_code == status
        assert (receipt in door.get("/regulator/complaints", headers=who.headers).text) is (status == 200)
        assert (receipt in door.get("/regulator/complaints.csv", headers=who.headers).text) is (status == 200)


def test_the_exported_list_speaks_the_page_s_language_and_keeps_the_codes(
    door: TestClient, seeded_engine: Engine
) -> None:
    receipt, who = file_here(seeded_engine), regulator(seeded_engine, None)
    exported = door.get("/regulator/complaints.csv?show=all", headers=who.headers)
    [row] = csv.DictReader(StringIO(exported.text.removeprefix("\ufeff")))
    assert (row["受理编号"], row["运单号"]) == (receipt, DELIVERED)
    assert (row["被投诉企业"], row["被投诉企业代码"]) == ("青鸟速运", "BLUEBIRD")
    assert (row["状态"], row["状态代码"], row["待谁答复"], row["待谁答复代码"]) == (
        "待企业答复", "at_carrier", "企业", "carrier",
    )  # fmt: skip
    assert row["截至（北京时间）"] == "2026-10-18 14:03"
    assert exported.headers["cache-control"] == "no-store"
    english = door.get("/regulator/complaints.csv?show=all&lang=en", headers=who.headers).text
    [same] = csv.DictReader(StringIO(english.removeprefix("\ufeff")))
    assert (same["State"], same["State: code"]) == ("At the carrier", "at_carrier")
    assert same["Received (Beijing time)"] == row["收到时间（北京时间）"] == "2026-10-18 14:03"


def test_the_overdue_list_is_exact_to_the_day(door: TestClient, seeded_engine: Engine, clock: list[datetime]) -> None:
    receipt = file_here(seeded_engine)
    who = regulator(seeded_engine, None)
    for days, listed in ((7, False), (8, True)):
        clock[0] = NOW + days * DAY
        staff = staff_again(seeded_engine, who, clock[0])
        shown = door.get("/regulator/complaints?show=overdue", headers=staff.headers)
        assert (receipt in shown.text) is listed


def staff_again(engine: Engine, who: Staff, at: datetime) -> Staff:
    return open_session(engine, who.account, at=at)


def test_copies_are_reviewed_with_their_reasons_and_taken_apart(door: TestClient, seeded_engine: Engine) -> None:
    lead = file_here(seeded_engine)
    copy = file_here(seeded_engine, channel="12345")
    who = regulator(seeded_engine)
    listed = door.get("/regulator/complaints?show=review", headers=who.headers)
    assert copy in listed.text
    assert lead not in listed.text
    page = f"/regulator/complaints/{copy}"
    text = Page(door.get(page, headers=who.headers).text).text
    assert "同一运单 +50" in text
    assert lead in text
    assert copy in door.get(f"/regulator/complaints/{lead}", headers=who.headers).text
    assert do(door, who, page, act="kept_apart").status_code == 303
    assert copy not in door.get("/regulator/complaints?show=review", headers=who.headers).text
    assert do(door, who, page, act="merged", into=lead.lower()).status_code == 303
    assert do(door, who, page, act="merged", into=lead).status_code == 422


def test_an_empty_desk_says_so_and_a_long_one_turns_pages(door: TestClient, seeded_engine: Engine) -> None:
    who = carrier(seeded_engine, "EVENWAY")
    assert "没有这样的投诉件" in door.get("/carrier/complaints", headers=who.headers).text
    for number in range(53):
        file_here(seeded_engine, f"QN88{number}", carrier="EVENWAY", channel="12345", source_ref=f"N{number}")
    first = door.get("/carrier/complaints?show=all", headers=who.headers)
    links = [each for each in Page(first.text).links if "next=" in each]
    second = door.get(links[0], headers=who.headers)
    found = [set(re.findall(r"/carrier/complaints/(TS[0-9A-Z-]+)", each.text)) for each in (first, second)]
    assert [len(each) for each in found] == [50, 3]
    assert not found[0] & found[1]


BODY = {
    "channel": "12305", "source_ref": "2026-1", "waybill_no": OVERDUE, "category": "loss", "cause": "all_lost",
    "received_at": "2026-10-18T10:00:00+08:00",
}  # fmt: skip


def test_a_line_hands_in_its_complaints_once(door: TestClient) -> None:
    first = door.post("/api/v1/complaints", json=BODY, headers=ADMIN)
    assert first.status_code == 201, first.text
    assert first.json()["state"] == "at_regulator"
    again = door.post("/api/v1/complaints", json=BODY, headers=ADMIN)
    assert again.status_code == 200
    assert again.json() == first.json() | {"outcome": "known"}
    conflict = door.post("/api/v1/complaints", json=BODY | {"waybill_no": LOST}, headers=ADMIN)
    assert (conflict.status_code, conflict.json()["code"]) == (422, "source_ref_conflict")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"channel": "web"}, None),
        ({"channel": "99999"}, "channel_not_yours"),
        ({"received_at": "2026-10-19T10:00:00+08:00"}, "received_in_future"),
        ({"received_at": "2026-10-18T10:00:00"}, ""),
        ({"waybill_no": "NOSUCH1"}, "parcel_unknown"),
        ({"waybill_no": "张三"}, ""),
        ({"category": "rude"}, ""),
        ({"text": "my phone is 138"}, ""),
    ],
)
def test_what_a_line_gets_wrong_is_named(door: TestClient, told: dict[str, str], code: str | None) -> None:
    answer = door.post("/api/v1/complaints", json=BODY | told, headers=ADMIN)
    if code is None:
        assert answer.status_code == 201  # an administrator may speak for this door too
        return
    assert answer.status_code == 422
    assert answer.json().get("code", "") == code


def test_each_speaks_for_its_own_channel_only(door: TestClient, seeded_engine: Engine) -> None:
    accounts = {role: ensure_account(seeded_engine, role) for role in (Role.CARRIER, Role.PLATFORM, Role.REGULATOR)}
    headers = {role: bearer_for(seeded_engine, each, "complaints:write") for role, each in accounts.items()}
    body = BODY | {"waybill_no": DELIVERED, "category": "delay", "cause": "late_on_the_road"}
    for role, channel in ((Role.CARRIER, "carrier"), (Role.PLATFORM, "platform"), (Role.REGULATOR, "12345")):
        for other in ("carrier", "platform", "12345", "web"):
            answer = door.post("/api/v1/complaints", json=body | {"channel": other}, headers=headers[role])
            assert answer.status_code == (201 if other == channel else 422), (role, other, answer.text)
    foreign = door.post("/api/v1/complaints", json=BODY | {"channel": "carrier"}, headers=headers[Role.CARRIER])
    assert foreign.json()["code"] == "carrier_not_of_parcel"
    with reading(seeded_engine) as session:
        histories = [history_of(session, number) for _, number in find_cases(session, CaseFilter())]
    owners = {each.case.channel: each.case.first_owner for each in histories if each}
    assert owners == {"carrier": "carrier:BLUEBIRD", "platform": "platform:SHOP", "12345": "channel:12345"}


def test_the_bulletin_is_a_page_a_file_and_json(door: TestClient, seeded_engine: Engine) -> None:
    assert "没有收寄和投诉" in door.get("/complaints/bulletin?month=2020-01").text
    receipt = file_here(seeded_engine, channel="12305")
    assert receipt not in door.get("/complaints/bulletin?month=2026-10").text
    page = Page(door.get("/complaints/bulletin?month=2026-10&lang=en").text).text
    assert "Appeals per million" in page
    told = door.get("/api/v1/complaints/bulletin?month=2026-10").json()
    assert (told["total"]["appeals"], told["total"]["appeals_by_category"]["delay"]) == (1, 1)
    lines = door.get("/complaints/bulletin.csv?month=2026-10").text.splitlines()
    assert len(lines) == len(told["carriers"]) + 2
    assert told["total"]["appeals_per_million"]["value"] in lines[1]
    assert door.get("/complaints/bulletin?month=2026-99").status_code == 422


def test_the_demo_files_the_same_complaints_once(seeded_engine: Engine) -> None:
    filed = demo_complaints(seeded_engine, now=NOW, seed=1)
    assert filed > 5
    assert demo_complaints(seeded_engine, now=NOW, seed=1) == 0
    with reading(seeded_engine) as session:
        found = [history_of(session, number) for _, number in find_cases(session, CaseFilter())]
    states = {each.standing.state for each in found if each}
    assert len(found) == filed
    assert len(states) > 2
    assert all(each.case.received_at <= NOW for each in found if each)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_page_speaks_both_languages(door: TestClient, seeded_engine: Engine, lang: str) -> None:
    demo_complaints(seeded_engine, now=NOW, seed=1)
    who = regulator(seeded_engine, None)
    with reading(seeded_engine) as session:
        numbers = [number for _, number in find_cases(session, CaseFilter())]
    for address in ["/complaints", "/complaints/bulletin?month=2026-10", FORM]:
        assert door.get(address, params={"lang": lang}).status_code == 200
    for show in ("open", "overdue", "appeals", "review", "all"):
        page = door.get("/regulator/complaints", params={"show": show, "lang": lang}, headers=who.headers)
        assert page.status_code == 200
    for number in numbers:
        page = door.get(f"/regulator/complaints/{number}", params={"lang": lang}, headers=who.headers)
        assert page.status_code == 200
        if lang == "en":
            assert not re.search("[一-鿿]", re.sub(r'<[^>]*lang="zh-CN"[^>]*>[^<]*', "", page.text).replace("中文", ""))
