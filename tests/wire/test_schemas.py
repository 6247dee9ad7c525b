"""JSON Schemas: the files in docs/wire are the models', and judge as the decoder does."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.conftest import GOLDEN
from tests.wire.strategies import scan_events
from tracker.wire.details import DETAILS
from tracker.wire.event import ScanEvent, decode_event, encode_event
from tracker.wire.schemas import BASE, build_schemas, encode_schema, write_schemas
from tracker.wire.signature import parse_jws

FOLDER = Path(__file__).parents[2] / "docs" / "wire"
SCHEMAS = build_schemas()
REGISTRY: Registry[Any] = Registry().with_resources(
    (BASE + name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def is_valid(schema: str, instance: Any) -> bool:
    validator = Draft202012Validator(SCHEMAS[f"{schema}.schema.json"], registry=REGISTRY)
    return validator.is_valid(instance)


def golden_json(name: str) -> Any:
    return json.loads((GOLDEN / "wire" / name).read_bytes())


def claims(name: str) -> Any:
    return json.loads(parse_jws((GOLDEN / "wire" / name).read_bytes()).payload)


def test_the_files_in_docs_are_what_the_models_say(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in FOLDER.glob("*.schema.json")}
    assert kept == written, "run: python -m tracker.wire.schemas docs/wire"
    assert written == {name: encode_schema(schema) for name, schema in SCHEMAS.items()}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_schema_is_one_of_2020_12_with_patterns_that_other_languages_read(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    text = json.dumps(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == BASE + name
    assert "(?" not in text


def test_golden_messages_fit_their_schemas() -> None:
    scans = golden_json("scans.json")
    head = parse_jws(scans["head"])
    assert is_valid("batch", scans)
    assert is_valid("batch-head", json.loads(head.payload))
    assert is_valid("jws-header", msgspec.to_builtins(head.header))
    assert is_valid("event", golden_json("accepted.json"))
    assert is_valid("event", golden_json("delivered.json"))
    assert is_valid("receipt", claims("receipt.jws"))
    assert is_valid("store", claims("store.jws"))
    assert is_valid("store", claims("store-changed-key.jws"))
    assert is_valid("key-notice", claims("key-notice.jws"))
    assert is_valid("enrolment", golden_json("enrolment.json"))


@given(scan_events())
def test_every_event_that_a_device_can_write_fits_the_schema(scan: ScanEvent) -> None:
    octets = encode_event(scan)
    assert decode_event(octets).scan == scan
    assert is_valid("event", json.loads(octets))


@pytest.mark.parametrize(
    "change",
    [
        {"step": "collected"},
        {"event_time": "2026-07-01T09:30:15"},
        {"event_time": 1782869415},
        {"event_id": "not-a-uuid"},
        {"event_id": "019f1b4c-5552-4a0b-8c0d-0e0f10111213"},
        {"seq": -1},
        {"seq": "1"},
        {"seq": 2**63},
        {"waybill_no": "运单"},
        {"waybill_no": "a" * 65},
        {"bag_no": "BAG-1"},
        {"waybill_no": None},
        {"note": "free text"},
        {"operator": "张三"},
        {"position": {"lng": 181, "lat": 0}},
        {"position": {"lng": 1}},
        {"corrects": {"event_id": "019f1b4c-5552-7a0b-8c0d-0e0f10111213"}},
        {"corrects": {"event_id": "019f1b4c-5552-7a0b-8c0d-0e0f10111213", "reason": "typo"}},
        {"details": {"signer": "self"}},
        {"details": {"origin": "33010"}},
        {"details": {"weight_g": 1.5}},
        {"details": {"goods": [{"lot": "L1"}]}},
        {"details": {"goods": [{"gtin": "123"}]}},
        {"details": {"promised_at": "tomorrow"}},
        {"details": {"identity": {"document_no": "11010519491231002X"}}},
        {"details": None},
        {"step": "delivered"},
    ],
)
def test_what_the_schema_refuses_is_what_the_tracker_will_not_record(change: dict[str, Any]) -> None:
    assert not is_valid("event", golden_json("accepted.json") | change)


def test_each_steps_details_are_closed_to_the_details_of_the_others() -> None:
    names = {step: {field.encode_name for field in msgspec.structs.fields(model)} for step, model in DETAILS.items()}
    everything = set().union(*names.values())
    event = golden_json("accepted.json")
    for step, own in names.items():
        for name in everything:
            fits = is_valid("event", event | {"step": step.value, "details": {name: None}})
            assert fits == (name in own), (step, name)


@pytest.mark.parametrize("change", [{"events": []}, {"events": [{}]}, {"head": "a.b.c"}, {"more": 1}])
def test_a_batch_has_a_head_and_events_and_nothing_else(change: dict[str, Any]) -> None:
    assert not is_valid("batch", golden_json("scans.json") | change)


def test_a_batch_holds_at_most_five_hundred_events() -> None:
    scans = golden_json("scans.json")
    assert is_valid("batch", scans | {"events": scans["events"][:1] * 500})
    assert not is_valid("batch", scans | {"events": scans["events"][:1] * 501})


@pytest.mark.parametrize("change", [{"v": 2}, {"digests": []}, {"digests": ["="]}, {"carrier": "a/b"}, {"extra": 1}])
def test_a_head_is_of_version_one_and_closed(change: dict[str, Any]) -> None:
    head = json.loads(parse_jws(golden_json("scans.json")["head"]).payload)
    assert not is_valid("batch-head", head | change)
