"""The stranger's verifier (docs/verify_run.py): it shares no code with us, and comes to the same bytes."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import localcontext
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from runpy import run_path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.export import canonical_json
from credit_scoring.scoring.score_store import SavedRun, build_run
from tests.credit_scoring.counts import evidence, some_carriers
from tests.credit_scoring.rows import AS_OF, SCOPE
from web.commands.assessing import render_run

FILE = Path(__file__).parents[3] / "docs" / "verify_run.py"
SCHEME = shipped_schemes().of("2026-1")


def saved(drawn: list[CarrierEvidence]) -> SavedRun:
    return build_run(build_assessment(drawn, scope=SCOPE, log=LogPoint(7, "ab" * 32), scheme=SCHEME), created_at=AS_OF)


def exported(drawn: list[CarrierEvidence]) -> dict[str, object]:
    export: dict[str, object] = json.loads(render_run(saved(drawn), SCHEME.file))
    return export


@pytest.fixture(scope="module")
def stranger() -> ModuleType:
    spec = spec_from_file_location("verify_run", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_verifier_is_short_and_needs_nothing_but_python() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    names = {each.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for each in node.names}
    names |= {node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=some_carriers())
def test_a_stranger_comes_to_the_same_bytes(stranger: ModuleType, drawn: list[CarrierEvidence]) -> None:
    assert stranger.canonical(stranger.result_of(exported(drawn))) == saved(drawn).result


def test_a_stranger_gives_no_grade_either_where_too_little_is_known(stranger: ModuleType) -> None:
    strict = parse_scheme(SCHEME.file.replace(b"minimum_covered = 200", b"minimum_covered = 1000"))
    one = build_assessment([evidence()], scope=SCOPE, log=LogPoint(7, "ab" * 32), scheme=strict)
    run = build_run(one, created_at=AS_OF)
    result = stranger.result_of(json.loads(render_run(run, strict.file)))
    assert [(row["rank"], row["score"], row["grade"]) for row in result["rows"]] == [(1, "1000.0", None)]
    assert stranger.canonical(result) == run.result


def test_as_a_program_it_says_yes_and_to_a_flattered_result_no(tmp_path: Path) -> None:
    drawn = [evidence("BLUEBIRD", loss=(3, 1000), consumer_overall=(90, 100)), evidence("POSTROAD", damage=(9, 1000))]
    told = exported(drawn)
    honest, flattered = tmp_path / "honest.json", tmp_path / "flattered.json"
    honest.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    row = told["result"]["rows"][1]  # type: ignore[index]  # a loose JSON object
    row["score"] = "1000.0"
    flattered.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    answers = [
        subprocess.run([sys.executable, "-I", FILE, each], check=False).returncode for each in (honest, flattered)
    ]
    assert answers == [0, 1]


@pytest.fixture
def told_by(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The program run in this process: its exit code, and what it said where."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [FILE.name, *map(str, words)])
        with pytest.raises(SystemExit) as ended, localcontext():
            run_path(str(FILE), run_name="__main__")
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.mark.parametrize("change", ["torn", "no_json", "another_evidence", "another_scheme", "no_object", "no_number"])
def test_a_torn_or_changed_file_ends_in_one_line_and_no_traceback(
    tmp_path: Path, told_by: Callable[..., tuple[int, str, str]], change: str
) -> None:
    told = exported([evidence("BLUEBIRD", loss=(3, 1000))])
    text = json.dumps(told, ensure_ascii=False)
    changed = {
        "torn": text[: len(text) // 2],
        "no_json": "PK\x03\x04",
        "another_evidence": json.dumps(told | {"evidence": "e30="}),
        "another_scheme": json.dumps(told | {"scheme_file": str(told["scheme_file"]) + "\n"}),
        "no_object": "[" * 100_000,
        "no_number": json.dumps({name: value for name, value in told.items() if name != "run_id"}),
    }
    file = tmp_path / "run.json"
    file.write_text(changed[change], encoding="utf-8")
    code, out, err = told_by(file)
    assert (code, out) == (1, "")
    assert err.startswith("✗ 文件残缺或被改动，无法核验 torn or changed")
    assert len(err.splitlines()) == 1


def test_without_a_file_to_read_it_is_misused(tmp_path: Path, told_by: Callable[..., tuple[int, str, str]]) -> None:
    for words in ((), ("a", "b"), (tmp_path / "none.json",)):
        code, out, err = told_by(*words)
        assert (code, out) == (2, "")
        assert "verify_run.py" in err or "读不到这个文件" in err
        assert "Traceback" not in err


@pytest.mark.parametrize(
    ("zone", "language", "seed"), [("America/Lima", "C", "1"), ("Asia/Shanghai", "zh_CN.UTF-8", "2")]
)
def test_the_bytes_do_not_depend_on_the_process(zone: str, language: str, seed: str) -> None:
    program = (
        "import sys\n"
        "from tests.credit_scoring.scoring.test_stranger import saved\n"
        "from tests.credit_scoring.counts import evidence\n"
        "run = saved([evidence('BLUEBIRD', loss=(3, 1000)), evidence('LADE', own_parcels=0, on_the_way=0)])\n"
        "sys.stdout.buffer.write(run.evidence + run.result)\n"
    )
    here = saved([evidence("BLUEBIRD", loss=(3, 1000)), evidence("LADE", own_parcels=0, on_the_way=0)])
    environment = {"TZ": zone, "LANG": language, "PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"}
    there = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=True, cwd=FILE.parents[1]
    )
    assert there.stdout == here.evidence + here.result
    assert canonical_json(json.loads(here.result)) == here.result
