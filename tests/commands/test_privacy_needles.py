"""`doctor --privacy --needles FILE`: what of a list lies open here is told by its line, and never repeated."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from tests.realname.world import keep_record, make_vault
from web.cli.program import app
from web.privacy.installation_search import tables_of
from web.privacy.media import Medium, Search
from web.privacy.needles import Needle, NeedleKind

NAME, PHONE = "欧阳锦绣", "13800138000"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`doctor` with these words, in an installation that has a database and a log."""
    data = tmp_path / "var"
    data.mkdir()
    with closing(sqlite3.connect(data / "jixin.db")) as store, store:
        store.execute("CREATE TABLE parcel (waybill_no TEXT, weight_g INTEGER)")
        store.execute("INSERT INTO parcel VALUES ('W1', 1250)")
    (data / "up.log").write_text('{"event": "started"}\n')
    monkeypatch.setenv("JIXIN_DATA_DIR", str(data))
    monkeypatch.setenv("TERM", "dumb")
    Path("list").write_text(f"{NAME}\n\n  {PHONE}\n", encoding="utf-8")
    return lambda *words: CliRunner().invoke(app, ["doctor", *words])


def test_where_nothing_lies_open_it_says_how_much_was_read(run: Run) -> None:
    result = run("--privacy", "--needles", "list")
    assert result.exit_code == 0, result.output
    assert "✓ 日志 logs · 21 字节 octets · 0 处 hits" in result.output
    assert "✓ 无一处外露 nothing lies open · 2 个值 values" in result.output


def test_what_lies_open_is_told_by_its_line_and_never_repeated(run: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "var" / "jixin.db")) as store, store:
        store.execute("INSERT INTO parcel VALUES ('W2', ?)", (int(PHONE),))
    with (tmp_path / "var" / "up.log").open("a") as log:
        log.write(json.dumps({"event": "accepted", "sender": NAME}) + "\n")
    result = run("--privacy", "--needles", "list")
    assert result.exit_code == 1
    assert "logs · up.log · 第 1 行 line 1 · JSON escapes · 偏移 offset 54 · 1 次 times" in result.output
    assert "database · jixin.db › parcel · 第 3 行 line 3 · utf-8 ·" in result.output
    assert "✗ 有值外露 values lie open" in result.output
    told = run("--privacy", "--needles", "list", "--json")
    assert told.exit_code == 1
    report = json.loads(told.stdout)
    assert (report["ok"], {each["line"] for each in report["hits"]}) == (False, {1, 3})
    for value in (NAME, PHONE):
        assert value not in result.output + told.output


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xc5\xb7\xd1\xf4", "UTF-8"), (b"\n \n", "names no value"), ("欧阳锦绣\n李\n".encode(), "line 2")],
)
def test_a_list_that_cannot_be_used_is_refused_without_repeating_it(
    run: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "list").write_bytes(content)
    result = run("--privacy", "--needles", "list")
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert "李" not in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("--needles", "list"), ("--parcels", "3"), ("--seed", "1"), ("--privacy", "--audit"),
        ("--privacy", "--needles", "list", "--seed", "0"), ("--privacy", "--parcels", "0"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together_are_refused(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_without_a_data_dir_or_a_list_it_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--privacy", "--needles", "nowhere").exit_code == 1
    monkeypatch.setenv("JIXIN_DATA_DIR", "nowhere")
    result = run("--privacy", "--needles", "list")
    assert (result.exit_code, "JIXIN_DATA_DIR" in result.output) == (1, True)


def test_a_database_is_read_table_by_table_on_either_engine(engine: Engine, tmp_path: Path) -> None:
    keep_record(engine, make_vault(tmp_path / "vault"))
    planted = Needle(NeedleKind.NAMED, "13800138000", line=1)
    sealed = Needle(NeedleKind.NAMED, "11010519491231002X", line=2)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE planted (octets BLOB, number BIGINT)".replace(
            "BLOB", "BYTEA" if engine.dialect.name == "postgresql" else "BLOB")))  # fmt: skip
        connection.execute(sa.text("INSERT INTO planted VALUES (:octets, :number)"),
                           {"octets": b"\x00\xff13800138000", "number": 13800138000})  # fmt: skip
    search = Search.of([planted, sealed])
    search.look_at(Medium.DATABASE, tables_of(engine))
    assert [(hit.inside, hit.needle.line) for hit in search.hits] == [("planted", 1), ("planted", 1)]
