"""The schemes commands: what there is, a file to the byte, and a fault with its line."""

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from credit_scoring.scheme.directory import shipped_schemes
from tests.credit_scoring.scheme.test_scheme_store import NEXT_YEAR, save, sign
from tests.credit_scoring.scheme.texts import text
from web.cli.program import app


@pytest.fixture
def _store(sqlite_engine: Engine, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIXIN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("JIXIN_DATA_DIR", str(tmp_path))
    draft = save(sqlite_engine)
    sign(sqlite_engine, draft, "li")
    sign(sqlite_engine, draft, "wang")


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["schemes", *words])
    return result.exit_code, result.output


@pytest.mark.usefixtures("_store")
def test_shipped_and_adopted_schemes_are_listed_and_shown() -> None:
    code, listed = run("list")
    assert code == 0
    lines = listed.splitlines()
    assert [line.split()[0] for line in lines] == ["2025-1", "2026-1", "2027-1"]
    assert "建议稿 proposal" in lines[1]
    assert "已通过 adopted" in lines[2]
    assert run("show", "2027-1") == (0, NEXT_YEAR.decode())
    assert run("show", "2026-1") == (0, shipped_schemes().of("2026-1").file.decode())
    code, said = run("show", "2029-1")
    assert (code, "scheme_unknown" in said) == (1, True)


def test_a_file_is_checked_without_a_store(tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    file.write_bytes(NEXT_YEAR)
    code, said = run("check", str(file))
    assert (code, said.startswith("✓ 2027-1 2027-01-01..2027-12-31")) == (0, True)
    gap = "bands = [{from = 0, to = 0.9, points = 0}, {from = 0.95, points = 90}]\n"
    file.write_bytes(text("2027-1", change=("full = 0.98\nzero = 0.60\n", gap)))
    code, said = run("check", str(file))
    assert (code, "line 121:" in said, "leave out 0.9 to 0.95" in said) == (1, True, True)
    file.write_bytes(NEXT_YEAR.replace(b"total = 1000", b"total = = 1000"))
    assert run("check", str(file))[0] == 1
    file.write_bytes(NEXT_YEAR + b"#" * 70_000)
    assert "too_large" in run("check", str(file))[1]
    assert run("check", str(tmp_path / "none.toml"))[0] == 1
