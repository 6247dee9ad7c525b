"""Health and metrics (健康检查与指标): what an operator's machines ask."""

from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.intake.devices import NOW, Device, Intake
from tests.intake.sealed import accept, document
from tests.web.conftest import build_client
from tests.web.parcels import DELIVERED
from tracker.intake.claim_upkeep import find_missing_records
from tracker.store.database import build_engine, transaction
from tracker.store.migrate import head_revision
from tracker.store.tally import add_tallies


def test_alive_asks_nothing_of_the_store(tmp_path: Path) -> None:
    client = build_client(build_engine("sqlite:////nonexistent/folder/x.db"), tmp_path)
    assert client.get("/health/live").json() == {"status": "live"}


def test_ready_names_the_schema_and_the_log_position(client: TestClient) -> None:
    ready = client.get("/health/ready").json()
    assert ready["schema_revision"] == head_revision()
    assert ready["position"] > 1000


def test_a_store_that_is_away_is_not_ready(tmp_path: Path) -> None:
    client = build_client(build_engine("sqlite:////nonexistent/folder/x.db"), tmp_path)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:jixin:problem:not-ready")
    assert "retry-after" in answer.headers


def test_a_store_without_its_schema_is_not_ready(tmp_path: Path) -> None:
    engine = build_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    assert build_client(engine, tmp_path).get("/health/ready").status_code == 503
    engine.dispose()


def test_metrics_show_what_intake_met_and_how_far_the_log_is(client: TestClient, seeded_engine: Engine) -> None:
    with transaction(seeded_engine) as session:
        add_tallies(session, {("recorded", ""): 12, ("rejected", "time_naive"): 3})
    text = client.get("/metrics").text
    assert 'jixin_intake_outcomes_total{code="time_naive",outcome="rejected"} 3.0' in text
    assert 'jixin_intake_outcomes_total{code="",outcome="recorded"} 12.0' in text
    position = client.get("/health/ready").json()["position"]
    assert f"jixin_log_position {position}.0" in text
    assert "jixin_store_up 1.0" in text


@pytest.mark.parametrize("outcome", ["refused", "rejected"])
def test_what_was_never_met_is_shown_as_0_so_that_its_first_is_an_increase(client: TestClient, outcome: str) -> None:
    code = {"refused": "signature_invalid", "rejected": "event_unreadable"}[outcome]
    assert f'jixin_intake_outcomes_total{{code="{code}",outcome="{outcome}"}} 0.0' in client.get("/metrics").text


def test_metrics_count_requests_by_route_and_never_by_number(client: TestClient) -> None:
    client.get(f"/t/{DELIVERED}")
    client.get("/t/NOBODY1")
    client.get("/no/such/page")
    client.request("BREW", "/")
    text = client.get("/metrics").text
    assert 'jixin_http_requests_total{method="GET",route="/t/{waybill_no}",status="200"} 1.0' in text
    assert 'jixin_http_requests_total{method="GET",route="/t/{waybill_no}",status="404"} 1.0' in text
    assert 'route="unmatched",status="404"' in text
    assert 'method="OTHER"' in text
    assert DELIVERED not in text


def test_metrics_say_so_when_the_store_is_away(tmp_path: Path) -> None:
    client = build_client(build_engine("sqlite:////nonexistent/folder/x.db"), tmp_path)
    answer = client.get("/metrics")
    assert (answer.status_code, "jixin_store_up 0.0" in answer.text) == (200, True)


def test_two_apps_in_one_process_count_apart(client: TestClient, seeded_engine: Engine, tmp_path: Path) -> None:
    client.get("/")
    assert 'route="/",' not in build_client(seeded_engine, tmp_path).get("/metrics").text


def test_claims_whose_record_is_not_here_are_measured(client: TestClient, seeded_engine: Engine) -> None:
    intake = Intake(seeded_engine)
    device = intake.enrol(Device())
    intake.record(device.deliver(accept(device, document(), "CLAIM1"), accept(device, document(), "CLAIM2")))
    find_missing_records(seeded_engine, now=NOW + timedelta(hours=73), term=timedelta(hours=72))
    intake.record(device.deliver(accept(device, document(), "CLAIM3")))
    text = client.get("/metrics").text
    assert 'jixin_identity_claims{state="waiting"} 1.0' in text
    assert 'jixin_identity_claims{state="missing"} 2.0' in text
