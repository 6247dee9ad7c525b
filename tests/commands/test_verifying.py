"""Verifying: a proof or a run that is whole holds, and one flipped character anywhere in it does not."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.score_store import build_run
from tests.credit_scoring.counts import evidence
from tests.credit_scoring.rows import SCOPE
from tests.intake.devices import NOW, TRACKER_KEY, Device, Intake
from tests.scanners.counter import build_enrolment
from tests.web.conftest import ADMIN, build_client
from tracker.store.database import build_engine
from tracker.store.migrate import upgrade
from tracker.wire.enrolment import write_enrolment
from tracker.wire.event import encode_event
from tracker.wire.key_set import encode_key_set
from tracker.wire.message import HEAD_TYPE
from tracker.wire.receipt import Receipt, Refusal, Rejection, sign_receipt, verify_receipt
from tracker.wire.signature import SigningKey, digest_of, encode_base64url, parse_jws
from tracker.wire.topics import Post
from tracker.wire.tracker_keys import KeyNotice, sign_notice
from web.commands.assessing import render_run
from web.commands.running import Misused
from web.commands.verifying import NotVerifiable, run_verify, verify_proof

PINNED = {TRACKER_KEY.kid: TRACKER_KEY.verifying}
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store with two parcels, from two devices, in batches that they share."""
    engine = build_engine(f"sqlite:///{tmp_path_factory.mktemp('verify') / 'jixin.db'}")
    upgrade(engine)
    intake = Intake(engine)
    gun, lorry = intake.enrol(Device()), intake.enrol(Device(Post("BLUEBIRD", "SH-01", "GUN-7")))
    intake.record(
        gun.deliver(gun.scan("W1", "accepted", hours=-9), gun.scan("W2", "accepted", hours=-8)),
        gun.deliver(gun.scan("W1", "departed", hours=-7)),
    )
    intake.record(lorry.deliver(lorry.scan("W2", hours=-3), lorry.scan("W1", hours=-2)))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def proof_of(filled: Engine, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Json]:
    """`proof_of("W1", opens=True)`: what the web server answers, with or without the bytes."""
    client = build_client(filled, tmp_path_factory.mktemp("web"))

    def ask(waybill_no: str, *, opens: bool = True) -> Json:
        answer = client.get(f"/api/v1/parcels/{waybill_no}/proof", headers=ADMIN if opens else {})
        assert answer.status_code == 200
        proof: Json = answer.json()
        return proof

    return ask


@pytest.fixture(scope="module")
def proof(proof_of: Callable[..., Json]) -> Json:
    """A whole proof of W1 with its bytes; not to be changed."""
    return proof_of("W1")


def holds(proof: Json) -> bool:
    """Whether a proof is verified; a file that is no whole proof is not."""
    try:
        return verify_proof(proof, PINNED, say=lambda _: None)
    except NotVerifiable:
        return False


def changed(proof: Json, change: Callable[[Json], object]) -> Json:
    other = deepcopy(proof)
    change(other)
    return other


def test_a_whole_proof_holds_with_and_without_the_bytes(proof_of: Callable[..., Json]) -> None:
    said: list[str] = []
    whole = proof_of("W1")
    assert [event["body"] is None for event in whole["events"]] == [False] * 3
    assert verify_proof(whole, PINNED, say=said.append)
    assert said[-1].startswith("✓ 3 / 3")
    assert len([line for line in said if line.startswith("✓ batch")]) == 3
    closed = proof_of("W1", opens=False)
    assert [event["body"] for event in closed["events"]] == [None] * 3
    assert verify_proof(closed, PINNED, say=said.append)
    assert said[-2].startswith("✓ 3 / 3")
    assert said[-1].startswith("! ")


FIELDS = {
    "events": ["body", "digest", "batch_id", "event_id"],
    "batches": ["head", "receipt", "payload_sha256", "batch_id"],
    "device_keys": ["x"],
}


@given(data=st.data())
def test_one_flipped_character_is_never_verified(proof: Json, data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted(FIELDS)))
    name = data.draw(st.sampled_from(FIELDS[part]))
    row = data.draw(st.integers(0, len(proof[part]) - 1))
    text = proof[part][row][name]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([character for character in BASE64URL + ".=\u00df\0" if character != text[at]]))
    flipped = changed(proof, lambda told: told[part][row].update({name: text[:at] + other + text[at + 1 :]}))
    assert not holds(flipped)


