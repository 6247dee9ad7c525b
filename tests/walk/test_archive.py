"""A month leaves (归档与清除): archived and dropped by the command while a station records and pages answer."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from tests.walk.installation import Installation
from tests.walk.shift import COLUMNS, uuid7
from tests.walk.till import open_till

PARCELS = 150
MARCH = datetime(2022, 3, 10, 2, 0, tzinfo=UTC)
STEPS = ("accepted", "departed", "arrived", "delivered")


def write_march(path: Path) -> None:
    """Delivered parcels of March 2022, four events each."""
    with path.open("w", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(COLUMNS)
        for number in range(PARCELS):
            for day, step in enumerate(STEPS):
                moment = MARCH + timedelta(days=day, seconds=number)
                row = (uuid7(moment), f"MARCH{number:04}", step, moment.isoformat(), "EVENWAY", "JL-1")
                writer.writerow(row)


def test_a_month_leaves_while_a_station_records(postgres_url: str, place: Installation, tmp_path: Path) -> None:
    plain = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    place.variables["JIXIN_DATABASE_URL"] = plain
    march, archive = tmp_path / "march.csv", tmp_path / "archive"
    write_march(march)
    words = ("archive", "--month", "2022-03", "--out", str(archive))
    with place.up():
        assert place.replay(march)["recorded"] == PARCELS * 4
        enrolment = place.enrol("EVENWAY", "JL-1")
        with open_till(tmp_path / "till", enrolment) as till:
            dropping = place.start(*words, "--drop")
            scanned = 0
            while dropping.poll() is None or scanned < 50:
                till.scan(f"NOW{scanned:05}")
                scanned += 1
            assert dropping.returncode == 0
            assert "待传 0" in till.close()
        assert "was archived and dropped then" in place.must(*words)
        trace = place.get("/api/v1/parcels/MARCH0007/trace").json
        page = place.get("/t/MARCH0007")
        proof = place.get("/api/v1/parcels/MARCH0007/proof", as_admin=True)
        (place.data_dir / "outbox").rename(tmp_path / "outbox")  # a gateway that knows of no receipt sends all again
        again = place.run("replay", str(march), "--json")
        complaints = [line for line in place.run("doctor").stdout.splitlines() if "✗" in line]
        assert ["落盘 durability" in line for line in complaints] == [True]  # the tests' own server syncs nothing
        assert "缺号" not in place.must("doctor", "--audit").replace("没有缺号", "")
    print(f"{scanned} scans while the month left")
    assert (trace["state"], [each["month"] for each in trace["archived"]]) == ("delivered", ["2022-03"])
    assert page.status == 200
    assert "已归档" in page.text
    assert (proof.status, proof.json["type"]) == (410, "urn:jixin:problem:events-archived")
    assert (again.returncode, json.loads(again.stdout)["recorded"]) == (0, 0)  # every row has its receipt: a refusal
    assert again.stdout.count("month_archived") == PARCELS * 4
    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (scanned,)
        assert connection.execute("SELECT to_regclass('event_2022_03')").fetchone() == (None,)
    assert "600 条记录核验无误" in place.must("verify", str(archive / "2022-03"), "--keys", str(enrolment))
    path = archive / "2022-03" / "events-00001.parquet"
    path.write_bytes(path.read_bytes()[:-8] + b"\0" * 8)
    assert place.run("verify", str(archive / "2022-03"), "--keys", str(enrolment)).returncode == 1
    assert place.run("archive", "--out", str(archive)).returncode == 2
