"""Bad files (坏文件): a CSV in another encoding, with a mark before it, torn at its end, with unreadable rows."""

import json
import subprocess
from pathlib import Path

from tests.walk.installation import Installation
from tests.walk.processes import PATIENCE, wait_until
from tests.walk.shift import write_shift
from tests.walk.witness import recorded_in

HEADER = "waybill_no,step,event_time,carrier,station,remark"


def row(number: int, remark: str = "门前") -> str:
    return f"FILE{number:04},accepted,2026-05-01T09:30:{number:02}+08:00,FLYGRAIN,SH-1,{remark}"


def write(path: Path, *rows: str, encoding: str = "utf-8", end: str = "\n") -> Path:
    path.write_bytes(("\n".join([HEADER, *rows]) + end).encode(encoding))
    return path


def states(house: Installation, *numbers: int) -> list[int]:
    return [house.get(f"/api/v1/parcels/FILE{number:04}/trace").status for number in numbers]


def test_a_file_in_gbk_is_refused_before_its_first_row_with_the_hint(house: Installation, tmp_path: Path) -> None:
    file = write(tmp_path / "gbk.csv", row(1), row(2), encoding="gbk")
    result = house.run("replay", str(file), "--json")
    assert (result.returncode, result.stdout) == (1, "")
    assert "--encoding gb18030" in result.stderr
    assert "Traceback" not in result.stderr
    assert states(house, 1, 2) == [404, 404]
    assert house.replay(file, "--encoding", "gb18030")["recorded"] == 2
    assert states(house, 1, 2) == [200, 200]


def test_a_byte_order_mark_is_not_part_of_the_first_column(house: Installation, tmp_path: Path) -> None:
    report = house.replay(write(tmp_path / "bom.csv", row(11), row(12), encoding="utf-8-sig"))
    assert (report["rows"], report["recorded"], report["unreadable"]) == (2, 2, 0)
    assert states(house, 11) == [200]


def test_a_torn_last_line_is_named_and_the_rest_recorded(house: Installation, tmp_path: Path) -> None:
    report = house.replay(write(tmp_path / "torn.csv", row(21), row(22), row(23)[:30], end=""))
    assert (report["rows"], report["recorded"], report["unreadable"], report["complete"]) == (3, 2, 1, True)
    assert [(each["line"], each["code"]) for each in report["unreadable_rows"]] == [(4, "row_torn")]
    assert states(house, 21, 22, 23) == [200, 200, 404]


def test_a_file_that_ends_inside_a_character_loses_that_row_alone(house: Installation, tmp_path: Path) -> None:
    file = write(tmp_path / "cut.csv", row(31), row(32), end="")
    file.write_bytes(file.read_bytes()[:-1])
    report = house.replay(file)
    assert (report["recorded"], [each["code"] for each in report["unreadable_rows"]]) == (1, ["row_torn"])


def test_rows_that_cannot_be_read_or_are_refused_are_named_and_stop_nobody(house: Installation, tmp_path: Path) -> None:
    far = row(44).replace("2026-05-01", "2099-05-01")
    naive = row(43).replace("+08:00", "")
    report = house.replay(
        write(tmp_path / "mixed.csv", row(41), row(42).replace("accepted", "eaten"), naive, far, row(45))
    )
    assert (report["rows"], report["recorded"], report["refused"], report["unreadable"]) == (5, 2, 1, 2)
    named = [(each["line"], each["code"]) for each in report["unreadable_rows"] + report["refused_rows"]]
    assert named == [(3, "step_unknown"), (4, "time_naive"), (5, "time_in_future")]
    again = house.replay(tmp_path / "mixed.csv")
    assert (again["recorded"], again["known"], again["refused"], again["unreadable"]) == (0, 2, 1, 2)


def test_a_file_without_its_columns_is_refused(house: Installation, tmp_path: Path) -> None:
    file = tmp_path / "columns.csv"
    file.write_text("a,b\n1,2\n")
    result = house.run("replay", str(file))
    assert result.returncode == 1
    assert "waybill_no" in result.stderr


def test_a_second_replay_at_once_is_told_so_and_the_first_goes_on(house: Installation, tmp_path: Path) -> None:
    shift = write_shift(tmp_path, "TWICE", parcels=1_000)
    first = house.start("replay", str(shift.file), "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: recorded_in(house.data_dir / "jixin.db", "TWICE") or first.poll() is not None, "it has begun")
    house.the("replay").freeze()
    second = house.run("replay", str(shift.file))
    house.the("replay").thaw()
    said, _ = first.communicate(timeout=PATIENCE)
    assert (second.returncode, "another replay runs" in second.stderr) == (1, True)
    assert (first.returncode, json.loads(said)["recorded"]) == (0, 4_000)