@given(row=st.integers(0, 2), index=st.integers(-3, 600))
def test_an_event_stands_at_its_own_place_only(proof: Json, row: int, index: int) -> None:
    moved = changed(proof, lambda told: told["events"][row].update(batch_index=index))
    assert holds(moved) == (index == proof["events"][row]["batch_index"])


def test_a_published_key_set_is_all_that_verifying_needs(proof: Json, tmp_path: Path) -> None:
    file, keys = tmp_path / "proof.json", tmp_path / "keys.json"
    file.write_text(json.dumps(proof))
    keys.write_bytes(encode_key_set([SigningKey.generate().verifying, TRACKER_KEY.verifying]))
    assert run_verify(file, keys, say=lambda _: None)
    keys.write_bytes(encode_key_set([SigningKey.generate().verifying]))
    assert not run_verify(file, keys, say=lambda _: None)


def test_a_proof_holds_for_who_pins_another_key_that_its_notices_lead_to(proof: Json) -> None:
    later, stranger = SigningKey.generate(), SigningKey.generate()
    notices = [
        sign_notice(KeyNotice(1, "next", later.verifying.to_jwk(), NOW), TRACKER_KEY),
        sign_notice(KeyNotice(1, "past", TRACKER_KEY.verifying.to_jwk(), NOW), later),
    ]
    told = changed(proof, lambda told: told.update(key_notices=notices))
    pinned = {later.kid: later.verifying}
    assert verify_proof(told, pinned, say=lambda _: None)
    assert not verify_proof(proof, pinned, say=lambda _: None)
    assert not verify_proof(told, {stranger.kid: stranger.verifying}, say=lambda _: None)
    forged = sign_notice(KeyNotice(1, "past", TRACKER_KEY.verifying.to_jwk(), NOW), stranger)
    assert not verify_proof(changed(proof, lambda told: told.update(key_notices=[forged])), pinned, say=lambda _: None)
    assert not holds(changed(proof, lambda told: told.update(key_notices=[7])))


def test_a_proof_of_another_parcel_is_no_proof_of_this_one(proof: Json) -> None:
    assert not holds(changed(proof, lambda told: told.update(waybill_no="W2")))


@pytest.mark.parametrize(("part", "name"), [("events", "event_id"), ("batches", "batch_id")])
def test_a_forged_proof_writes_no_line_of_its_own(
    proof: Json, keys: Path, tmp_path: Path, part: str, name: str
) -> None:
    said: list[str] = []
    line = "x\n✓ 3 / 3 条记录核验无误 events hold\x1b[8m\u202e"
    forged = changed(proof, lambda told: [each.update({name: line}) for each in told[part]])
    assert not run_verify(written(tmp_path, json.dumps(forged)), keys, say=said.append)
    assert all(each.isprintable() for each in said)
    assert any(line.replace("\n", "\ufffd")[:20] in each for each in said)


def test_one_event_is_not_told_twice(proof_of: Callable[..., Json]) -> None:
    said: list[str] = []
    open_, closed = proof_of("W1"), proof_of("W1", opens=False)
    again = changed(open_, lambda told: told["events"].append(told["events"][0]))
    assert not verify_proof(again, PINNED, say=said.append)
    assert said[-1].startswith("✗ 同一条记录")
    other = {**closed["events"][0], "event_id": closed["events"][1]["event_id"]}  # under another name, unseen
    assert not holds(changed(closed, lambda told: told["events"].append(other)))


def test_a_proof_of_nothing_proves_nothing(proof: Json) -> None:
    assert not holds(changed(proof, lambda told: told.update(events=[])))


def test_two_events_cannot_change_places(proof: Json) -> None:
    def exchange(told: Json) -> None:
        first, second = told["events"][:2]
        first["body"], second["body"] = second["body"], first["body"]

    assert not holds(changed(proof, exchange))


def test_a_receipt_by_an_unpinned_key_proves_nothing(proof: Json) -> None:
    stranger = SigningKey.generate()
    assert not verify_proof(proof, {stranger.kid: stranger.verifying}, say=lambda _: None)


def re_receipted(proof: Json, change: Callable[[Receipt], Receipt]) -> Json:
    """The proof with a receipt that the tracker signed too, but which says something else."""

    def sign_anew(told: Json) -> None:
        for batch in told["batches"]:
            batch["receipt"] = sign_receipt(change(verify_receipt(batch["receipt"], PINNED)), TRACKER_KEY)

    return changed(proof, sign_anew)


def with_lines(receipt: Receipt, **told: Any) -> Receipt:
    lines = [msgspec.structs.replace(line, **told) for line in receipt.batches]
    return msgspec.structs.replace(receipt, batches=lines)


