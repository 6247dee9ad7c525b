"""The audit page (审计日志): what was seen stands there before it is shown, and is found, paged and taken out."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from tests.web.conftest import ADMIN
from tests.web.html import Page
from tests.web.parcels import DELIVERED
from tests.web.staff import Staff, staff_of
from tests.web.world import NOW
from tracker.access.audit import Action, AuditFilter, append_audit, check_chain, find_entries
from tracker.access.roles import Role
from tracker.store.database import reading, transaction


@pytest.fixture
def admin(seeded_engine: Engine) -> Staff:
    """An administrator's session."""
    return staff_of(seeded_engine, Role.ADMINISTRATOR)


def write(engine: Engine, count: int, actor: str = "anna", action: Action = Action.LOGIN, object: str = "") -> None:
    with transaction(engine) as session:
        for number in range(count):
            at = NOW - timedelta(days=number)
            append_audit(session, action, at=at, actor=actor, role="courier", object=object)


def actions(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each.action for each in find_entries(session, AuditFilter())][::-1]


def test_what_is_seen_is_entered(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    for path in ("/regulator/devices", "/api/v1/devices", "/api/v1/quarantine?code=too_large",
                 f"/api/v1/parcels/{DELIVERED}/proof", "/admin/audit", "/admin/audit.csv", "/account"):  # fmt: skip
        assert client.get(path, headers=admin.headers).status_code == 200, path
    client.get(f"/api/v1/parcels/{DELIVERED}/proof")
    client.get("/regulator/devices")
    client.put("/api/v1/stations/BLUEBIRD/CQ-01", json={"silent_after_hours": 3}, headers=admin.writing)
    client.put("/api/v1/stations/BLUEBIRD/NOWHERE", json={"silent_after_hours": 3}, headers=admin.writing)
    assert actions(seeded_engine) == [
        "devices_seen", "devices_seen", "quarantine_seen", "proof_seen", "audit_seen", "audit_exported",
        "station_changed",
    ]  # fmt: skip
    with reading(seeded_engine) as session:
        newest = find_entries(session, AuditFilter(), limit=1)[0]
        assert check_chain(session).broken_at is None
    assert (newest.actor, newest.role, newest.object) == ("administrator.all", "administrator", "BLUEBIRD/CQ-01")


@pytest.mark.parametrize("path", ["/regulator/devices", "/api/v1/quarantine", "/admin/audit", "/admin/audit.csv"])
def test_what_cannot_be_entered_is_not_shown(
    client: TestClient, admin: Staff, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("locked", None, Exception())

    monkeypatch.setattr("web.accounts.auditing.append_audit", fail)
    assert client.get(path, headers=admin.headers).status_code == 503


def test_entries_are_found_by_actor_action_and_day(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    write(seeded_engine, 3)
    write(seeded_engine, 2, "bert", Action.LOGOUT)

    def numbers(query: str) -> list[int]:
        rows = csv.DictReader(StringIO(client.get(f"/admin/audit.csv?{query}", headers=admin.headers).text[1:]))
        return [int(row["entry_no"]) for row in rows]

    assert numbers("actor=anna") == [3, 2, 1]
    assert numbers("actor=%20ANNA") == [3, 2, 1]
    assert numbers("action=logout") == [5, 4]
    assert numbers("actor=anna&action=logout") == []
    assert numbers("from=2026-10-16&to=2026-10-17") == [5, 3, 2]
    assert numbers("actor=x%27%20OR%201%3D1") == []


@pytest.mark.parametrize("query", ["action=nothing", "from=yesterday", "from=2026-02-30",
                                   "from=0001-01-01", "next=x", "actor=" + "a" * 33])  # fmt: skip
def test_a_question_that_is_none_is_refused(client: TestClient, admin: Staff, query: str) -> None:
    assert client.get(f"/admin/audit?{query}", headers=admin.headers).status_code in (400, 422)


def test_pages_follow_each_other_and_keep_the_question(client: TestClient, seeded_engine: Engine, admin: Staff) -> None:
    write(seeded_engine, 150)
    write(seeded_engine, 10, "bert")
    page = Page(client.get("/admin/audit?actor=anna&lang=en", headers=admin.headers).text)
    (onward,) = [link for link in page.links if "next=" in link and "lang=" not in link]
    assert "actor=anna" in onward
    first, second = page.text, Page(client.get(onward, headers=admin.headers).text).text
    assert first.count("anna") > 90
    assert "bert" not in first + second
    assert len([link for link in Page(client.get(onward, headers=admin.headers).text).links if "next=" in link]) == 2, (
        "the two languages only"
    )


def test_nothing_found_says_so_and_what_is_there_is_harmless(
    client: TestClient, seeded_engine: Engine, admin: Staff
) -> None:
    assert "没有符合的记录" in client.get("/admin/audit?actor=nobody", headers=admin.headers).text
    write(seeded_engine, 1, "<script>alert(1)</script>", object="=HYPERLINK(1)")
    assert "<script>alert" not in client.get("/admin/audit", headers=admin.headers).text
    exported = client.get("/admin/audit.csv", headers=admin.headers)
    assert "'=HYPERLINK(1)" in exported.text
    assert exported.headers["content-disposition"] == 'attachment; filename="audit.csv"'


def test_a_program_may_take_it_out(client: TestClient, seeded_engine: Engine) -> None:
    write(seeded_engine, 2)
    rows = list(csv.DictReader(StringIO(client.get("/admin/audit.csv", headers=ADMIN).text[1:])))
    assert [row["actor"] for row in rows] == ["root", "anna", "anna"]
    assert all(len(row["hash"]) == 64 for row in rows)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_others_see_their_own_entries_only(client: TestClient, seeded_engine: Engine, role: Role) -> None:
    staff = staff_of(seeded_engine, role)
    write(seeded_engine, 1, "somebody.else")
    write(seeded_engine, 1, staff.account.login, Action.LOGOUT)
    assert client.get("/admin/audit", headers={**staff.headers, "Accept": "text/html"}).status_code == 403
    page = Page(client.get("/account?lang=en", headers=staff.headers).text).text
    assert "somebody.else" not in page
    assert "log out" in page


def test_staff_pages_lead_to_those_that_the_role_may_open(client: TestClient, seeded_engine: Engine) -> None:

    staff = staff_of(seeded_engine, Role.ADMINISTRATOR)
    for path, links in (("/account", 3), ("/admin/audit", 3), ("/regulator/devices", 3)):
        page = Page(client.get(path, headers=staff.headers).text)
        staff_links = {"/account", "/admin/audit", "/regulator/devices"} & set(page.links)
        assert len(staff_links) == links
    courier = staff_of(seeded_engine, Role.COURIER)
    assert "/admin/audit" not in Page(client.get("/account", headers=courier.headers).text).links
