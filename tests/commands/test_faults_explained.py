"""Faults from outside: a path and what to do, never a bare number; advice about a database that fits."""

import errno
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from web.cli.program import app
from web.commands import database_faults
from web.commands.database_faults import explain_database
from web.commands.installation import receipt_key
from web.os_errors import explain_os_error
from web.settings import Settings


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOENT, "there is no /x/y.json"),
        (errno.EEXIST, "/x/y.json is there already"),
        (errno.EPERM, "may not read or write /x/y.json"),
        (errno.EACCES, "owner and mode"),
        (errno.ENOSPC, "free some room"),
        (errno.ELOOP, "(/x/y.json)"),
    ],
)
def test_an_error_of_the_system_names_the_path_and_what_to_do(number: int, told: str) -> None:
    said = explain_os_error(OSError(number, "raw", "/x/y.json"))
    assert told in said
    assert "Errno" not in said


def test_a_draft_is_told_by_the_name_that_was_asked_for() -> None:
    assert "write /x/gun.json:" in explain_os_error(OSError(errno.EACCES, "raw", "/x/gun.json.0123456789abcdef"))


def test_an_error_without_a_path_still_says_something() -> None:
    assert explain_os_error(OSError(errno.ENOENT, "No such file")).endswith("No such file")
    assert "OSError" in explain_os_error(OSError())


def test_commands_say_no_bare_number(
    settings: Settings, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del store
    receipt_key(settings)
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    taken = tmp_path / "taken"
    taken.touch()
    for words in (
        ["station", "--enrolment", str(tmp_path / "none.json")],
        ["station", "--enrolment", str(tmp_path)],
        ["verify", str(tmp_path / "none.json")],
        ["verify", str(taken / "none.json")],
        ["backup", "--out", str(taken)],
    ):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 1
        assert str(tmp_path) in result.stderr
        assert " · " in result.stderr
        assert "Errno" not in result.stderr


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("connection failed: Connection refused", "is PostgreSQL running"),
        ('FATAL:  password authentication failed for user "jixin"', "user and password"),
        ('FATAL:  database "jixin" does not exist', "createdb"),
        ('FATAL:  role "jixin" does not exist', "user and password"),
        ("FATAL:  the database system is starting up", "wait"),
        ("something else", "see JIXIN_DATABASE_URL"),
    ],
)
def test_advice_about_postgresql_fits(why: str, told: str) -> None:
    said = explain_database("postgresql://jixin:secret@db.example/jixin", why)
    assert told in said
    assert "db.example/jixin" in said
    assert "migrate" not in said
    assert "secret" not in said


def test_advice_about_sqlite_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, why = f"sqlite:///{tmp_path / 'jixin.db'}", "unable to open database file"
    assert "is a folder" in explain_database(f"sqlite:///{tmp_path}", why)
    assert "jixin migrate" in explain_database(f"sqlite:///{tmp_path / 'none' / 'jixin.db'}", why)
    assert "free some room" in explain_database(url, "database or disk is full")
    monkeypatch.setattr(database_faults.os, "access", lambda *_: False)
    said = explain_database(url, why)
    assert f"may not write it: see owner and mode of {tmp_path}" in said
    assert str(tmp_path / "jixin.db") in said
    assert "migrate" not in said
