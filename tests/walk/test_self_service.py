"""Posting by self-service (自助交寄): checked at a machine, believed at the counter, proved at the tracker."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from tests.walk.handheld import Handheld, build_event, encode
from tests.walk.installation import Installation
from tests.walk.processes import free_port, wait_until
from tests.walk.test_counter import BADGE, CLERK, NUMBER, PERSON, PIN, STRANGER, Counter
from tests.walk.witness import rows
from tracker.intake.claim_upkeep import find_missing_records
from tracker.store.database import build_engine
from web.bench.gate.people import voucher as forged

PARCEL = "QN1408223190791"
KIOSK = ("--carrier", "SMALLTOWN", "--station", "KS-1", "--device", "KIOSK-1")
ANSWERS = ("RESIDENT_ID", NUMBER, PERSON[0], "20200131", "20400131", PERSON[1], "")
INSPECTED = {"inspection": {"result": "PASSED", "category": "BOOKS"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("self-service")


@pytest.fixture(scope="module")
def issued(house: Installation, folder: Path) -> str:
    """The voucher of a check on a machine of its own, whose record has its receipt; as the picture shows it."""
    house.must("enrol", "--self-service", *KIOSK, "--out", str(folder / "kiosk.json"))
    machine, picture = Installation(folder / "kiosk"), folder / "voucher.png"
    words = ("remote-check", PARCEL, "--enrolment", str(folder / "kiosk.json"), "--out", str(picture), "--wait", "60")
    text = machine.must(*words, stdin="".join(f"{answer}\n" for answer in ANSWERS)).strip()
    (outbox,) = (folder / "kiosk" / "outbox").glob("*-KIOSK-1.db")
    assert rows(outbox, "SELECT count(*) FROM entry WHERE receipted_at IS NULL") == [(0,)]
    assert zxingcpp.read_barcodes(Image.open(picture))[0].text == text
    return text


@pytest.fixture(scope="module")
def till(house: Installation, issued: str, folder: Path) -> Iterator["Till"]:
    """A running counter of the carrier that holds the signed list of its self-service devices."""
    machine = Installation(folder / "counter")
    machine.must("operators", "add", CLERK, "--badge", stdin=f"{PIN}\n{BADGE}\n")
    out = machine.data_dir / "self-service.jws"
    assert "1 台自助终端" in house.must("self-service", "export", "--carrier", "SMALLTOWN", "--out", str(out))
    counter = Counter(machine, house.enrol("SMALLTOWN", "KS-2", "COUNTER-1"), free_port())
    with counter.running():
        yield Till(counter.url)


class Till:
    """The counter's page as its server sees it: one signed-in browser."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.ask("sign-in", {"badge": BADGE})

    def ask(self, what: str, form: dict[str, Any]) -> Any:
        request = urllib.request.Request(f"{self.url}/api/{what}", json.dumps(form).encode(), {"Origin": self.url})
        with self.browser.open(request, timeout=60) as answer:
            return json.load(answer)

    def post(self, waybill_no: str, voucher: str, what: str = "accept") -> Any:
        """The acceptance of a parcel on a voucher, as a scanner reads it off a telephone."""
        read = self.ask("read", {"typed": f"]Q1{voucher}\r"})["voucher"]
        party = ("name", "phone", "address")
        return self.ask(what, {
            "waybill_no": waybill_no, "sender": dict(zip(party, PERSON, strict=True)),
            "recipient": dict(zip(party, STRANGER, strict=True)), "evidence": {"how": "preverified", "voucher": read},
            "category": "FOOD", "goods": "茶叶", "quantity": 1, "weight_g": 820, "result": "PASSED", "confirmed": True,
        })  # fmt: skip


def test_checked_beforehand_accepted_by_voucher_and_proved_at_the_tracker(
    house: Installation, till: Till, issued: str
) -> None:
    assert till.post(PARCEL, issued)["verdict"] == "accepted"
    path = f"/api/v1/parcels/{PARCEL}/trace"
    wait_until(lambda: house.get(path).status == 200, "it is recorded")
    assert house.get(path).json["anomalies"] == []
    store = house.data_dir / "jixin.db"
    assert rows(store, "SELECT count(*) FROM identity_claim WHERE waybill_no = ?", PARCEL) == [(0,)], "it is proved"
    subjects = rows(store, "SELECT subject FROM identity_record WHERE waybill_no = ? ORDER BY subject", PARCEL)
    assert subjects == [("recipient",), ("register",), ("sender",), ("sender",)]
    again = till.post(PARCEL, issued)
    assert [each["code"] for each in again["reasons"]] == ["preverification_used"]


def test_a_forged_voucher_and_another_parcels_are_refused_at_the_counter(till: Till, issued: str) -> None:
    strange = forged("QN1408223190792", datetime.now(UTC), key=Ed25519PrivateKey.generate())
    for voucher, reason in ((strange, "preverification_unsigned"), (issued, "preverification_of_another_parcel")):
        told = till.post("QN1408223190792", voucher)
        assert (told["verdict"], [each["code"] for each in told["reasons"]]) == ("refused", [reason])


def test_a_program_that_claims_a_check_which_nobody_made_leaves_a_finding(house: Installation) -> None:
    number = "BYPASS-KIOSK-1"
    identity = {"kind": "RESIDENT_ID", "exemption": "SELF_SERVICE_PREVERIFIED", "commitment": "c" * 43}
    event = build_event(number, details={"identity": identity, **INSPECTED}, seq=Random().randrange(2**40))
    with Handheld.of(house.enrol("SMALLTOWN", "KS-3")).online() as program:
        assert program.send(program.batch(encode(event)))["recorded"] == 1
    engine = build_engine(f"sqlite:///{house.data_dir / 'jixin.db'}")
    with engine.begin() as connection:  # the term of this one is over
        hours = timedelta(hours=73) // timedelta(microseconds=1)
        aged = "UPDATE identity_claim SET record_time = record_time - ? WHERE waybill_no = ?"
        connection.exec_driver_sql(aged, (hours, number))
    assert find_missing_records(engine, now=datetime.now(UTC), term=timedelta(hours=72)) == 1
    engine.dispose()
    trace = house.get(f"/api/v1/parcels/{number}/trace").json
    assert [anomaly["code"] for anomaly in trace["anomalies"]] == ["exemption_unproved"]
