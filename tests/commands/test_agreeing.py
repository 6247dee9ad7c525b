"""`jixin agreements`: all rows or none are filed, faults are named by line, a station believes a signed list."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from scanners.agreement_file import FILE_NAME, load_agreements
from scanners.identity.agreements import check_agreement
from scanners.identity.presented import Sender
from scanners.identity.reasons import Reason
from tracker.wire.signature import NotAJws, SigningKey
from web.cli.program import app
from web.commands.installation import receipt_key
from web.settings import Settings

HEADER = "carrier,agreement_no,customer,uscc,valid_from,valid_until,ended_on\n"
GOOD = "BLUEBIRD,A1,重庆渝州商贸有限公司,91110000600037341L,2020-01-01,2999-12-31,\n"
ENDED = "BLUEBIRD,A2,重庆渝州商贸有限公司,91110000600037341l,2020-01-01,2999-12-31,2021-01-01\n"
OTHER = "EVENWAY,A1,别家商贸有限公司,91110000600037341L,2020-01-01,2999-12-31,\n"
SENDER = Sender("重庆渝州商贸有限公司", "13800000000", "重庆市")


@pytest.fixture
def home(settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with an empty registry."""
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    return settings


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["agreements", *map(str, words)])


def file(folder: Path, text: str) -> Path:
    path = folder / "agreements.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return path


def test_what_is_filed_is_listed_signed_and_believed_at_a_station(home: Settings, tmp_path: Path) -> None:
    assert "没有登记的协议" in run("list").stdout
    for _ in range(2):
        assert "✓ 3 份协议" in run("import", file(tmp_path, HEADER + GOOD + ENDED + OTHER)).stdout
    listed = run("list", "--carrier", "BLUEBIRD").stdout.splitlines()
    assert [line[:13] for line in listed] == ["✓ BLUEBIRD A1", "– BLUEBIRD A2"]
    assert len(run("list").stdout.splitlines()) == 3

    out = tmp_path / FILE_NAME
    assert "✓ 2 份协议" in run("export", "--carrier", "BLUEBIRD", "--out", out).stdout
    assert out.stat().st_mode & 0o777 == 0o600
    key = receipt_key(home)
    held = load_agreements(out, {key.kid: key.verifying})
    now = datetime.now(UTC)
    told = {"held": held, "sender": SENDER, "now": now, "list_days": 30}
    assert check_agreement("A1", carrier="BLUEBIRD", **told) == []
    assert check_agreement("A2", carrier="BLUEBIRD", **told) == [Reason.AGREEMENT_NOT_IN_FORCE]
    assert check_agreement("A1", carrier="EVENWAY", **told) == [Reason.AGREEMENT_OF_ANOTHER_CARRIER]
    assert load_agreements(tmp_path / "none.jws", {}) is None
    other = SigningKey.generate()
    with pytest.raises(NotAJws):
        load_agreements(out, {other.kid: other.verifying})


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (GOOD.replace("BLUEBIRD", "蓝鸟"), "carrier"),
        (GOOD.replace("A1", ""), "agreement_no"),
        (GOOD.replace("重庆渝州商贸有限公司", " "), "customer"),
        (GOOD.replace("41L", "41M"), "uscc"),
        (GOOD.replace("2020-01-01", "2020-02-30"), "valid_from"),
        (GOOD.replace("2999-12-31", "2019-12-31"), "valid_until"),
        (ENDED.replace("2021-01-01", "soon"), "ended_on"),
        ("BLUEBIRD,A1\n", "customer"),
    ],
)
def test_one_bad_row_files_nothing_and_is_named(home: Settings, tmp_path: Path, row: str, why: str) -> None:
    result = run("import", file(tmp_path, HEADER + OTHER + row))
    assert result.exit_code == 1
    assert f"line 3: {why}" in result.stderr
    assert "没有登记的协议" in run("list").stdout


@pytest.mark.parametrize(
    ("octets", "why"),
    [(b"carrier,uscc\n", "agreement_no, customer"), (b"\xff\xfe", "UTF-8"), (b"", "columns are missing")],
)
def test_what_is_no_such_file_is_said(home: Settings, tmp_path: Path, octets: bytes, why: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(octets)
    result = run("import", path)
    assert (result.exit_code, why in result.stderr) == (1, True)
    assert run("import", tmp_path / "nowhere.csv").exit_code == 1


def test_a_carrier_without_agreements_has_no_list(home: Settings, tmp_path: Path) -> None:
    result = run("export", "--carrier", "NOBODY", "--out", tmp_path / "x.jws")
    assert (result.exit_code, "jixin agreements import" in result.stderr) == (2, True)
    assert not (tmp_path / "x.jws").exists()
