"""The demo (演示): one command, and a newcomer sees real pick-ups, an invented fleet and a ranking."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.request import Request, urlopen

import pytest
import zxingcpp
from PIL import Image

from scanners.agreement_file import load_agreements
from scanners.identity.agreements import check_agreement
from scanners.identity.presented import Sender
from scanners.identity.preverification import check_voucher
from scanners.identity.reasons import Reason
from scanners.self_service_file import load_self_service
from tests.walk.installation import Installation
from tests.walk.processes import wait_until
from tests.walk.witness import assert_gapless, count_events, recorded_in, rows
from tracker.wire.details import LOCAL
from tracker.wire.enrolment import read_enrolment

INVENTED = {"BLUEBIRD", "POSTROAD", "EVENWAY", "FARREACH", "FLYGRAIN", "SMALLTOWN"}
PICKUPS = 12_380
NATIONWIDE = """SELECT from_date, to_date FROM score_run WHERE division IS NULL
    AND julianday(to_date) - julianday(from_date) < 32 ORDER BY from_date"""


@pytest.fixture(scope="module")
def demo(walk_folder: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo with a small fleet and two months of history that has come to its end."""
    place = Installation(tmp_path_factory.mktemp("demo") / "data")
    with place.up("demo", "--parcels", "200", "--months", "2") as running:
        ended = "a run of each month"
        wait_until(lambda: ended in place.log or running.poll() is not None, "it has assessed the past", seconds=180)
        assert running.poll() is None, place.log[-2000:]
        yield place


def test_every_step_of_the_demo_has_walked_to_its_end(demo: Installation) -> None:
    assert "✗" not in demo.log
    assert "Traceback" not in demo.log
    assert "入库 recorded 12,380 · 已有 known 0 · 被拒 refused 0 · 读不懂 unreadable 0" in demo.log
    store = demo.data_dir / "jixin.db"
    assert len(recorded_in(store, "LADE")) == PICKUPS
    assert count_events(store) > PICKUPS + 1_000
    assert_gapless(store)


def test_every_check_that_the_fleet_claims_has_its_sealed_record(demo: Installation) -> None:
    store = demo.data_dir / "jixin.db"
    wait_until(lambda: rows(store, "SELECT count(*) FROM identity_claim") == [(0,)], "the last records are kept")
    claims = "step = 'accepted' AND CAST(body AS TEXT) LIKE '%\"checked\":true%'"
    ((claimed,),) = rows(store, f"SELECT count(*) FROM event WHERE {claims}")
    assert claimed > 300
    fitting = (
        "SELECT count(*) FROM event JOIN identity_record AS kept ON kept.event_id = event.event_id"
        f" AND instr(CAST(body AS TEXT), kept.commitment) AND kept.state = 'fits' WHERE {claims}"
    )
    wait_until(lambda: rows(store, fitting) == [(claimed,)], "the vault has opened each of them")


def test_a_sender_was_checked_beforehand_and_the_counter_takes_the_voucher(demo: Installation) -> None:
    said = re.search(r"checked beforehand +(\S+)  凭证 voucher (\S+) · (\S+)$", demo.log, re.MULTILINE)
    assert said is not None
    parcel, picture, text = said.groups()
    (voucher,) = zxingcpp.read_barcodes(Image.open(picture))
    assert voucher.text == (demo.data_dir / text).read_text().strip()
    keys = read_enrolment(demo.data_dir / "demo-counter.json").pinned_keys
    held = load_self_service(demo.data_dir / "self-service.jws", keys)
    assert held is not None
    told = check_voucher(
        voucher.text, held, carrier=held.carrier, waybill_no=parcel, of_organisation=False, used=False,
        now=datetime.now(LOCAL), list_days=30,
    )  # fmt: skip
    assert not isinstance(told, Reason)
    record = "SELECT subject FROM identity_record WHERE commitment = ?"
    assert rows(demo.data_dir / "jixin.db", record, told.commitment) == [("register",)]


def test_its_counter_holds_the_agreement_that_it_names(demo: Installation) -> None:
    said = re.search(r"agreement's customer +(\S+) · (\S+)（", demo.log)
    assert said is not None
    enrolment = read_enrolment(demo.data_dir / "demo-counter.json")
    held = load_agreements(demo.data_dir / "agreements.jws", enrolment.pinned_keys)
    asked = {"carrier": enrolment.post.carrier, "now": datetime.now(LOCAL), "list_days": 30}
    assert check_agreement(said[1], held, sender=Sender(said[2], "", ""), **asked) == []


