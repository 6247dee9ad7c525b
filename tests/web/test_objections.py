"""Objections (异议页): a company files with evidence, a regulator of the place decides, both sides are told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.conftest import app_of
from tests.web.parcels import DELIVERED, LOST
from tests.web.staff import Staff, bearer_for, ensure_account, staff_of
from tests.web.world import NOW
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import Role, Scope
from tracker.store.database import reading
from web.accounts.uploads import parse_upload
from web.api.overdue_metrics import objections

PDF = b"%PDF-1.7\r\n--not a boundary\r\n\x00\xff a person's name"
TOLD = {"kind": "parcel", "key": DELIVERED, "ground": "data_wrong", "parcels": ""}


@pytest.fixture
def carrier(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.CARRIER)


@pytest.fixture
def regulator(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.REGULATOR)


def file(client: TestClient, who: Staff, content: bytes = PDF, **changes: str) -> Any:
    return client.post(
        "/carrier/objections",
        data=TOLD | {"csrf": who.csrf} | changes,
        files={"evidence": ("proof.pdf", content, "application/pdf")},
        headers=who.headers,
    )


def act(client: TestClient, who: Staff, page: str, **told: str) -> Any:
    return client.post(page, data={"csrf": who.csrf} | told, headers=who.headers)


def audited(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each.action for each in find_entries(session, AuditFilter())][::-1]


def measured(engine: Engine, at: datetime) -> dict[str, float]:
    [told] = objections(engine, lambda: at).collect()
    return {each.labels["state"]: each.value for each in told.samples}


def test_from_filing_to_what_is_excluded_with_both_sides_told(
    client: TestClient, seeded_engine: Engine, carrier: Staff, regulator: Staff
) -> None:
    filed = file(client, carrier)
    assert filed.status_code == 303, filed.text
    page = filed.headers["location"]
    desk = client.get("/regulator/objections", headers=regulator.headers)
    assert all(word in desk.text for word in ("青鸟速运", DELIVERED, "至 2026-10-28 止"))
    seen = client.get(page, headers=regulator.headers)
    assert "监管部门已阅" in client.get(page, headers=carrier.headers).text
    assert "数据有误" in seen.text
    upheld = act(client, regulator, page, act="upheld", reason="evidence_proves", remedy="exclude")
    assert upheld.status_code == 303
    shown = client.get(page, headers=carrier.headers)
    assert all(word in shown.text for word in ("成立，已更正", "从评价依据中剔除"))
    assert "企业已阅" in client.get(page, headers=regulator.headers).text
    assert [each for each in audited(seeded_engine) if each.startswith("objection")] == [
        "objection_filed", "objection_seen", "objection_decided", "objection_seen",
    ]  # fmt: skip


def test_the_evidence_comes_back_as_it_was_and_lies_sealed_in_the_store(
    client: TestClient, seeded_engine: Engine, carrier: Staff, regulator: Staff
) -> None:
    page = file(client, carrier).headers["location"]
    answer = client.get(f"{page}/evidence", headers=regulator.headers)
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="objection-1.pdf"'
    with seeded_engine.connect() as connection:
        box = connection.scalar(sa.text("SELECT box FROM objection_file"))
    assert box is not None
    assert b"person" not in box
    assert audited(seeded_engine)[-1] == "objection_file_seen"


@pytest.mark.parametrize(
    ("changes", "content", "said"),
    [
        ({"key": "NOBODY"}, PDF, "没有找到这一项"),
        ({"kind": "star"}, PDF, "没有找到这一项"),
        ({"key": LOST}, PDF, "只能对涉及本企业的项"),
        ({"ground": ""}, PDF, "请选择列出的理由"),
        ({"parcels": "X"}, PDF, "只有对指标的异议可列运单号"),
        ({}, b"", "请附证据文件"),
        ({}, b"<script>", "证据须是 PDF"),
        ({}, b"%PDF-" + bytes(1024 * 1024), "不能超过 1 MiB"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(
    client: TestClient, carrier: Staff, changes: dict[str, str], content: bytes, said: str
) -> None:
    wrong = file(client, carrier, content, **changes)
    assert wrong.status_code == 422
    assert said in wrong.text
    assert "没有未办结的异议" in client.get("/carrier/objections", headers=carrier.headers).text


def test_a_form_without_the_sessions_token_or_that_is_none_is_refused(client: TestClient, carrier: Staff) -> None:
    assert file(client, carrier, csrf="x").status_code == 403
    kind = {"Content-Type": "multipart/form-data; boundary=b", **carrier.headers}
    assert client.post("/carrier/objections", content=b"--b\r\nno end", headers=kind).status_code == 400


def test_others_see_nothing_of_it(client: TestClient, seeded_engine: Engine, carrier: Staff) -> None:
    page = file(client, carrier).headers["location"]
    for other in (
        staff_of(seeded_engine, Role.CARRIER, Scope("EVENWAY")),
        staff_of(seeded_engine, Role.REGULATOR, Scope(division="330000")),
    ):
        assert client.get(page, headers=other.headers).status_code == 404
        assert client.get(f"{page}/evidence", headers=other.headers).status_code == 404
        assert act(client, other, page, act="withdrawn").status_code == 404
    nation = staff_of(seeded_engine, Role.REGULATOR, Scope())
    assert client.get(page, headers=nation.headers).status_code == 200


def test_it_is_decided_once_corrected_later_or_withdrawn(client: TestClient, carrier: Staff, regulator: Staff) -> None:
    page = file(client, carrier).headers["location"]
    assert act(client, regulator, page, act="upheld", reason="evidence_proves").status_code == 422
    assert act(client, regulator, page, act="upheld", reason="evidence_proves", remedy="correct").status_code == 303
    again = act(client, regulator, page, act="rejected", reason="checked_right")
    assert (again.status_code, "当前状态不能这样办" in again.text) == (422, True)
    assert act(client, carrier, page).status_code == 422
    assert act(client, regulator, page, act="changed").status_code == 303
    second = file(client, carrier).headers["location"]
    assert act(client, carrier, second).status_code == 303
    assert "已撤回" in client.get("/carrier/objections", headers=carrier.headers).text


def test_what_is_overdue_is_said_first(client: TestClient, seeded_engine: Engine, carrier: Staff) -> None:
    file(client, carrier)
    later = NOW + timedelta(days=11)
    app_of(client).state.clock = lambda: later
    fresh = ensure_account(seeded_engine, Role.REGULATOR)
    bearer = bearer_for(seeded_engine, fresh, "objections:file", at=later)
    [told] = client.get("/api/v1/objections", headers=bearer).json()["objections"]
    assert (told["state"], told["due"], told["overdue"]) == ("filed", "2026-10-28", True)
    assert measured(seeded_engine, NOW) == {"open": 1, "overdue": 0}
    assert measured(seeded_engine, later) == {"open": 1, "overdue": 1}
    assert 'jixin_objections{state="open"} 1.0' in client.get("/metrics").text


def test_programs_file_with_base64_and_list(client: TestClient, seeded_engine: Engine) -> None:
    bearer = bearer_for(seeded_engine, ensure_account(seeded_engine, Role.CARRIER), "objections:file")
    body = {"kind": "parcel", "key": DELIVERED, "ground": "not_ours", "evidence": "JVBERi0xLjc="}
    made = client.post("/api/v1/objections", json=body, headers=bearer)
    assert made.status_code == 201, made.text
    assert made.json()["state"] == "filed"
    again = client.post("/api/v1/objections", json=body, headers=bearer)
    assert (again.status_code, again.json()["code"]) == (422, "already_open")
    assert client.post("/api/v1/objections", json=body | {"evidence": "%%"}, headers=bearer).status_code == 422
    assert len(client.get("/api/v1/objections", headers=bearer).json()["objections"]) == 1
    regulator = bearer_for(seeded_engine, ensure_account(seeded_engine, Role.REGULATOR), "objections:file")
    assert client.post("/api/v1/objections", json=body, headers=regulator).status_code == 403


def test_an_upload_gives_fields_and_files_octet_for_octet() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n\xe4\xb8\xad\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
        b"\r\n\x00--x\n\r\r\n--x--\r\n"
    )
    assert parse_upload("multipart/form-data; boundary=x", body) == ({"csrf": ["中"]}, {"f": b"\r\n\x00--x\n\r"})
    for kind, broken in (
        ("multipart/form-data", body), ("multipart/form-data; boundary=x", body[:-6]),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--\r\n"), ("multipart/form-data; boundary=x", b""),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"form|part"):
            parse_upload(kind, broken)
