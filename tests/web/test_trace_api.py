"""The trace and the proof as JSON (轨迹与证明): the shape that others read, and what proves it."""

import base64
import json
from typing import Any

from fastapi.testclient import TestClient

from tests.web.conftest import ADMIN
from tests.web.parcels import CORRECTED, DELIVERED, ODD
from tests.web.world import KEY
from tracker.wire.event import decode_event
from tracker.wire.receipt import verify_receipt
from tracker.wire.signature import digest_of, parse_jws

PUBLIC = {"event_id", "step", "event_time", "record_time", "carrier", "station", "station_name", "city", "imported",
          "position"}  # fmt: skip


def trace_of(client: TestClient, number: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/parcels/{number}/trace")
    assert answer.status_code == 200
    trace: dict[str, Any] = answer.json()
    return trace


def test_a_trace_has_the_names_that_others_read(client: TestClient) -> None:
    trace = trace_of(client, DELIVERED)
    assert trace["waybill_no"] == DELIVERED
    assert (trace["carrier"], trace["state"], trace["as_of"]) == ("BLUEBIRD", "delivered", "2026-10-18T06:03:00Z")
    assert (trace["origin_city"], trace["destination_city"]) == ("重庆市", "杭州市")
    assert trace["due"] == {"at": "2026-10-18T09:42:00Z", "by": "promise"}


def test_events_come_in_order_of_their_time_with_public_fields_only(client: TestClient) -> None:
    events = trace_of(client, DELIVERED)["events"]
    times = [event["event_time"] for event in events]
    assert times == sorted(times)
    assert all(set(event) == PUBLIC for event in events)
    assert all(time.endswith("Z") for time in times)
    assert events[0]["city"] == "重庆市"


def test_anomalies_name_their_event_and_a_gap_its_ends(client: TestClient) -> None:
    trace = trace_of(client, DELIVERED)
    [gap] = trace["anomalies"]
    assert gap["code"] == "silence"
    assert gap["event_id"] == trace["events"][3]["event_id"]
    assert (gap["since"], gap["until"]) == (trace["events"][2]["event_time"], trace["events"][3]["event_time"])
    codes = {anomaly["code"] for anomaly in trace_of(client, ODD)["anomalies"]}
    assert {"scan_after_final", "clock_skew", "missing_accepted"} <= codes


def test_corrected_events_stand_apart(client: TestClient) -> None:
    trace = trace_of(client, CORRECTED)
    assert [event["step"] for event in trace["events"]] == ["accepted"]
    assert [event["step"] for event in trace["corrected"]] == ["damaged", "damaged"]


def test_an_unknown_parcel_is_a_problem_with_a_stable_type(client: TestClient) -> None:
    answer = client.get("/api/v1/parcels/NOBODY1/trace")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:jixin:problem:parcel-not-found"


def test_a_proof_without_a_login_says_what_is_withheld(client: TestClient) -> None:
    proof = client.get(f"/api/v1/parcels/{DELIVERED}/proof").json()
    assert proof["withheld"]["fields"] == ["events[].body"]
    assert all(event["body"] is None for event in proof["events"])
    assert all(set(event["event"]) == PUBLIC for event in proof["events"])
    assert (proof["log"]["epoch"], proof["log"]["position"] > 0) == (1, True)


def test_the_administrator_sees_the_exact_bytes_and_they_are_the_ones_that_were_signed(client: TestClient) -> None:
    proof = client.get(f"/api/v1/parcels/{DELIVERED}/proof", headers=ADMIN).json()
    batches = {batch["batch_id"]: batch for batch in proof["batches"]}
    assert proof["withheld"] is None
    assert len(proof["events"]) == 6
    for event in proof["events"]:
        body = base64.urlsafe_b64decode(event["body"] + "=" * (-len(event["body"]) % 4))
        assert str(decode_event(body).scan.event_id) == event["event_id"]
        assert digest_of(body) == event["digest"]
        head = parse_jws(batches[event["batch_id"]]["head"])
        assert head.verify(KEY.verifying)
        assert json.loads(head.payload)["digests"][event["batch_index"]] == event["digest"]


def test_the_receipt_in_a_proof_names_the_batch(client: TestClient) -> None:
    proof = client.get(f"/api/v1/parcels/{DELIVERED}/proof").json()
    for batch in proof["batches"]:
        receipt = verify_receipt(batch["receipt"], {KEY.kid: KEY.verifying})
        assert [str(each.batch_id) for each in receipt.batches] == [batch["batch_id"]]
        assert receipt.batches[0].payload_sha256 == batch["payload_sha256"]


def test_a_proof_holds_no_other_parcel(client: TestClient) -> None:
    proof = client.get(f"/api/v1/parcels/{DELIVERED}/proof", headers=ADMIN).json()
    ids = {event["event_id"] for event in trace_of(client, DELIVERED)["events"]}
    assert {event["event_id"] for event in proof["events"]} == ids
