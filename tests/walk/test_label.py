"""From the label to the page (从面单到轨迹): printed at a station, scanned by its recipient, opened by the web."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image

from scanners.outbox import Outbox
from tests.walk.installation import Installation
from tracker.wire.details import AcceptedDetails, Identity
from tracker.wire.enrolment import read_enrolment
from tracker.wire.event import ScanEvent, encode_details
from tracker.wire.event_ids import build_event_id
from tracker.wire.steps import Step

ORDER = {
    "waybill_no": "LB20260701001",
    "carrier": "小城快运",
    "recipient": {"name": "欧阳小明", "phone": "13800138000", "address": "浙江省杭州市西湖区文三路100号5栋3单元501室"},
    "sender": {"name": "李娜", "phone": "0755-86543210", "address": "广东省深圳市南山区科苑路15号创新大厦B座1203"},
    "destination": "330106",
    "inspected": True,
}


def accept(file: Path, outbox_file: Path) -> None:
    """Keep the acceptance as the counter does, for the station to send."""
    moment = datetime.now(UTC)
    details = encode_details(AcceptedDetails(weight_g=1250, identity=Identity(exemption="LETTER")))
    scan = ScanEvent(
        build_event_id(moment, bytes(10)), 0, Step.ACCEPTED, moment, waybill_no="LB20260701001", details=details
    )
    outbox = Outbox(outbox_file)
    assert outbox.put(read_enrolment(file).post, scan)
    outbox.close()


def test_the_code_on_a_printed_label_opens_its_parcel(house: Installation, tmp_path: Path) -> None:
    file = house.enrol("SMALLTOWN", "YT-7")
    station = Installation(tmp_path / "counter", variables={"JIXIN_PUBLIC_URL": house.url})
    station.data_dir.mkdir()
    out = tmp_path / "labels"
    said = station.must("label", "-", "--out", str(out), "--enrolment", str(file), "--paper", "76x130",
                        stdin=json.dumps(ORDER))  # fmt: skip
    assert said == "✓ LB20260701001 · 二维码带令牌 with token\n"
    accept(file, tmp_path / "outbox.db")
    house.must("station", "--enrolment", str(file), "--outbox", str(tmp_path / "outbox.db"))
    with Image.open(out / "LB20260701001.png") as page:
        read = {code.text for code in zxingcpp.read_barcodes(page.convert("L"))}
    read.remove("LB20260701001")
    (address,) = read
    path = address.removeprefix(house.url)
    query = urlsplit(path).query
    assert query.startswith("k=")
    assert "收寄件人可见" in house.get(path).text
    opened = house.get(f"/api/v1/parcels/LB20260701001/trace?{query}").json
    assert [event["details"] for event in opened["events"]] == [{"weight_g": 1250}]
    wrong = house.get(f"{path[:-4]}AAAA").text
    assert "面单码与这件邮件快件不符" in wrong
    assert "收寄件人可见" not in wrong
    assert "收寄件人可见" not in house.get("/t/LB20260701001").text
