"""The gate and the second check (闸口与复核): what it accepts is recorded clean, what passes it by with findings."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from scanners.acceptance import capture_accepted
from scanners.agreement_file import load_agreements
from scanners.identity.agreements import HeldAgreements
from scanners.identity.gate import Accepted, decide
from scanners.identity.presented import Acceptance
from tests.walk.handheld import Handheld, build_event, encode
from tests.walk.installation import Installation
from tracker.wire.enrolment import read_enrolment
from tracker.wire.event import encode_event
from tracker.wire.event_ids import build_event_id
from web.bench.gate.people import acceptance, as_letter, of_an_agreement, resident_card

CUSTOMER = "重庆渝州商贸有限公司"
FILED = f"""carrier,agreement_no,customer,uscc,valid_from,valid_until,ended_on
BLUEBIRD,GATE-1,{CUSTOMER},91110000600037341L,2020-01-01,2999-12-31,
BLUEBIRD,GATE-2,{CUSTOMER},91110000600037341L,2020-01-01,2999-12-31,2021-01-01
"""
COMMITMENT = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJC"
INSPECTED = {"inspection": {"result": "PASSED", "category": "BOOKS"}}


@pytest.fixture(scope="module")
def device(house: Installation) -> Iterator[Handheld]:
    """A counter's device."""
    with Handheld.of(house.enrol("BLUEBIRD", "GATE-1")).online() as online:
        yield online


@pytest.fixture(scope="module")
def held(house: Installation, device: Handheld, tmp_path_factory: pytest.TempPathFactory) -> HeldAgreements:
    """The carrier's agreements, filed, signed and carried to the station."""
    folder = tmp_path_factory.mktemp("agreements")
    (folder / "filed.csv").write_text(FILED, encoding="utf-8")
    assert "2 份协议" in house.must("agreements", "import", str(folder / "filed.csv"))
    house.must("agreements", "export", "--carrier", "BLUEBIRD", "--out", str(folder / "agreements.jws"))
    keys = read_enrolment(house.data_dir.parent / "BLUEBIRD-GATE-1-GUN-1.json").pinned_keys
    list_of_agreements = load_agreements(folder / "agreements.jws", keys)
    assert list_of_agreements is not None
    return list_of_agreements


def accept(given: Acceptance, held: HeldAgreements) -> bytes:
    """What the counter sends for a parcel that passes the gate now."""
    now = datetime.now(UTC)
    outcome = decide(given, now=now, held=held)
    assert isinstance(outcome, Accepted), outcome
    commitment = None if outcome.sealed is None else COMMITMENT
    scan = capture_accepted(outcome, event_id=build_event_id(now, b"0123456789"), commitment=commitment)
    return encode_event(replace(scan, seq=Random().randrange(2**40)))


def findings_of(house: Installation, waybill_no: str) -> list[str]:
    trace = house.get(f"/api/v1/parcels/{waybill_no}/trace").json
    assert [event["step"] for event in trace["events"]] == ["accepted"], "it is recorded, whatever is found"
    return [anomaly["code"] for anomaly in trace["anomalies"]]


def test_what_the_gate_accepts_is_recorded_without_a_finding(
    house: Installation, device: Handheld, held: HeldAgreements
) -> None:
    bases = [acceptance(Random(seed), resident_card(Random(seed), birth=date(1950, 1, 1))) for seed in range(3)]
    for given in (bases[0], as_letter(bases[1]), of_an_agreement(bases[2], "GATE-1", CUSTOMER)):
        assert device.send(device.batch(accept(given, held)))["recorded"] == 1
        assert findings_of(house, given.waybill_no) == []


@pytest.mark.parametrize(
    ("waybill_no", "details", "findings"),
    [
        ("BYPASS1", {}, ["identity_missing", "inspection_missing"]),
        (
            "BYPASS2",
            {"identity": {"kind": "LIBRARY_CARD", "checked": True, "commitment": COMMITMENT}, **INSPECTED},
            ["identity_kind_unknown"],
        ),
        ("BYPASS3", {"identity": {"exemption": "SELF_SERVICE_PREVERIFIED"}, **INSPECTED}, ["exemption_unproved"]),
        (
            "BYPASS4",
            {"identity": {"exemption": "AGREEMENT_CUSTOMER", "agreement_no": "NONE"}, **INSPECTED},
            ["agreement_unknown"],
        ),
        (
            "BYPASS5",
            {"identity": {"exemption": "AGREEMENT_CUSTOMER", "agreement_no": "GATE-2"}, **INSPECTED},
            ["agreement_not_in_force"],
        ),
        (
            "BYPASS6",
            {
                "identity": {"exemption": "AGREEMENT_CUSTOMER", "agreement_no": "GATE-1"},
                "inspection": {"result": "DECLINED", "category": "FIREARMS"},
            },
            ["inspection_failed"],  # that the goods were prohibited is told to who has the label
        ),
        ("BYPASS7", {"identity": {"kind": "RESIDENT_ID", "checked": True}, **INSPECTED}, ["identity_uncommitted"]),
    ],
)
def test_what_passes_the_gate_by_is_recorded_with_findings(
    house: Installation, device: Handheld, held: HeldAgreements, waybill_no: str, details: object, findings: list[str]
) -> None:
    event = build_event(waybill_no, details=details, seq=Random().randrange(2**40))
    assert device.send(device.batch(encode(event)))["recorded"] == 1
    assert findings_of(house, waybill_no) == findings
    words = re.sub(r"\s+", "", house.get(f"/t/{waybill_no}?lang=zh-CN").text)
    locales = (Path(__file__).parents[2] / "web" / "locales" / "zh-CN.toml").read_text(encoding="utf-8")
    for code in findings:
        told = re.search(rf'^{code} = "(.*)"$', locales, re.MULTILINE)
        assert told is not None
        assert told[1] in words, code


def test_bare_scanning_of_acceptances_is_refused(house: Installation, device: Handheld) -> None:
    file = house.data_dir.parent / "BLUEBIRD-GATE-1-GUN-1.json"
    result = house.run("station", "--enrolment", str(file), "--step", "accepted", stdin="BARE1\n")
    assert (result.returncode, result.stdout) == (2, "")
    assert "实名闸口" in result.stderr
    without_a_step = house.run("station", "--enrolment", str(file), "--wait", "0.5", stdin="BARE2\n")
    assert (without_a_step.returncode, "--step" in without_a_step.stderr) == (2, True)
    assert [house.get(f"/api/v1/parcels/{number}/trace").status for number in ("BARE1", "BARE2")] == [404, 404]