def test_a_receipt_that_refuses_the_batch_is_no_proof_that_it_was_recorded(proof: Json) -> None:
    assert holds(re_receipted(proof, with_lines))
    assert not holds(re_receipted(proof, lambda receipt: with_lines(receipt, refused=Refusal("key_revoked", "why"))))


def test_a_receipt_that_rejects_the_event_is_no_proof_that_it_was_recorded(proof: Json) -> None:
    event_id = proof["events"][0]["event_id"]
    rejections = [Rejection(event_id, "time_in_future", "why")]
    assert not holds(re_receipted(proof, lambda receipt: with_lines(receipt, rejected=rejections)))
    others = [Rejection("019f2258-0000-7000-8000-000000000002", "time_in_future", "why")]
    assert holds(re_receipted(proof, lambda receipt: with_lines(receipt, rejected=others)))


def test_a_head_that_the_tracker_never_saw_is_no_proof(proof: Json) -> None:
    """Whoever makes up events signs them with a key of his own, under a true batch's id, beside its true receipt."""
    forger = Device()
    body = encode_event(forger.scan("W1", "delivered"))

    def forge(told: Json) -> None:
        batch = told["batches"][0]
        claims = json.loads(parse_jws(batch["head"]).payload) | {"digests": [digest_of(body)]}
        batch["head"] = forger.key.sign(json.dumps(claims).encode(), typ=HEAD_TYPE)
        event = {"event_id": json.loads(body)["event_id"], "digest": digest_of(body), "body": encode_base64url(body)}
        told["events"] = [told["events"][0] | event | {"batch_id": batch["batch_id"], "batch_index": 0}]
        told["device_keys"].append(msgspec.to_builtins(forger.key.verifying.to_jwk()))

    forged = changed(proof, forge)
    assert parse_jws(forged["batches"][0]["head"]).verify(forger.key.verifying)
    assert not holds(forged)


JUNK: list[Any] = [None, 7, "x", [], {}, [7], [{}], "\ud800", [[]]]


@given(data=st.data())
def test_a_proof_of_another_shape_is_said_to_be_none(proof: Json, data: st.DataObject) -> None:
    """No traceback, whatever stands in the file."""
    part = data.draw(st.sampled_from(["events", "batches", "device_keys"]))
    junk = data.draw(st.sampled_from(JUNK))
    if data.draw(st.booleans()):
        assert not holds(changed(proof, lambda told: told.update({part: junk})))
        return
    name = data.draw(st.sampled_from([name for name in FIELDS[part] if name != "body"]))
    assert not holds(changed(proof, lambda told: told[part][0].update({name: junk})))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """An enrolment file that pins the tracker's key."""
    write_enrolment(build_enrolment(), tmp_path / "gun.json")
    return tmp_path / "gun.json"


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "file.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_file_says_itself_whether_it_is_a_proof_or_a_run(proof: Json, keys: Path, tmp_path: Path) -> None:
    assert run_verify(written(tmp_path, json.dumps(proof)), keys, say=lambda _: None)
    assert run_verify(written(tmp_path, whole_run()), None, say=lambda _: None)


def test_a_proof_without_trusted_keys_is_not_judged(proof: Json, tmp_path: Path) -> None:
    with pytest.raises(Misused, match="--keys"):
        run_verify(written(tmp_path, json.dumps(proof)), None, say=lambda _: None)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b"7", b'{"kind":"walk"}', b'"run"'])
def test_any_other_file_is_said_to_be_neither(content: bytes, keys: Path, tmp_path: Path) -> None:
    with pytest.raises(NotVerifiable):
        run_verify(written(tmp_path, content), keys, say=lambda _: None)


def whole_run() -> str:
    drawn = [evidence("BLUEBIRD", delivered_in_time=(870, 990)), evidence("EVENWAY", damage=(3, 1000))]
    assessment = build_assessment(
        drawn, scope=SCOPE, log=LogPoint(99, "ab" * 32), scheme=shipped_schemes().of("2026-1")
    )
    run = build_run(assessment, created_at=datetime(2026, 6, 16, 1, 2, 3, 456_789, tzinfo=UTC))
    return render_run(run, shipped_schemes().of("2026-1").file)


RUN: Json = json.loads(whole_run())


AS_OF: str = json.loads(b64decode(RUN["evidence"]))["as_of"]


def run_holds(run: Json, tmp_path: Path) -> bool:
    try:
        return run_verify(written(tmp_path, json.dumps(run)), None, say=lambda _: None)
    except NotVerifiable:
        return False


