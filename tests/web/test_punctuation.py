"""Punctuation (标点): a Chinese sentence is pointed the Chinese way, wherever people read it."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from web.words import load_catalogue

ROOT = Path(__file__).parents[2]
HAN = "\u4e00-\u9fff\u3001\u3002\uff08\uff09\uff0c\uff1a\uff1b\u201c\u201d"
HALF = re.compile(rf"[{HAN}][,:;!?()]|[,:;!?()][{HAN}]")
SPOKEN_HALF = re.compile(  # a term in brackets after English, carrier code (企业代码), is pointed as English
    r"[\u4e00-\u9fff\u201d\uff09][,:;!?(]|[,:;!?][\u4e00-\u9fff\u201c]"
)
PATTERN = re.compile(r"\(\?|\|")
CHINESE = ("zh", "zh-CN")
TABLES = sorted(
    path for part in ("credit_scoring", "scanners", "tracker") for path in (ROOT / part).rglob("*.toml")
)  # their texts stand under `zh` or `…_zh`


def texts_in(table: Any, key: str = "") -> Iterator[str]:
    """Every Chinese text in a table's tables and lists."""
    if isinstance(table, dict):
        for name, value in table.items():
            yield from texts_in(value, name)
    elif isinstance(table, list):
        for value in table:
            yield from texts_in(value, key)
    elif isinstance(table, str) and (key == "zh" or key.endswith("_zh")):
        yield table


def test_the_rule_knows_both_ways() -> None:
    assert HALF.search("先停掉,再试")
    assert HALF.search("重量(克)")
    assert not HALF.search("先停掉，再试 (GB/T 2260), kg: 2")


def test_the_pages_words_are_pointed_the_chinese_way() -> None:
    assert [(key, text) for key, text in load_catalogue("zh-CN").items() if HALF.search(text)] == []


def test_the_counters_words_are_pointed_the_chinese_way() -> None:
    words = json.loads((ROOT / "scanners/counter/static/words.json").read_text(encoding="utf-8"))
    chinese = words[next(lang for lang in CHINESE if lang in words)]
    assert len(chinese) > 100
    assert [(key, text) for key, text in chinese.items() if HALF.search(text)] == []


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_words_that_stand_beside_rules_are_pointed_the_chinese_way(path: Path) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [text for text in texts_in(table) if HALF.search(text)] == []


def texts_of_program(source: str) -> Iterator[str]:
    """What a Python file says to people: its string literals and its commands' help, `X` where a value is filled in.

    Not what only programmers read, nor what is no text: other docstrings, regular expressions, a character alone.
    """
    tree = ast.parse(source)
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    silent -= {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
               and isinstance(node.body[0], ast.Expr) and any(map(is_command, node.decorator_list))}  # fmt: skip
    filled = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in filled for part in node.values}
    for node in filled:
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent | parts:
            yield node.value


def is_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in ("command", "callback")


def is_spoken(text: str) -> bool:
    """Whether it is a text of some words, and no pattern."""
    return len(re.findall("[\u4e00-\u9fff]", text)) > 1 and not PATTERN.search(text)


@pytest.mark.parametrize("part", ["credit_scoring", "scanners", "tracker", "web"])
def test_what_programs_say_is_pointed_the_chinese_way(part: str) -> None:
    files = sorted(path for path in (ROOT / part).rglob("*.py") if "counter" not in path.parts)  # it has its words.json
    spoken = [(path.name, text) for path in files for text in texts_of_program(path.read_text(encoding="utf-8"))
              if is_spoken(text)]  # fmt: skip
    assert len(spoken) > 30
    assert [(name, text) for name, text in spoken if SPOKEN_HALF.search(text)] == []


def test_a_program_s_texts_are_told_from_what_is_none() -> None:
    source = '''"""模块,不算。"""
@app.command()
def stop(now: bool) -> None:
    """停止:不说明。"""
    fail(f"端口 {port} 被占用:先停,再试")
    re.compile("(?:省|市),")
    Query(description="carrier code (企业代码)")
'''
    found = [text for text in texts_of_program(source) if is_spoken(text)]
    assert found == ["端口 X 被占用:先停,再试", "停止:不说明。", "carrier code (企业代码)"]
    assert [text for text in found if SPOKEN_HALF.search(text)] == found[:2]


@pytest.mark.parametrize("path", sorted((ROOT / "web/templates").glob("*.html")), ids=lambda path: path.name)
def test_a_template_points_nothing_itself(path: Path) -> None:
    shown = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not HALF.search(shown)
