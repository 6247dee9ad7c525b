"""From the label to the page (从面单到轨迹): printed at a station, scanned by its recipient, opened by the web."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image

from tests.walk.installation import Installation

ORDER = {
    "waybill_no": "LB20260701001",
    "carrier": "小城快运",
    "recipient": {"name": "欧阳小明", "phone": "13800138000", "address": "浙江省杭州市西湖区文三路100号5栋3单元501室"},
    "sender": {"name": "李娜", "phone": "0755-86543210", "address": "广东省深圳市南山区科苑路15号创新大厦B座1203"},
    "destination": "330106",
    "inspected": True,
}


def test_the_code_on_a_printed_label_opens_its_parcel(house: Installation, tmp_path: Path) -> None:
    file = house.enrol("SMALLTOWN", "YT-7")
    station = Installation(tmp_path / "counter", variables={"JIXIN_PUBLIC_URL": house.url})
    station.data_dir.mkdir()
    out = tmp_path / "labels"
    said = station.must("label", "-", "--out", str(out), "--enrolment", str(file), "--paper", "76x130",
                        stdin=json.dumps(ORDER))  # fmt: skip
    assert said == "✓ LB20260701001 · 二维码带令牌 with token\n"
    house.must("station", "--enrolment", str(file), "--step", "accepted", stdin="LB20260701001\n")
    with Image.open(out / "LB20260701001.png") as page:
        read = {code.text for code in zxingcpp.read_barcodes(page.convert("L"))}
    read.remove("LB20260701001")
    (address,) = read
    path = address.removeprefix(house.url)
    query = urlsplit(path).query
    assert query.startswith("k=")
    assert "收寄件人可见" in house.get(path).text
    opened = house.get(f"/api/v1/parcels/LB20260701001/trace?{query}").json
    assert [event["details"] for event in opened["events"]] == [{}]
    wrong = house.get(f"{path[:-4]}AAAA").text
    assert "面单码与这件邮件快件不符" in wrong
    assert "收寄件人可见" not in wrong
    assert "收寄件人可见" not in house.get("/t/LB20260701001").text
