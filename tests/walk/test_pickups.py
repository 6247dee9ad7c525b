"""The pick-ups (真实揽收): 6,190 real parcels travel the whole way, once, and can be looked up, ranked and proved."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.walk.handheld import RECEIPT, open_jws, sha256, thumbprint, unb64
from tests.walk.installation import Installation
from tests.walk.processes import PATIENCE
from tests.walk.witness import recorded_in

EVENTS, PARCELS = 12_380, 6_190
CITIES = {
    "Chongqing": ("500000", 1470, 26),
    "Hangzhou": ("330100", 1156, 21),
    "Jilin": ("220200", 767, 2),
    "Shanghai": ("310000", 1285, 50),
    "Yantai": ("370600", 1512, 10),
}
YEAR = "from=2021-01-01&to=2022-01-01"
PARCEL = "LADE3781637"


def test_every_pick_up_is_recorded_once_as_the_file_tells_it(
    house: Installation, pickups_file: Path, pickups: dict[str, Any]
) -> None:
    assert pickups == {
        "rows": EVENTS, "recorded": EVENTS, "known": 0, "refused": 0, "unreadable": 0, "complete": True,
        "unreadable_rows": [], "refused_rows": [],
    }  # fmt: skip
    recorded = recorded_in(house.data_dir / "jixin.db", "LADE")
    with pickups_file.open(encoding="utf-8") as sheet:
        told = Counter((row["waybill_no"], row["step"], row["station"]) for row in csv.DictReader(sheet))
    assert Counter((each.body["waybill_no"], each.body["step"], each.station) for each in recorded) == told
    assert (len(recorded), len(told)) == (EVENTS, EVENTS)
    assert len({each.body["waybill_no"] for each in recorded}) == PARCELS


def test_the_same_file_again_records_nothing_and_says_so(
    house: Installation, pickups_file: Path, pickups: dict[str, Any]
) -> None:
    assert pickups["complete"]
    said = house.must("replay", str(pickups_file))
    assert "入库 recorded 0 · 已有 known 12,380 · 被拒 refused 0 · 读不懂 unreadable 0" in said
    assert len(recorded_in(house.data_dir / "jixin.db", "LADE")) == EVENTS


@pytest.mark.parametrize("city", CITIES)
def test_a_citys_parcels_and_late_ones_are_the_truth(city: str, house: Installation, pickups: dict[str, Any]) -> None:
    division, parcels, late = CITIES[city]
    ranking = house.get(f"/api/v1/rankings/carriers?{YEAR}&division={division}").json
    (row,) = [row for row in ranking["rows"] if row["carrier"] == "LADE"]
    in_time = row["indicators"]["picked_up_in_time"]
    assert (ranking["division"], row["parcels"]) == (division, parcels)
    assert (in_time["denominator"], in_time["denominator"] - in_time["numerator"]) == (parcels, late)
    assert row["indicators"]["delivered_in_time"]["value"] is None, "no delivery in the data is unknown, not bad"
    assert pickups["complete"]


def test_a_pick_ups_trace_opens_as_a_page_and_as_json(house: Installation, pickups: dict[str, Any]) -> None:
    trace = house.get(f"/api/v1/parcels/{PARCEL}/trace").json
    assert (trace["waybill_no"], trace["carrier"], trace["state"]) == (PARCEL, "LADE", "accepted")
    assert [each["step"] for each in trace["events"]] == ["announced", "accepted"]
    assert all(each["imported"] for each in trace["events"])
    page = house.get(f"/t/{PARCEL}")
    assert page.status == 200
    assert PARCEL in page.text
    assert house.get(f"/t/{PARCEL}/qr.png").body.startswith(b"\x89PNG")
    assert pickups["complete"]


@pytest.fixture(scope="module")
def proof(house: Installation, pickups: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pick-up's whole proof, as the administrator gets it."""
    assert pickups["complete"]
    path = tmp_path_factory.mktemp("proof") / "proof.json"
    path.write_bytes(house.get(f"/api/v1/parcels/{PARCEL}/proof", as_admin=True).body)
    return path


def test_a_proof_holds_for_who_has_only_the_description_of_the_wire(house: Installation, proof: Path) -> None:
    told = json.loads(proof.read_bytes())
    gateway = json.loads((house.data_dir / "gateway.json").read_bytes())
    assert [jwk["kid"] for jwk in told["device_keys"]] == [thumbprint(gateway["private_key"]["x"])]
    batches = {batch["batch_id"]: batch for batch in told["batches"]}
    for event in told["events"]:
        batch = batches[event["batch_id"]]
        head = open_jws(batch["head"], told["device_keys"], "jixin-scans+jws")
        body = unb64(event["body"])
        assert (head["carrier"], head["device"], head["batch_id"]) == ("LADE", "replay", event["batch_id"])
        assert head["digests"][event["batch_index"]] == event["digest"] == sha256(body)
        assert (json.loads(body)["waybill_no"], json.loads(body)["event_id"]) == (PARCEL, event["event_id"])
        receipt = open_jws(batch["receipt"], gateway["tracker_keys"], RECEIPT)
        (line,) = [line for line in receipt["batches"] if line["batch_id"] == event["batch_id"]]
        assert line["payload_sha256"] == batch["payload_sha256"]
        assert line["first_position"] <= event["position"] <= line["last_position"]
        assert UUID(event["event_id"]).version == 7
    assert len(told["events"]) == 2


def test_jixin_verify_says_the_same_and_notices_a_changed_byte(
    house: Installation, proof: Path, tmp_path: Path
) -> None:
    keys = str(house.data_dir / "gateway.json")
    assert "2 / 2" in house.must("verify", str(proof), "--keys", keys)
    told = json.loads(proof.read_bytes())
    changes = {
        "another byte": lambda: told["events"][1].update(body=told["events"][0]["body"]),
        "another digest": lambda: told["events"][0].update(digest=sha256(b"")),
        "another index": lambda: told["events"][0].update(batch_index=told["events"][0]["batch_index"] + 1),
    }
    for name, change in changes.items():
        told = json.loads(proof.read_bytes())
        change()
        forged = tmp_path / "forged.json"
        forged.write_text(json.dumps(told))
        result = house.run("verify", str(forged), "--keys", keys)
        assert (result.returncode, "1 / 2" in result.stdout) == (1, True), name


def test_a_proof_of_another_trackers_receipts_does_not_hold(house: Installation, proof: Path) -> None:
    stranger = house.enrol("BLUEBIRD", "KEYS-1")
    enrolment = json.loads(stranger.read_bytes())
    enrolment["tracker_keys"] = json.loads(proof.read_bytes())["device_keys"]
    stranger.write_text(json.dumps(enrolment))
    assert house.run("verify", str(proof), "--keys", str(stranger), seconds=PATIENCE).returncode == 1


def test_the_public_proof_holds_without_showing_the_bytes(house: Installation, proof: Path, tmp_path: Path) -> None:
    public = tmp_path / "public.json"
    public.write_bytes(house.get(f"/api/v1/parcels/{PARCEL}/proof").body)
    assert [event["body"] for event in json.loads(public.read_bytes())["events"]] == [None, None]
    assert "2 / 2" in house.must("verify", str(public), "--keys", str(house.data_dir / "gateway.json"))
    assert proof.exists()
