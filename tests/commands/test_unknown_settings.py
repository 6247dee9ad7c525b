"""Misspelled settings: named with what was probably meant, by the doctor and in the log, and they stop nothing."""

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from tests.house.test_docs import SCRIPT_VARIABLES
from web.cli.program import app
from web.settings import Settings
from web.unknown_settings import find_unknown_settings


def test_every_setting_and_the_scripts_own_are_known() -> None:
    known = {f"JIXIN_{name.upper()}": "1" for name in Settings.model_fields} | dict.fromkeys(SCRIPT_VARIABLES, "1")
    assert find_unknown_settings(known | {"jixin_web_port": "1", "PATH": "/"}) == []


def test_what_is_none_is_named_with_the_nearest() -> None:
    Path("jixin.toml").write_text('data_dri = "x"\nweb_port = 8000\nWEB_HOST = "::1"\n[colours]\nred = 1\n')
    assert find_unknown_settings({"JIXIN_BROKER_PROT": "1884", "JIXIN_XYZZY": ""}) == [
        "JIXIN_BROKER_PROT (JIXIN_BROKER_PORT?)",
        "JIXIN_XYZZY",
        "WEB_HOST (web_host?) in jixin.toml",
        "colours in jixin.toml",
        "data_dri (data_dir?) in jixin.toml",
    ]


def test_the_doctor_warns_and_other_commands_log_one_line(
    settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    del store
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("JIXIN_WEB_PROT", "9000")
    told = CliRunner().invoke(app, ["doctor"]).output
    assert "! 设置 settings · 有不认识的设置 · nobody reads JIXIN_WEB_PROT (JIXIN_WEB_PORT?)" in told
    assert "settings_unknown" not in told + capfd.readouterr().err
    result = CliRunner().invoke(app, ["migrate"])
    lines = (result.output + capfd.readouterr().err).splitlines()
    assert result.exit_code == 0
    assert len([line for line in lines if "settings_unknown" in line and "JIXIN_WEB_PORT?" in line]) == 1
