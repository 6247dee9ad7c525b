"""Rights requests on pages: a person asks by parcel and four digits, an officer answers, every step is on record."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.engine import Engine

from tests.realname.world import Clock, keep_record, make_vault
from tests.web.conftest import app_of
from tests.web.doors.guarded import open_door
from tests.web.html import Page
from tests.web.parcels import DELIVERED, UNDER_WAY
from tests.web.parties import acceptance_of, keep_label_secret
from tests.web.staff import Staff, staff_of
from tests.web.world import NOW
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import Role
from tracker.realname.vault import Vault
from tracker.store.database import reading, transaction
from tracker.store.identity_store import records_of, save_vault_word
from tracker.store.tables.identities import IdentityRecordRow
from tracker.wire.identity_record import Subject

TAIL = "8000"
ASKED = {"kind": "access", "requester": "self", "waybill_no": DELIVERED, "tail": TAIL}
RIGHT = {"name": "欧阳修远", "phone": "13912345678", "address": "滁州市琅琊山醉翁亭 1 室"}


@pytest.fixture
def vault(tmp_path: Path, seeded_engine: Engine) -> Iterator[Vault]:
    """A vault whose door is open, and whose word the store knows."""
    vault = make_vault(tmp_path / "vault", Clock(NOW))
    with transaction(seeded_engine) as session:
        save_vault_word(session, vault.keys.word(NOW))
    with open_door(vault, seeded_engine, tmp_path / "vault"):
        yield vault


@pytest.fixture
def door(client: TestClient, tmp_path: Path, seeded_engine: Engine, vault: Vault) -> TestClient:
    """A client of an installation where the delivered parcel has sealed records and a telephone's tail."""
    keep_label_secret(tmp_path)
    for subject in (Subject.REGISTER, Subject.SENDER):
        keep_record(seeded_engine, vault, subject=subject)
    with transaction(seeded_engine) as session:
        event_id, device_no = acceptance_of(session, DELIVERED)
        told = {"waybill_no": DELIVERED, "masked": '{"phone":"*******8000"}', "event_id": event_id}
        session.execute(sa.update(IdentityRecordRow).values(told | {"device_no": device_no}))
    return client


@pytest.fixture
def officer(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.VAULT_OFFICER)


def ask(client: TestClient, **told: str) -> Response:
    return client.post("/rights", data=ASKED | told)


def number_of(answer: Response) -> str:
    assert answer.status_code == 303, Page(answer.text).text
    return str(answer.headers["location"]).rpartition("/")[2]


def step(client: TestClient, officer: Staff, number: str, **told: object) -> Response:
    form = {"csrf": officer.csrf} | told
    return client.post(f"/vault/requests/{number}", data=form, headers=officer.headers)


def audited(engine: Engine, number: str) -> list[tuple[str, str, str]]:
    with reading(engine) as session:
        found = find_entries(session, AuditFilter())[::-1]
    return [(each.action, each.actor, each.outcome) for each in found if each.object == number]


def test_a_person_asks_and_follows_the_request_by_its_number(door: TestClient, seeded_engine: Engine) -> None:
    number = number_of(ask(door))
    shown = door.get(f"/rights/{number}")
    text = Page(shown.text).text
    assert "已受理" in text
    assert "还剩 15 个工作日" in text
    assert shown.headers["cache-control"] == "no-store"
    assert door.get("/rights", params={"no": number.lower().replace("-", "")}).headers["location"].endswith(number)
    assert audited(seeded_engine, number) == [("rights_requested", "", "done")]
    assert "15 working days left" in Page(door.get(f"/rights/{number}?lang=en").text).text


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"tail": "8001"}, "对不上"),
        ({"tail": ""}, "要填 4 个数字"),
        ({"tail": "80"}, "要填 4 个数字"),
        ({"tail": "13800138000"}, "不算试错"),
        ({"waybill_no": UNDER_WAY}, "对不上"),
        ({"waybill_no": "NOBODY"}, "对不上"),
        ({"waybill_no": "//"}, "对不上"),
        ({"kind": "everything"}, "请选择请求事项"),
        ({"requester": ""}, "请选择请求事项"),
        ({"kind": "correction"}, "至少填写一项"),
        ({"kind": "correction", "name": "x" * 201}, "至少填写一项"),
        ({"kind": "correction", "name": "a\nb"}, "至少填写一项"),
    ],
)
def test_who_proves_nothing_or_asks_nothing_is_told_so(door: TestClient, told: dict[str, str], said: str) -> None:
    answer = ask(door, **told)
    assert answer.status_code == 422
    assert said in Page(answer.text).text


