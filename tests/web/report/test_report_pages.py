"""Reports over HTTP: page, JSON and PDF, for everybody and for the enterprise; what cannot be had says why."""

import asyncio
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.conftest import MakeClient, app_of
from tests.web.html import Page
from tests.web.report.world import BASE, Printed
from tests.web.staff import Staff, staff_of
from tests.web.test_archives import audited
from tracker.access.roles import Role
from tracker.wire.signature import decode_base64url
from web.report.pdf_signature import check_pdf
from web.report.press import AT_ONCE, WAITING
from web.report.signed import open_report

PAGE = "/carriers/FARREACH/report"


@pytest.fixture
def carrier(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.CARRIER)


def problem(answer: Any) -> str:
    return str(answer.json()["type"].rpartition(":")[2])


def test_page_json_and_pdf_say_the_same(client: TestClient, printed: Printed) -> None:
    printed.object("FARREACH")
    text = Page(client.get(f"{PAGE}?run={printed.run_id}").text).text
    signed = client.get(f"{PAGE}.json?run={printed.run_id}")
    assert signed.headers["content-type"] == "application/jose+json"
    assert open_report(signed.content, printed.keys).content["run"]["id"] == str(printed.run_id)
    assert client.get(f"/api/v1{PAGE}?run={printed.run_id}").content == signed.content
    pdf = client.get(f"{PAGE}.pdf?run={printed.run_id}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert "jixin-report-FARREACH-2026-09-19-2026-10-18.pdf" in pdf.headers["content-disposition"]
    assert check_pdf(pdf.content).attachment == signed.content
    made = printed.signed("FARREACH")
    for words in (made.sealing.content, made.sealing.kid, made.sealing.certificate, "1 项处理中", "435.2", "8.3–522.3"):
        assert words in text
    assert client.get(PAGE).status_code == 200, "without a run the latest of the last 30 days"


def test_a_report_that_the_browser_has_is_not_made_again(client: TestClient, printed: Printed) -> None:
    for ending in ("json", "pdf"):
        first = client.get(f"{PAGE}.{ending}")
        assert first.headers["cache-control"] == "public, no-cache"
        has = {"If-None-Match": first.headers["etag"]}
        again = client.get(f"{PAGE}.{ending}", headers=has)
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(f"{PAGE}.{ending}").content == first.content, "kept: the same signature too"
        number = printed.object("FARREACH")
        changed = client.get(f"{PAGE}.{ending}", headers=has)
        assert changed.status_code == 200, f"objection {number} has changed what it says"


def test_the_printed_address_is_never_the_visitors(make_client: MakeClient, printed: Printed) -> None:
    def printed_by(client: TestClient, host: str) -> bytes:
        pdf = client.get(f"{PAGE}.pdf", headers={"Host": host}).content
        return check_pdf(pdf).attachment and pdf

    silent = make_client()
    assert printed_by(silent, "evil.example") == printed_by(silent, "other.example"), "neither is on it"
    told = make_client(public_url=BASE)
    assert printed_by(told, "evil.example") == printed_by(told, "other.example")


def test_the_enterprises_own_report_is_for_it_alone_and_its_look_is_on_record(
    client: TestClient, printed: Printed, carrier: Staff, seeded_engine: Engine
) -> None:
    for path in ("/carrier/report", "/carrier/report.json", "/carrier/report.pdf"):
        assert client.get(path, headers={"Accept": "application/json"}).status_code == 401
        answer = client.get(path, headers=carrier.headers)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] in ("private, no-cache", "no-store")
    own = client.get("/carrier/report.json", headers=carrier.headers)
    content = json.loads(decode_base64url(own.json()["payload"]))
    assert (content["audience"], content["enterprise"]["carrier"]) == ("enterprise", "BLUEBIRD")
    assert set(audited(seeded_engine, "report_seen")) == {(carrier.account.login, f"BLUEBIRD/{printed.run_id}")}
    assert "/carrier/report" in client.get("/carrier/archive", headers=carrier.headers).text


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/carriers/NOPE/report.pdf", 404, "carrier-not-found"),
        ("/carriers/FARREACH/report.json?run=01a14d9b-3620-7a05-ae8e-7232dd479bee", 404, "run-not-found"),
        ("/carriers/FARREACH/report.pdf?from=2020-01-01&to=2020-02-01", 404, "run-not-found"),
        ("/carriers/FARREACH/report?run=x", 422, "input-invalid"),
        ("/carriers/FARREACH/report.pdf?division=999999", 422, "division-unknown"),
    ],
)
def test_what_is_not_there_is_a_problem(
    client: TestClient, printed: Printed, path: str, status: int, name: str
) -> None:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, problem(answer)) == (status, name)
    assert client.get(path, headers={"Accept": "text/html"}).status_code == status


def test_an_unrated_carriers_report_says_so(client: TestClient, printed: Printed) -> None:
    text = Page(client.get("/carriers/SMALLTOWN/report").text).text
    assert "未评定 (样本不足: 件数不足 30 件)" in text
    assert client.get("/carriers/SMALLTOWN/report.pdf").status_code == 200


def test_without_keys_the_answer_says_who_must_act(client: TestClient, printed: Printed) -> None:
    printed.settings.receipt_key_file.unlink()
    answer = client.get(f"{PAGE}.json", headers={"Accept": "application/json"})
    assert (answer.status_code, problem(answer)) == (404, "report-keys-missing")
    assert client.get("/reports/authority.crt").status_code == 404
    assert not (printed.settings.receipt_key_file.parent / "reports-ca.pem").exists()


def test_links_stand_where_a_run_is_saved(client: TestClient, seeded_engine: Engine) -> None:
    assert "/report?run=" not in client.get("/carriers/FARREACH").text + client.get("/rankings").text


def test_links_lead_from_the_carriers_page_and_the_ranking(client: TestClient, printed: Printed) -> None:
    link = f"/carriers/FARREACH/report?run={printed.run_id}"
    assert link in client.get("/carriers/FARREACH").text
    ranking = client.get("/rankings").text
    assert link in ranking
    assert f"/carriers/SMALLTOWN/report?run={printed.run_id}" in ranking
    assert "BEGIN CERTIFICATE" in client.get("/reports/authority.crt").text


def test_a_flood_is_refused_and_nobody_waits_for_ever(client: TestClient, printed: Printed) -> None:
    press = app_of(client).state.press

    async def flood() -> list[Any]:
        begun = asyncio.Event()

        def slow() -> bytes:
            asyncio.run(asyncio.sleep(0.2))
            return b"pdf"

        begun.set()
        asked = [press.pdf_of(f"report {number}", slow) for number in range(AT_ONCE + WAITING + 3)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(flood())
    assert [type(each).__name__ for each in answers].count("TooBusy") == 3
    assert answers.count(b"pdf") == AT_ONCE + WAITING
