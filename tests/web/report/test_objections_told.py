"""Where a figure leaves the house, the state of its objections goes with it: JSON, CSV and workbook."""

import csv
import io
import re
import zipfile

from fastapi.testclient import TestClient

from tests.web.report.world import Printed


def test_a_carriers_json_and_the_rankings_files_tell_them(client: TestClient, printed: Printed) -> None:
    number = printed.object("FARREACH")
    told = client.get("/api/v1/carriers/FARREACH/credit").json()["objections"]
    assert [(each["objection_no"], each["indicator"], each["state"], each["open"]) for each in told] == [
        (number, "loss", "filed", True)
    ]
    assert "ground" not in told[0]
    assert client.get("/api/v1/carriers/EVENWAY/credit").json()["objections"] == []
    rows = client.get("/api/v1/rankings/carriers").json()["rows"]
    assert {row["carrier"] for row in rows if row["open_objections"]} == {"FARREACH"}
    table = list(csv.DictReader(io.StringIO(client.get("/rankings.csv").content.decode("utf-8-sig"))))
    assert {row["代码"]: row["处理中的异议"] for row in table}["FARREACH"] == "1"
    assert {row["处理中的异议"] for row in table} == {"0", "1"}
    with zipfile.ZipFile(io.BytesIO(client.get("/rankings.xlsx").content)) as book:
        texts = re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
    assert f"异议 {number}：待核实" in texts
    assert "处理中的异议" in texts