def test_what_is_right_is_asked_beside_its_choice_whatever_a_browser_knows(client: TestClient) -> None:
    kinds = re.search(r'<fieldset class="kinds">(.*?)<fieldset class="right"', client.get("/rights").text, re.DOTALL)
    assert kinds is not None
    assert 'value="correction"' in kinds[1]
    assert "</fieldset>" not in kinds[1]
    css = client.get("/static/site.css").text
    assert re.search(r"^\.kinds > \.right \{ display: none", css, re.MULTILINE)
    assert '.kinds > [value="correction"]:checked ~ .right { display: grid }' in css
    assert not re.search(r":has\([^{]*\.right", css)


def test_tries_are_limited_and_one_request_of_a_kind_is_open(door: TestClient) -> None:
    number_of(ask(door))
    assert "正在办理" in ask(door).text
    number_of(ask(door, kind="deletion"))
    for _ in range(5):
        assert ask(door, tail="0000").status_code == 422
    assert ask(door, tail="0000").status_code == 429
    assert ask(door, kind="correction", name="x").status_code == 429


def test_an_unknown_number_is_nobodys(door: TestClient) -> None:
    for number in ("R-AAAA-BBBB-CCCC-DDDD", "1", "%F0%9F%93%A6"):
        assert door.get(f"/rights/{number}").status_code == 404
    assert door.get("/rights", params={"no": "12"}).status_code == 422


def test_what_is_right_is_sealed_and_stands_nowhere_else(
    door: TestClient, seeded_engine: Engine, officer: Staff, vault: Vault
) -> None:
    number = number_of(ask(door, kind="correction", **RIGHT))
    with reading(seeded_engine) as session:
        for table in ("rights_request", "identity_record", "audit_entry"):
            rows = str(session.execute(sa.text(f"SELECT * FROM {table}")).all())
            assert not any(text in rows for text in RIGHT.values())
        record = next(line for line in records_of(session, DELIVERED) if line.subject == "correction")
    desk = door.get(f"/vault/requests/{number}", headers=officer.headers)
    assert "本人更正" in desk.text
    vault_page = door.get(f"/vault?waybill_no={DELIVERED}&request_no={number}", headers=officer.headers)
    assert f'value="{number}"' in vault_page.text
    opened = door.post(
        "/vault/open",
        data={"csrf": officer.csrf, "waybill_no": DELIVERED, "record_id": str(record.record_id),
              "purpose": "rights_request", "case_no": number},
        headers=officer.headers,
    )  # fmt: skip
    assert all(text in opened.text for text in RIGHT.values())
    assert step(door, officer, number, step="answer").status_code == 303
    assert "已更正" in door.get(f"/rights/{number}").text
    assert [action for action, _, _ in audited(seeded_engine, number)] == [
        "rights_requested", "rights_seen", "rights_answered",
    ]  # fmt: skip


def test_a_correction_that_cannot_be_sealed_is_not_kept(door: TestClient, seeded_engine: Engine) -> None:
    with transaction(seeded_engine) as session:
        session.execute(sa.text("DELETE FROM vault_word"))
    assert "暂时无法封存" in ask(door, kind="correction", **RIGHT).text
    with reading(seeded_engine) as session:
        assert session.execute(sa.text("SELECT count(*) FROM rights_request")).scalar() == 0


