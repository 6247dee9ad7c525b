"""What is deployed (部署): units, rules and dashboards name only what the programs really have."""

import configparser
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine

from credit_scoring.scoring.job_metrics import JobMetrics
from tests.house.test_docs import DOCS, ROOT, anchors_of, rows_of
from tests.realname.world import make_vault
from tests.web.conftest import app_of, build_client
from tracker.intake.metrics import IntakeMetrics
from tracker.intake.recorder import DRAIN
from tracker.intake.subscriber import FLUSH
from tracker.realname.vault_metrics import VaultMetrics
from web.cli.program import app
from web.commands.supervisor import STOP_TIMEOUT
from web.settings import Settings

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HAN = re.compile(r"[\u4e00-\u9fff]")
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
PROMETHEUS_OWN = {"up"}
WORDS = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


# --- metrics that are really exported


@pytest.fixture
def registries(sqlite_engine: Engine, tmp_path: Path) -> list[CollectorRegistry]:
    """What the tracker, the scheduler, the vault and the web server serve."""
    tracker, scheduler, vault = CollectorRegistry(), CollectorRegistry(), CollectorRegistry()
    IntakeMetrics(tracker)
    JobMetrics("example", scheduler)
    VaultMetrics(make_vault(tmp_path / "vault"), vault)
    client = build_client(sqlite_engine, tmp_path)
    client.get("/")
    return [tracker, scheduler, vault, app_of(client).state.metrics.registry]


@pytest.fixture
def exported(registries: list[CollectorRegistry]) -> dict[str, set[str]]:
    """Every sample's name → its labels, `le` of a histogram among them."""
    found: dict[str, set[str]] = {}
    for registry in registries:
        for metric in registry.collect():
            for suffix in SUFFIXES.get(metric.type, [""]):
                labels = {label for sample in metric.samples for label in sample.labels}
                found.setdefault(metric.name + suffix, set()).update(labels)
    return found


def names_in(expression: str) -> set[str]:
    """The metrics that a PromQL expression asks for: words that are no function, keyword, label or text."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)
    bare = re.sub(r"\b\d[\w.]*", "", bare)
    called = set(re.findall(r"([a-zA-Z_]\w*)\s*\(", bare))
    return set(WORDS.findall(bare)) - called - {"and", "or", "unless", "offset", "bool"} - {"d", "h", "m"}


def test_the_small_parser_finds_metrics_and_nothing_else() -> None:
    told = 'topk(3, sum by (le, a) (rate(x_bucket{b=~"c|d"}[5m]))) > 0.01 * y_total offset 1d and time() - z > 300e6'
    assert names_in(told) == {"x_bucket", "y_total", "z"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    board = json.loads((DEPLOY / "grafana" / "jixin.json").read_text(encoding="utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


def test_rules_and_dashboard_ask_for_metrics_that_are_exported(exported: dict[str, set[str]]) -> None:
    asked = {name for expression in expressions() for name in names_in(expression)}
    assert len(asked) > 25
    assert asked - exported.keys() - PROMETHEUS_OWN == set()


def test_every_metric_stands_in_the_docs(exported: dict[str, set[str]]) -> None:
    told = rows_of("operations.md", "Metrics")
    ours = {re.sub(r"_(?:bucket|sum|count)$", "", name) for name in exported if name.startswith("jixin_")}
    assert told.keys() == ours


def test_an_alert_says_in_both_languages_what_is_seen_and_where_to_read_on() -> None:
    anchors = anchors_of(DOCS / "operations.md")
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 15
    for rule in rules():
        told = rule["annotations"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert re.fullmatch(r"\d+[smh]", rule["for"])
        for name in ("summary", "description"):
            assert told[name], rule["alert"]
            assert not HAN.search(told[name]), rule["alert"]
            assert HAN.search(told[f"{name}_zh"]), rule["alert"]
        page, _, anchor = told["runbook"].partition("#")
        assert page == "docs/operations.md"
        assert anchor in anchors, rule["alert"]


@pytest.mark.parametrize("metric", ["jixin_tracker_leader", "jixin_scheduler_elected"])
def test_where_one_of_several_leads_its_absence_is_an_alert_and_seen(metric: str) -> None:
    assert f"max({metric}) == 0" in {rule["expr"] for rule in rules()}
    assert any(metric in target["expr"] for panel in panels() for target in panel["targets"])


def test_panels_have_their_own_number_a_title_in_both_languages_and_lie_on_the_grid() -> None:
    board = json.loads((DEPLOY / "grafana" / "jixin.json").read_text(encoding="utf-8"))
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers))
    cells: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        mine = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24
        assert not mine & cells, panel["title"]
        cells |= mine
    assert all(HAN.search(panel["title"]) for panel in board["panels"] if panel["title"] not in ("CPU",))


def test_the_scrape_example_finds_the_processes_where_the_units_put_them() -> None:
    told = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert told["rule_files"] == ["alerts.yml"]
    (job,) = told["scrape_configs"]
    found = {each["labels"]["process"]: each["targets"] for each in job["static_configs"]}
    ports = {name: variables_of(unit_of(name)).get("JIXIN_METRICS_PORT") for name in ("tracker", "scheduler", "vault")}
    assert found == {
        "web": [f"127.0.0.1:{Settings.model_fields['web_port'].default}"],
        **{name: [f"127.0.0.1:{port}"] for name, port in ports.items()},
    }


# --- systemd


def unit_of(name: str) -> Path:
    return DEPLOY / "systemd" / f"jixin-{name}.service"


def read_unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """A unit's sections; a name may stand several times."""

    class Several(dict[str, Any]):
        def __setitem__(self, name: str, value: Any) -> None:
            super().__setitem__(name, self[name] + value if isinstance(value, list) and name in self else value)

    parser = configparser.RawConfigParser(strict=False, dict_type=Several)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the library's docs say
    parser.read(path, encoding="utf-8")
    return {
        section: {name: value.split("\n") for name, value in parser.items(section)} for section in parser.sections()
    }


