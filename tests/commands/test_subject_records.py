"""Records from a file: line by line, with why a line was refused; the same file twice changes nothing."""

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.credit_scoring.archive.told import BIRD, about, penalty
from tracker.access.audit import AuditFilter, find_entries
from tracker.store.database import build_engine, reading, transaction
from tracker.store.registry import Carrier, save_carrier
from web.cli.program import app


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation's own store."""
    monkeypatch.setenv("JIXIN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("JIXIN_DATA_DIR", str(tmp_path / "var"))
    return sqlite_url


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["subjects", *words])
    assert result.exit_code == code, result.output
    return result.output


def write_csv(path: Path, *rows: dict[str, Any]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {name: " ".join(value) if isinstance(value, list) else value for name, value in row.items()}
            )
    return str(path)


def test_a_file_is_taken_line_by_line(url: str, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "records.csv", about(), penalty(), penalty(measures=["scolding"]), about(holder="91"))
    said = run("import", file, code=1)
    assert "recorded 2 · 已有 known 0 · 不予受理 refused 2" in said
    assert "第 4 行 line 4: code_unknown measures · 代码表里没有这个代码 · The list has no such code" in said
    assert "第 5 行 line 5: holder_invalid holder" in said
    again = run("import", file, code=1)
    assert "recorded 0 · 已有 known 2" in again
    with reading(build_engine(url)) as session:
        found = find_entries(session, AuditFilter(action="archive_entered"))
    assert [(each.actor, each.object) for each in found] == [("console", "0"), ("console", "2")]


def test_json_says_the_same(url: str, tmp_path: Path) -> None:
    file = tmp_path / "records.json"
    file.write_text(json.dumps([about(), penalty(amount_yuan=5000)]), encoding="utf-8")
    assert "recorded 2" in run("import", str(file))
    shown = json.loads(run("show", "enterprise", BIRD))
    recorded = {each["kind"]: each for each in shown["records"]}
    assert recorded.keys() == {"identity", "penalty"}
    assert recorded["penalty"]["fields"] == {
        "number": "渝邮罚〔2026〕1号", "about": "safety", "measures": ["fine"], "amount_yuan": 5000,
    }  # fmt: skip
    assert recorded["penalty"]["code"] == "general"
    assert f"enterprise {BIRD} 青鸟速运有限公司" in run("list", "青鸟")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{}", b"[1]", b"[", b"[" * 100_000])
def test_a_file_that_is_no_list_is_refused_whole(url: str, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "records.json"
    file.write_bytes(content)
    run("import", str(file), code=1)
    assert "没有档案" in run("list")


def test_volumes_are_taken_and_corrected(url: str, tmp_path: Path) -> None:
    with transaction(build_engine(url)) as session:
        save_carrier(session, Carrier("BLUEBIRD"))
    row = {"carrier": "BLUEBIRD", "month": "2025-03", "division": "", "parcels": "100"}
    file = write_csv(tmp_path / "volumes.csv", row, row | {"parcels": "120"}, row | {"parcels": "-1"})
    said = run("volumes", file, code=1)
    assert "recorded 2" in said
    assert "line 4: field_invalid parcels" in said


def test_a_document_leads_to_the_records_that_rest_on_it(url: str, tmp_path: Path) -> None:
    paper = tmp_path / "decision.pdf"
    paper.write_bytes(b"%PDF decision")
    told = penalty(proof_sha256=sha256(paper.read_bytes()).hexdigest())
    run("import", write_csv(tmp_path / "records.csv", about(), told))
    assert f"enterprise:{BIRD} penalty 2026-03-01" in run("proof", str(paper))
    paper.write_bytes(b"%PDF decision, altered")
    run("proof", str(paper), code=1)


def test_codes_are_exported_with_their_version() -> None:
    told = json.loads(run("codes"))
    assert told["version"] == "2026.1"
    assert {"misconduct", "measure", "department"} <= told["lists"].keys()
    assert "licence" in {each["kind"] for each in told["kinds"]}


def test_an_archive_that_is_not_there_is_misuse(url: str) -> None:
    run("show", "enterprise", BIRD, code=2)
    run("show", "person", "x", code=1)