def test_a_deletion_erases_the_chosen_records_and_gives_a_certificate(
    door: TestClient, seeded_engine: Engine, officer: Staff
) -> None:
    number = number_of(ask(door, kind="deletion"))
    assert "请勾选" in step(door, officer, number, step="answer").text
    with reading(seeded_engine) as session:
        first, second = (line.record_id for line in records_of(session, DELIVERED))
    assert step(door, officer, number, step="answer", record_id=[str(first)]).status_code == 303
    with reading(seeded_engine) as session:
        assert [line.record_id for line in records_of(session, DELIVERED)] == [second]
    assert "删除证明：删除清单第 2 行" in door.get(f"/rights/{number}").text
    assert "已经办结" in step(door, officer, number, step="answer", record_id=[str(second)]).text


def test_a_request_is_extended_once_and_refused_with_a_reason_that_its_person_reads(
    door: TestClient, seeded_engine: Engine, officer: Staff
) -> None:
    number = number_of(ask(door))
    assert "请选择理由" in step(door, officer, number, step="extend", reason="later").text
    assert step(door, officer, number, step="extend", reason="with_carrier").status_code == 303
    assert "还剩 30 个工作日" in door.get(f"/rights/{number}").text
    assert "只能延期一次" in step(door, officer, number, step="extend", reason="with_carrier").text
    assert step(door, officer, number, step="refuse", reason="retention_duty").status_code == 303
    letter = Page(door.get(f"/rights/{number}").text).text
    assert "保存期限未届满" in letter
    assert "人民法院" in letter
    who = officer.account.login
    assert audited(seeded_engine, number) == [
        ("rights_requested", "", "done"), ("rights_extended", who, "done"), ("rights_refused", who, "done"),
    ]  # fmt: skip


def test_the_desk_takes_in_what_came_in_writing(door: TestClient, officer: Staff) -> None:
    form = {"csrf": officer.csrf, "kind": "access", "requester": "guardian", "waybill_nos": f"{DELIVERED}\n  ab12  "}
    taken = door.post("/vault/requests", data=form, headers=officer.headers)
    number = number_of(taken)
    assert "AB12" in door.get(f"/vault/requests/{number}", headers=officer.headers).text
    for wrong in ({"waybill_nos": ""}, {"waybill_nos": "//"}, {"waybill_nos": " ".join(f"W{no}" for no in range(21))}):
        refused = door.post("/vault/requests", data=form | wrong, headers=officer.headers)
        assert (refused.status_code, "1 至 20 个" in refused.text) == (422, True)
    assert door.post("/vault/requests", data=form | {"csrf": "x"}, headers=officer.headers).status_code == 403


def test_what_is_overdue_stands_first_and_is_measured(door: TestClient, officer: Staff) -> None:
    app_of(door).state.clock = lambda: NOW - timedelta(days=60)
    old = number_of(ask(door))
    app_of(door).state.clock = lambda: NOW
    new = number_of(ask(door, kind="deletion"))
    desk = door.get("/vault/requests", headers=officer.headers).text
    assert desk.index(old) < desk.index(new)
    assert "1 件已超期" in desk
    assert "没有待答复" not in desk
    measured = door.get("/metrics").text
    assert 'jixin_rights_requests{state="open"} 2.0' in measured
    assert 'jixin_rights_requests{state="overdue"} 1.0' in measured
    assert "可以向履行个人信息保护职责的部门投诉" in door.get(f"/rights/{old}").text


def test_without_a_vault_a_deletion_is_not_answered(client: TestClient, seeded_engine: Engine, officer: Staff) -> None:
    form = {"csrf": officer.csrf, "kind": "deletion", "requester": "self", "waybill_nos": DELIVERED}
    number = number_of(client.post("/vault/requests", data=form, headers=officer.headers))
    said = step(client, officer, number, step="answer", record_id="0192e4a0-0000-7000-8000-000000000000")
    assert "保险库没有应答" in said.text
    assert ("rights_answered", officer.account.login, "refused") in audited(seeded_engine, number)
    assert "已受理" in client.get(f"/rights/{number}").text
