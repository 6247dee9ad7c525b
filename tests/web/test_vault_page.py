"""The vault page (实名保险库): masked forms in a list, one record open, every look and every try on record."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.realname.world import NUMBER, Clock, keep_record, make_vault
from tests.web.doors.guarded import open_door
from tests.web.parcels import DELIVERED
from tests.web.staff import Staff, staff_of
from tests.web.world import NOW
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import Role
from tracker.realname.access_ledger import LEDGER
from tracker.realname.vault import Vault
from tracker.store.database import reading


@pytest.fixture
def vault(tmp_path: Path, seeded_engine: Engine) -> Iterator[Vault]:
    """A vault whose door is open beside the client's data dir."""
    vault = make_vault(tmp_path / "vault", Clock(NOW))
    with open_door(vault, seeded_engine, tmp_path / "vault"):
        yield vault


@pytest.fixture
def officer(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.VAULT_OFFICER)


def ask(client: TestClient, officer: Staff, record: object, **told: str) -> Any:
    form = {"csrf": officer.csrf, "waybill_no": "W1", "record_id": str(record), "purpose": "court_order",
            "case_no": "(2026)沪0101刑初12号"}  # fmt: skip
    return client.post("/vault/open", data=form | told, headers=officer.headers)


def outcomes(vault: Vault) -> list[str]:
    return [entry.outcome for entry, _ in LEDGER.read(vault.ledger.path, vault.keys.signing.verifying)]


def audited(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return [(each.action, each.outcome) for each in find_entries(session, AuditFilter())][::-1]


def listed(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each.object for each in find_entries(session, AuditFilter(action="identities_listed"))][::-1]


def test_a_document_that_was_typed_for_a_number_is_not_kept_for_ever(
    client: TestClient, seeded_engine: Engine, officer: Staff
) -> None:
    for typed in (NUMBER, DELIVERED):
        assert client.get("/vault", params={"waybill_no": typed}, headers=officer.headers).status_code == 200
    assert listed(seeded_engine) == ["", DELIVERED], "that somebody looked is entered, and for which parcel"


def test_a_parcels_records_are_listed_shut(
    client: TestClient, seeded_engine: Engine, vault: Vault, officer: Staff
) -> None:
    keep_record(seeded_engine, vault)
    page = client.get("/vault?waybill_no=w1", headers=officer.headers)
    assert page.status_code == 200
    assert "张**" in page.text
    assert "张三丰" not in page.text
    assert NUMBER not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert audited(seeded_engine) == [("identities_listed", "done")]
    assert outcomes(vault) == []
    assert listed(seeded_engine) == ["W1"]
    empty = client.get("/vault?waybill_no=NOBODY", headers=officer.headers)
    assert "没有实名记录" in empty.text
    assert client.get("/vault", headers=officer.headers).status_code == 200


def test_one_is_opened_with_a_purpose_and_a_case(
    client: TestClient, seeded_engine: Engine, vault: Vault, officer: Staff
) -> None:
    record_id = keep_record(seeded_engine, vault)
    opened = ask(client, officer, record_id)
    assert opened.status_code == 200, opened.text
    assert (NUMBER in opened.text, "张三丰" in opened.text) == (True, True)
    assert opened.headers["cache-control"] == "no-store"
    assert outcomes(vault) == ["opened"]
    assert audited(seeded_engine) == [("identity_opened", "done")]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"purpose": ""}, "请选择事由"),
        ({"case_no": " "}, "请填写案件编号"),
        ({"case_no": "李四2026-1"}, "案件编号只能用字母、数字"),
        ({"record_id": "not-an-id"}, "没有这条记录"),
        ({"record_id": "0192e4a0-0000-7000-8000-000000000000"}, "没有这条记录"),
    ],
)
def test_what_is_missing_is_said_and_nothing_opens(
    client: TestClient, seeded_engine: Engine, vault: Vault, officer: Staff, told: dict[str, str], said: str
) -> None:
    record_id = keep_record(seeded_engine, vault)
    refused = ask(client, officer, record_id, **told)
    assert refused.status_code == 403
    assert said in refused.text
    assert NUMBER not in refused.text
    assert "opened" not in outcomes(vault)


def test_without_the_vaults_process_the_page_says_so(
    client: TestClient, seeded_engine: Engine, officer: Staff, tmp_path: Path
) -> None:
    vault = make_vault(tmp_path / "vault", Clock(NOW))
    refused = ask(client, officer, keep_record(seeded_engine, vault))
    assert refused.status_code == 403
    assert "保险库没有应答" in refused.text


def test_a_name_with_html_stands_as_text(
    client: TestClient, seeded_engine: Engine, vault: Vault, officer: Staff
) -> None:
    record_id = keep_record(seeded_engine, vault, name="<script>alert(1)</script>'; DROP TABLE event;--")
    opened = ask(client, officer, record_id)
    assert "<script>alert" not in opened.text
    assert "&lt;script&gt;alert" in opened.text
