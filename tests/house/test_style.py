"""The style (代码风格): ruff's word is kept, nothing is left unfinished, a file says which concept it is."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("tracker", "scanners", "credit_scoring", "web")
PROSE_AND_CODE = {".py", ".md", ".toml", ".html", ".css", ".js", ".json", ".sh", ".mako", ".yaml", ".yml", ""}
NOT_OURS = {".git", ".venv", ".hypothesis", "__pycache__", "dist", "var", "vendor"}
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def tree() -> list[Path]:
    """Every file that belongs to the project; asks no git, which a clean machine does not have."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith("_cache")]
        found += [Path(folder, name) for name in names]
    return found


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_finds_nothing(arguments: list[str]) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    result = subprocess.run(
        [ruff, *arguments, "--no-cache", "."], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_nothing_is_marked_as_unfinished() -> None:
    marked = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tree()
        if path.suffix in PROSE_AND_CODE and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert marked == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    escapes = re.compile(r"pytest\.(?:skip|xfail|importorskip)\(|mark\.(?:skip|skipif|xfail)\b")
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path != Path(__file__) and escapes.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_file_begins_with_its_concept() -> None:
    nameless = []
    for package in (*PACKAGES, "tests"):
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if source.strip() and not ast.get_docstring(ast.parse(source)):
                nameless.append(str(path.relative_to(ROOT)))
    assert nameless == []


def test_every_folder_of_tests_is_a_package() -> None:
    """So that two folders may each have a test file of the same name."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []
