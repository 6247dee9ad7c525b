"""`jixin complaints`: rows are taken one by one, wrong ones named by line and not told, again changes nothing."""

import json
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from credit_scoring.complaints.complaint_lists import CaseFilter, find_cases
from tests.credit_scoring.complaints.builders import fill
from tests.web.parcels import DELIVERED, LOST
from tracker.store.database import build_engine, reading
from tracker.store.migrate import upgrade
from web.cli.program import app

HEADER = "channel,source_ref,waybill_no,category,cause,received_at,carrier,division\n"
GOOD = (
    f"12305,A-1,{DELIVERED},delay,late_on_the_road,2026-10-18T10:00:00+08:00,,\n"
    f"12345,B-1,{DELIVERED},delay,not_told,2026-10-18T11:00:00+08:00,,\n"
    f"12358,C-1,{LOST},loss,all_lost,2026-10-18T12:00:00+08:00,,330100\n"
)
BAD = (
    f"12305,A-1,{LOST},delay,late_on_the_road,2026-10-18T10:00:00+08:00,,\n"
    f"12305,D-1,{LOST},delay,never_ordered,2026-10-18T10:00:00+08:00,,\n"
    f"12305,D-2,{LOST},rude,x,2026-10-18T10:00:00+08:00,,\n"
    f"12305,D-3,{LOST},loss,all_lost,2026-10-18 10:00,,\n"
    f"12305,D-4,{LOST},loss,all_lost,2999-01-01T00:00:00+08:00,,\n"
    "12305,D-5,张三丰,loss,all_lost,2026-10-18T10:00:00+08:00,,\n"
    f"12305,,{LOST},loss,all_lost,2026-10-18T10:00:00+08:00,,\n"
    f"12305,13800138000,{LOST},loss,all_lost,2026-10-18T10:00:00+08:00,,\n"
    "12305,D-6,NOSUCH9,loss,all_lost,2026-10-18T10:00:00+08:00,,\n"
    f"12305,D-7,{LOST},loss,all_lost,2026-10-18T10:00:00+08:00,,,,,\n"
    f"12300,D-8,{LOST},loss,all_lost,2026-10-18T10:00:00+08:00,,\n"
)
CODES = ["source_ref_conflict", "cause_not_of_category", "code_unknown", "time_malformed", "received_in_future",
         "line_malformed", "source_ref_malformed", "source_ref_personal", "parcel_unknown", "line_malformed",
         "channel_unknown"]  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An installation's own store, with the small world's parcels."""
    monkeypatch.setenv("JIXIN_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "var").mkdir()
    engine = build_engine(f"sqlite:///{tmp_path / 'var' / 'jixin.db'}")
    upgrade(engine)
    fill(engine)
    return engine


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["complaints", *words])
    return result.exit_code, result.stdout, result.stderr


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "complaints.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_a_file_is_taken_once_and_its_copies_are_merged(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + HEADER + GOOD)
    code, out, _ = run("import", path, "--json")
    assert (code, json.loads(out)) == (0, {"filed": 3, "known": 0, "merged": 1, "suspected": 0, "faults": []})
    code, out, _ = run("import", path, "--json")
    assert (code, json.loads(out)["known"]) == (0, 3)
    with reading(engine) as session:
        assert len(find_cases(session, CaseFilter())) == 3


def test_wrong_rows_are_named_by_line_and_the_others_are_taken(engine: Engine, tmp_path: Path) -> None:
    code, out, _ = run("import", write(tmp_path, HEADER + GOOD + BAD), "--json")
    told = json.loads(out)
    assert code == 1
    assert told["filed"] == 3
    assert [each["line"] for each in told["faults"]] == list(range(5, 5 + len(CODES)))
    assert [each["code"] for each in told["faults"]] == CODES
    assert "13800138000" not in out
    assert "张三丰" not in out
    code, _, err = run("import", write(tmp_path, HEADER + BAD))
    assert "第 2 行 line 2: source_ref_conflict" not in err.splitlines()[1:]
    assert "line 3: cause_not_of_category" in err


def test_another_encoding_is_refused_whole_with_its_name(engine: Engine, tmp_path: Path) -> None:
    text = HEADER + GOOD + f"12305,Z-1,{LOST},丢失,全部丢失,2026-10-18T10:00:00+08:00,,\n" * 3
    path = write(tmp_path, text, "gb18030")
    code, _, err = run("import", path)
    assert code == 1
    assert "--encoding gb18030" in err
    code, out, _ = run("import", path, "--encoding", "gb18030", "--json")
    assert json.loads(out)["filed"] == 3


@pytest.mark.parametrize("text", ["", "channel,source_ref\n12305,A\n", '"channel\n'])
def test_a_file_without_its_columns_is_refused(engine: Engine, tmp_path: Path, text: str) -> None:
    code, _, err = run("import", write(tmp_path, text))
    assert code in (1, 2)
    assert err


def test_reminding_says_how_many(engine: Engine, tmp_path: Path) -> None:
    run("import", write(tmp_path, HEADER + GOOD))
    code, out, _ = run("remind")
    assert code == 0
    assert "催办 reminded" in out
