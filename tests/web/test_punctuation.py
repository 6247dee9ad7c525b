"""Punctuation (标点): a Chinese sentence is pointed the Chinese way, wherever people read it."""

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


@pytest.mark.parametrize("path", sorted((ROOT / "web/templates").glob("*.html")), ids=lambda path: path.name)
def test_a_template_points_nothing_itself(path: Path) -> None:
    shown = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not HALF.search(shown)
