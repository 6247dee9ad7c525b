"""The label command: files of masked labels, each error one line, and a token that the installation knows again."""

import json
import stat
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from tests.scanners.label.zpl_reader import read_zpl
from tracker.wire.label_token import derive_label_key, label_token
from tracker.wire.signature import decode_base64url
from tracker.wire.topics import Post
from web.cli.program import app
from web.commands.enrolling import run_enrol
from web.commands.installation import label_secret
from web.commands.key_files import find_key_files
from web.settings import Settings

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")
ORDER = {
    "waybill_no": "SF1234567890123",
    "carrier": "青鸟速运",
    "sender": {"name": "李娜", "phone": "0755-86543210", "address": "广东省深圳市南山区科苑路15号创新大厦B座1203"},
    "recipient": {"name": "欧阳小明", "phone": "13800138000", "address": "浙江省杭州市文三路100号5栋3单元501室"},
}
PUBLIC = {"JIXIN_PUBLIC_URL": "https://trace.example"}


def run(*words: object, stdin: bytes | None = None, **variables: str) -> Result:
    return CliRunner().invoke(app, ["label", *(str(word) for word in words)], input=stdin, env={**PUBLIC, **variables})


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([ORDER, ORDER | {"waybill_no": "SF9876543210987"}]), encoding="utf-8")
    return path


def picture(path: Path) -> Image.Image:
    return Image.open(BytesIO(path.read_bytes())).convert("L")


def codes_of(path: Path) -> set[str]:
    return {code.text for code in zxingcpp.read_barcodes(picture(path))}


def test_each_order_becomes_two_files_for_their_owner_only(orders: Path, tmp_path: Path) -> None:
    result = run(orders, "--out", tmp_path / "labels", "--paper", "76x130", "--dpi", "300")
    assert result.exit_code == 0, result.output
    made = sorted((tmp_path / "labels").iterdir())
    assert [path.name for path in made] == [
        "SF1234567890123.png",
        "SF1234567890123.zpl",
        "SF9876543210987.png",
        "SF9876543210987.zpl",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert codes_of(made[0]) == {"SF1234567890123", "https://trace.example/t/SF1234567890123"}
    assert picture(made[0]).size == (897, 1535)
    assert read_zpl(made[1].read_bytes()).print().tobytes() == picture(made[0]).tobytes()
    assert "欧阳" not in result.output


def test_with_its_enrolment_the_label_holds_a_token_that_the_installation_knows(
    orders: Path, tmp_path: Path, settings: Settings
) -> None:
    enrolment = run_enrol(settings, POST, tmp_path / "gun.json")
    secret = label_secret(settings)
    assert len(secret) == 32
    assert decode_base64url(enrolment.label_key or "") == derive_label_key(secret, POST)
    result = run(orders, "--out", tmp_path, "--form", "png", "--enrolment", tmp_path / "gun.json")
    assert result.exit_code == 0, result.output
    token = label_token(derive_label_key(secret, POST), "SF1234567890123")
    assert f"https://trace.example/t/SF1234567890123?k={token}" in codes_of(tmp_path / "SF1234567890123.png")
    assert token not in result.output
    assert not (tmp_path / "SF1234567890123.zpl").exists()


def test_the_secret_is_one_of_the_key_files_and_stays(settings: Settings, tmp_path: Path) -> None:
    first = run_enrol(settings, POST, tmp_path / "one.json")
    again = run_enrol(settings, POST, tmp_path / "two.json")
    other = run_enrol(settings, Post("BLUEBIRD", "HZ-01", "GUN-2"), tmp_path / "three.json")
    assert first.label_key == again.label_key != other.label_key
    assert stat.S_IMODE(settings.label_secret_file.stat().st_mode) == 0o600
    assert Path("keys/label-secret") in set(find_key_files(settings.data_dir))
    assert run_enrol(settings, None, tmp_path / "gateway.json").label_key is None
    assert (first.label_key or "?") not in repr(first)


def test_orders_come_through_standard_input_too(tmp_path: Path) -> None:
    result = run("-", "--out", tmp_path, stdin=json.dumps(ORDER).encode())
    assert result.exit_code == 0, result.output
    assert picture(tmp_path / "SF1234567890123.png").size == (799, 1438)


def test_one_bad_order_leaves_no_label_at_all(tmp_path: Path) -> None:
    bad = ORDER | {"waybill_no": "SF2", "carrier": "𠮷祥"}
    result = run("-", "--out", tmp_path / "labels", stdin=json.dumps([ORDER, bad]).encode())
    assert result.exit_code == 1
    assert result.output.startswith("✗ 字库里没有 U+20BB7")
    assert len(result.output.splitlines()) == 1
    assert not (tmp_path / "labels").exists()


@pytest.mark.parametrize(
    ("stdin", "variables", "code", "told"),
    [
        (b"{}", {}, 1, "waybill_no"),
        (b"", {}, 1, "not JSON"),
        (json.dumps(ORDER).encode(), {"JIXIN_PUBLIC_URL": ""}, 2, "JIXIN_PUBLIC_URL"),
        (json.dumps(ORDER).encode(), {"JIXIN_LABEL_FONT": "/dev/null"}, 1, "JIXIN_LABEL_FONT"),
        (json.dumps(ORDER | {"waybill_no": "A" * 64}).encode(), {}, 1, "64 characters"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(
    tmp_path: Path, stdin: bytes, variables: dict[str, str], code: int, told: str
) -> None:
    result = run("-", "--out", tmp_path / "labels", stdin=stdin, **variables)
    assert (result.exit_code, told in result.output) == (code, True), result.output
    assert "13800138000" not in result.output


def test_an_enrolment_without_a_label_key_is_made_anew(tmp_path: Path, settings: Settings, orders: Path) -> None:
    run_enrol(settings, None, tmp_path / "gateway.json")
    result = run(orders, "--out", tmp_path, "--enrolment", tmp_path / "gateway.json")
    assert result.exit_code == 2
    assert "jixin enrol" in result.output
