"""The lock (依赖锁): pip's requirements and uv.lock and pyproject.toml say the same."""

import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "deploy" / "requirements"
EXPORTS = {
    "server": ["--no-dev", "--extra", "server"],
    "dev": ["--all-extras", "--group", "dev"],
}


def run_uv(*arguments: str) -> str:
    command = [find_uv_bin(), *arguments, "--offline"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def lines_of(text: str) -> list[str]:
    """Requirements, hashes and markers; not the header that says how the file was made."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_the_lock_fits_pyproject() -> None:
    run_uv("lock", "--check")


@pytest.mark.parametrize("name", EXPORTS)
def test_pips_requirements_are_those_of_the_lock(name: str) -> None:
    kept = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    command = ["export", "--frozen", *EXPORTS[name], "--no-emit-project"]
    exported = run_uv(*command)
    again = f"uv {' '.join(command)} -o deploy/requirements/{name}.txt"
    assert lines_of(kept) == lines_of(exported), f"run: {again}"
    assert again in kept, "the header says how the file is made"


def test_what_tests_install_holds_all_that_a_server_needs() -> None:
    server, dev = (
        (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("server", "dev")
    )
    assert {line for line in server if "==" in line or "--hash" in line} <= set(dev)


def test_every_requirement_carries_hashes() -> None:
    for name in EXPORTS:
        text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
        for requirement in text.split("\n\n"):
            body = lines_of(requirement)
            pinned = [line for line in body if "==" in line]
            assert sum("--hash=sha256:" in line for line in body) >= len(pinned)