def test_what_it_says_to_open_opens(demo: Installation) -> None:
    said = [word.removeprefix(demo.url) for word in demo.log.split() if word.startswith(demo.url)]
    assert {"/rankings", "/"} < set(said)
    for path in said:
        assert demo.get(path or "/").status == 200, path
    (item,) = [path for path in said if path.startswith("/01/")]
    page = demo.get(item).text
    assert "/21/" in item
    assert not [each for each in ("没有单独登记", "没有登记", "没有记录", "没有扫描记录") if each in page]


def test_it_names_a_parcel_whose_door_opens_by_the_digits_it_says(demo: Installation) -> None:
    told = re.search(r"/t/(\S+)  电话后四位 last four digits (\d{4})", demo.log)
    assert told
    with urlopen(Request(f"{demo.url}/t/{told[1]}", data=f"tail={told[2]}".encode()), timeout=10) as answer:
        assert answer.status == 200, "wrong digits are answered with 422"
    assert "officer" in demo.log
    assert "oathtool" in demo.log


def test_the_rankings_show_invented_carriers_of_now_and_the_data_set_of_then(demo: Installation) -> None:
    now = demo.get("/api/v1/rankings/carriers").json
    shown = {row["carrier"] for row in now["rows"] + now["unranked"]}
    assert shown <= INVENTED
    assert len(shown) >= 5
    then = demo.get("/api/v1/rankings/carriers?from=2021-05-01&to=2021-06-08").json
    found = [(row["carrier"], row["parcels"], row["grade"]) for row in then["rows"]]
    assert found == [("LADE", 6_190, None)], "from pick-ups alone nobody gets a grade"
    page = demo.get("/rankings?from=2021-05-01&to=2021-06-08").text
    assert "LaDe 公开数据" in page


def test_the_months_before_have_a_saved_run_each(demo: Installation) -> None:
    this = datetime.now(LOCAL).date().replace(day=1)
    runs = rows(demo.data_dir / "jixin.db", NATIONWIDE)
    months = [(start, end) for start, end in (map(date.fromisoformat, run) for run in runs) if end <= this]
    assert len(months) == 2
    assert months[0][1] == months[1][0]
    for start, end in months:
        ranking = demo.get(f"/api/v1/rankings/carriers?from={start}&to={end}").json
        assert {row["carrier"] for row in ranking["rows"]} <= INVENTED
        assert len(ranking["rows"]) >= 4
    trend = demo.get("/api/v1/rankings/trend?count=2").json
    assert [slot["run"] is not None for slot in trend["slots"] if not slot["year"]] == [True, True]


def test_a_digital_link_of_the_fleets_goods_opens(demo: Installation) -> None:
    query = "SELECT gtin, lot, serial FROM product WHERE lot <> '' LIMIT 1"
    ((gtin, lot, serial),) = rows(demo.data_dir / "jixin.db", query)
    path = f"/01/{gtin}/10/{lot}" + (f"/21/{serial}" if serial else "")
    assert demo.get(path).status == 200


def test_one_account_of_each_useful_role_is_there_and_its_one_time_password_was_said(demo: Installation) -> None:
    said = {words[0]: words[1] for words in map(str.split, demo.log.splitlines()) if len(words) > 2}
    accounts = {each["login"]: each for each in json.loads(demo.must("accounts", "list", "--json"))}
    assert {"admin", "regulator", "carrier", "manager", "courier", "platform"} <= accounts.keys()
    for login in ("admin", "regulator", "carrier", "manager", "courier", "platform"):
        assert re.fullmatch(r"([2-9a-z]{4}-){3}[2-9a-z]{4}", said[login]), login
        assert accounts[login]["state"] == "one-time password"
    assert accounts["own-platform"]["state"] == "no password"
    assert all(each["tokens"] == [] for each in accounts.values())


def test_the_demo_has_a_counter_whose_pin_it_prints_once(demo: Installation) -> None:
    said = re.findall(r"counter +(http://127\.0\.0\.1:\d+)  工号 code DEMO · PIN (\d{6})", demo.log)
    ((address, pin),) = said

    def state() -> Any:
        try:
            with urlopen(f"{address}/api/state", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None

    told = wait_until(state, "the counter's page opens")
    assert told["carrier"] in INVENTED
    headers = {"Origin": address, "Content-Type": "application/json"}
    form = json.dumps({"code": "DEMO", "pin": pin}).encode()
    with urlopen(Request(f"{address}/api/sign-in", data=form, headers=headers), timeout=10) as answer:
        assert answer.status == 200