def test_a_whole_run_holds(tmp_path: Path) -> None:
    said: list[str] = []
    assert run_verify(written(tmp_path, whole_run()), None, say=said.append)
    assert said[-1].startswith("✓ run")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@given(data=st.data())
def test_one_flipped_character_of_a_run_is_never_verified(folder: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["evidence", "evidence_sha256", "run_id", "scheme"]))
    text = RUN[name]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([character for character in BASE64URL if character != text[at]]))
    assert not run_holds(RUN | {name: text[:at] + other + text[at + 1 :]}, folder)


def test_the_same_evidence_in_another_spelling_is_not_verified(tmp_path: Path) -> None:
    """Base64 leaves bits over in its last character, and a UUID may be written in capitals."""
    text = RUN["evidence"].rstrip("=")
    rest = RUN["evidence"][len(text) :]
    spelled = [text[:-1] + character + rest for character in BASE64URL[:62] if character != text[-1]]
    assert not any(run_holds(RUN | {"evidence": other}, tmp_path) for other in spelled)
    assert not run_holds(RUN | {"run_id": RUN["run_id"].upper()}, tmp_path)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every single value in a result, and the way to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path, value
    else:
        for key, each in inner:
            yield from leaves(each, (*path, key))


@given(data=st.data())
def test_one_changed_value_of_a_result_is_never_verified(folder: Path, data: st.DataObject) -> None:
    path, value = data.draw(st.sampled_from(list(leaves(RUN["result"]))))
    other = data.draw(st.sampled_from([None, 0, 1.5, "BLUEBIRD", "x"]).filter(lambda each: each != value))
    run = deepcopy(RUN)
    where = run["result"]
    for key in path[:-1]:
        where = where[key]
    where[path[-1]] = other
    assert not run_holds(run, folder)


def test_a_run_of_another_time_is_another_run(tmp_path: Path) -> None:
    moved = datetime.fromisoformat(RUN["created_at"]) + timedelta(milliseconds=1)
    assert not run_holds(RUN | {"created_at": moved.isoformat()}, tmp_path)


@pytest.mark.parametrize(
    ("told", "junk"),
    [
        ('"code":"EVENWAY"', '"code":7'),
        ('"code":"EVENWAY"', '"code":"\\ud800"'),
        ('"division":null', '"division":NaN'),
        ('"position":99', f'"position":9{"0" * 4000}'),
        ('"damage":[3,1000]', f'"damage":[3{"0" * 4000},1{"0" * 4001}]'),
        (f'"as_of":"{AS_OF}"', '"as_of":"0000-01-01T00:00:00Z"'),
        (f'"as_of":"{AS_OF}"', '"as_of":"9999-12-31T23:59:59-23:59"'),
    ],
)
def test_evidence_that_is_sealed_well_and_is_none_ends_no_verifier(told: str, junk: str, tmp_path: Path) -> None:
    evidence = b64decode(RUN["evidence"])
    assert told.encode() in evidence
    forged = evidence.replace(told.encode(), junk.encode())
    resealed = {"evidence": b64encode(forged).decode(), "evidence_sha256": sha256(forged).hexdigest()}
    assert not run_holds(RUN | resealed, tmp_path)


@pytest.mark.parametrize("name", ["evidence", "run_id", "scheme", "created_at", "result", "evidence_sha256"])
@pytest.mark.parametrize("junk", [None, 7, [], {}, "x"])
def test_a_run_of_another_shape_is_said_to_be_none(tmp_path: Path, name: str, junk: Any) -> None:
    assert not run_holds(RUN | {name: junk}, tmp_path)
    assert not run_holds({key: value for key, value in RUN.items() if key != name}, tmp_path)


@pytest.mark.parametrize(
    ("field", "lie"),
    [("step", "lost"), ("event_time", "2026-01-01T00:00:00Z"), ("station", "EVIL"), ("carrier", "OTHER")],
)
def test_what_the_file_says_of_an_event_must_be_what_was_signed(proof: Json, field: str, lie: str) -> None:
    assert holds(proof)
    assert not holds(changed(proof, lambda other: other["events"][0]["event"].update({field: lie})))


def test_who_signed_is_proved_without_the_bytes_and_nothing_else_is_claimed(proof_of: Callable[..., Json]) -> None:
    withheld = proof_of("W1", opens=False)
    said: list[str] = []
    assert verify_proof(withheld, PINNED, say=said.append)
    assert not any("events hold" in line for line in said)
    assert "nothing else" in said[-1]
    assert not holds(changed(withheld, lambda other: other["events"][0]["event"].update(station="EVIL")))