def variables_of(path: Path) -> dict[str, str]:
    pairs = (value.partition("=") for value in read_unit(path)["Service"].get("Environment", []))
    return {name: value for name, _, value in pairs}


def test_there_is_a_unit_for_each_service() -> None:
    assert [path.stem for path in UNITS] == ["jixin-scheduler", "jixin-tracker", "jixin-vault", "jixin-web"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_of_ours_with_the_settings_file_and_few_rights(path: Path) -> None:
    service = read_unit(path)["Service"]
    program, command = service["ExecStart"][0].split()
    assert Path(program).name == "jixin"
    assert f"jixin-{command}" == path.stem
    assert command in getattr(typer.main.get_command(app), "commands", {})
    assert service["EnvironmentFile"] == ["/etc/jixin/jixin.env"]
    assert service["User"] == ["jixin-vault" if command == "vault" else "jixin"]
    expected = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "CapabilityBoundingSet": ""}
    assert {name: service[name][0] for name in expected} == expected
    assert variables_of(path).keys() <= {f"JIXIN_{name.upper()}" for name in Settings.model_fields}
    assert int(service["TimeoutStopSec"][0]) > STOP_TIMEOUT > DRAIN + FLUSH


def test_the_settings_file_holds_settings_and_no_secret() -> None:
    lines = (DEPLOY / "systemd" / "jixin.env").read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert told.keys() <= {f"JIXIN_{name.upper()}" for name in Settings.model_fields}
    assert told["JIXIN_BROKER_PASSWORD"] == ""
    values = {name.removeprefix("JIXIN_").lower(): value for name, value in told.items()}
    assert Settings(**values).log_format == "json"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_itself_finds_nothing_wrong(path: Path, tmp_path: Path) -> None:
    """Where systemd is there; elsewhere the unit is read as above. Python stands in for the program."""
    program = shutil.which("systemd-analyze")
    unit = tmp_path / path.name
    unit.write_text(path.read_text(encoding="utf-8").replace("/opt/jixin/bin/jixin", sys.executable))
    assert read_unit(unit).keys() == {"Unit", "Service", "Install"}
    if program is not None:
        result = subprocess.run(
            [program, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False, timeout=60
        )
        assert (result.returncode, result.stderr) == (0, "")


# --- log lines

LEVELS = "debug|info|warning|error|exception|critical"
LOGGED = re.compile(rf'(?:\blog|get_logger\(\))\.({LEVELS})\(\s*"([a-z_]+)"|event="([a-z_]+)"')


def test_every_log_line_stands_in_the_docs_with_its_level() -> None:
    written: dict[str, set[str]] = {}
    for package in ("tracker", "scanners", "credit_scoring", "web"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for level, ours, theirs in LOGGED.findall(path.read_text(encoding="utf-8")):
                written.setdefault(ours or theirs, set()).add({"exception": "error"}.get(level, level or "warning"))
    told = {event: cells[0] for event, cells in rows_of("operations.md", "Log lines").items()}
    assert told.keys() == written.keys()
    assert [event for event, level in told.items() if level not in written[event]] == []
