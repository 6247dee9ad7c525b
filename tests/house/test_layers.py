"""The arrow (分层): what may import what, and what a bare station runs with."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATION_COMMANDS = ("station", "operators", "replay", "simulate", "verify", "label")

# Runs in a Python of its own: whatever a base install does not have cannot be imported.
STATION = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{name} is not part of a station", name=name)

ABSENT = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Absent())
"""
IMPORT_ALL = """
for package in ("scanners", "tracker.wire"):
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        importlib.import_module(found.name)
"""
RUN_COMMAND = """
sys.argv = ["jixin", *sys.argv[2:]]
from web.cli.program import main
main()
"""


def run_station(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", STATION + code, ",".join(sorted(absent_from_a_station())), *arguments],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip


def absent_from_a_station() -> set[str]:
    """Top-level modules that only the extras and the dev group bring."""
    station = closure("jixin")
    return {
        module
        for module, distributions in packages_distributions().items()
        if not any(normal(distribution) in station for distribution in distributions)
    }


def closure(name: str) -> set[str]:
    """A distribution and what it needs, by uv.lock, without extras."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    needs: dict[str, set[str]] = {}
    for package in lock["package"]:
        needs.setdefault(package["name"], set()).update(need["name"] for need in package.get("dependencies", []))
    found: set[str] = set()
    waiting = {name}
    while waiting:
        found |= waiting
        waiting = {need for package in waiting for need in needs.get(package, ())} - found
    return found


def normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def test_the_arrow_never_turns_back() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_station_has_no_server_packages_to_lean_on() -> None:
    absent = absent_from_a_station()
    assert {"sqlalchemy", "sqlmodel", "alembic", "scipy", "pytest"} <= absent
    assert not {"msgspec", "paho", "jwt", "typer", "cryptography", "pydantic_settings"} & absent


def test_scanners_and_the_wire_import_on_a_bare_station() -> None:
    result = run_station(IMPORT_ALL)
    assert result.returncode == 0, result.stderr


def test_the_command_line_lists_its_commands_on_a_bare_station() -> None:
    result = run_station(RUN_COMMAND, "--help")
    assert result.returncode == 0, result.stderr
    assert "replay" in result.stdout


@pytest.mark.parametrize("command", STATION_COMMANDS)
def test_a_stations_command_loads_on_a_bare_station(command: str) -> None:
    result = run_station(RUN_COMMAND, command, "--help")
    assert result.returncode == 0, result.stderr
