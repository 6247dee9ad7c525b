"""The policy (评定方案): a scheme read from its TOML file and checked.

A number is read as the decimal that is written, never as a float. What must not be used is refused with the line of
the table that breaks a rule.
"""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from credit_scoring.errors import SchemeInvalid
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.scheme.rules import TOTAL, Band, Dimension, Grade, Level, Rule, Scheme, Text, require

_FIELDS = {
    "version", "level", "division", "valid_from", "valid_until", "status", "minimum_parcels", "minimum_covered",
    "total", "title", "note",
    "dimensions", "grades", "rules",
}  # fmt: skip


def parse_scheme(content: bytes) -> Scheme:
    """A scheme from its TOML file; raises SchemeInvalid, with the line of what is the reason where it has one."""
    with _reasons(None):
        text = content.decode()
    with _reasons(text):
        table = tomllib.loads(text, parse_float=Decimal)
        _take_only(table, _FIELDS)
        require(table["total"] == TOTAL, f"total 须为 {TOTAL}", f"total must be {TOTAL}", key="total")
        told = table["status"]
        is_known = told in ("proposal", "adopted")
        require(is_known, "status 为 proposal 或 adopted", "status is `proposal` or `adopted`", key="status")
        return Scheme(
            version=_string(table["version"]),
            level=Level(table["level"]),
            division=_string(table["division"]) if "division" in table else None,
            valid_from=_day(table["valid_from"]),
            valid_until=_day(table["valid_until"]),
            proposal=told == "proposal",
            minimum_parcels=_whole(table["minimum_parcels"], key="minimum_parcels"),
            minimum_covered=_whole(table.get("minimum_covered", 0), key="minimum_covered"),  # older texts have none
            title=_text(table["title"]),
            note=_text(table["note"]),
            dimensions={Dimension(name): _whole(points) for name, points in table["dimensions"].items()},
            rules=tuple(_in_its_line(text, "rules", table["rules"], _rule)),
            grades=tuple(_in_its_line(text, "grades", table["grades"], _grade)),
            file=content,
        )


@contextmanager
def _reasons(text: str | None, *, line: int | None = None) -> Iterator[None]:
    """What a file can lack or spell wrongly, as SchemeInvalid; with the line, or that of the key that is at fault."""
    where = _write_line(line)
    try:
        yield
    except KeyError as missing:
        raise SchemeInvalid("scheme_invalid", f"{where}缺少 {missing} · {missing} is missing") from None
    except SchemeInvalid as error:
        where = where or _write_line(_line_of_key(text, error.key) if text and error.key else None)
        raise SchemeInvalid(error.code, f"{where}{error.reason}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise SchemeInvalid("scheme_invalid", f"{where}不是方案文件的写法 · {error}") from error


def _write_line(line: int | None) -> str:
    return f"第 {line} 行 line {line}: " if line else ""


def _line_of_key(text: str, key: str) -> int | None:
    """Where the head, which goes up to the first table, has the key."""
    head = text.partition("\n[")[0].splitlines()
    return next((number for number, line in enumerate(head, 1) if re.match(rf"\s*{re.escape(key)}\s*=", line)), None)


def _in_its_line(text: str, name: str, tables: list[dict[str, Any]], build: Any) -> Iterator[Any]:
    """Each table of an array built, a fault told with the line of its head."""
    heads = [number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[\[\s*{name}\s*\]\]", line)]
    for number, table in enumerate(tables):
        with _reasons(text, line=heads[number] if len(heads) == len(tables) else None):
            yield build(table)


def _rule(table: dict[str, Any]) -> Rule:
    _take_only(table, {"indicator", "dimension", "points", "full", "zero", "bands", "zh", "en"})
    return Rule(
        indicator=IndicatorName(table["indicator"]),
        dimension=Dimension(table["dimension"]),
        points=_whole(table["points"]),
        text=Text(_string(table["zh"]), _string(table["en"])),
        full=_number(table["full"]) if "full" in table else None,
        zero=_number(table["zero"]) if "zero" in table else None,
        bands=tuple(_band(band) for band in table.get("bands", ())),
    )


def _band(table: dict[str, Any]) -> Band:
    _take_only(table, {"from", "to", "points"})
    high = _number(table["to"]) if "to" in table else None
    return Band(_number(table["from"]), high, _whole(table["points"]))


def _grade(table: dict[str, Any]) -> Grade:
    _take_only(table, {"name", "from"})
    return Grade(_string(table["name"]), _whole(table["from"]))


def _text(table: dict[str, Any]) -> Text:
    _take_only(table, {"zh", "en"})
    return Text(_string(table["zh"]), _string(table["en"]))


def _take_only(table: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(table.keys() - known)
    require(not unknown, f"不认识的字段：{'、'.join(unknown)}", f"unknown: {', '.join(unknown)}")


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise SchemeInvalid("scheme_invalid", f"{value!r} 不是文字 · {value!r} is not a text")
    return value


def _whole(value: object, *, key: str = "") -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        said = f"{value!r} 不是整数 · {value!r} is not a whole number"
        raise SchemeInvalid("scheme_invalid", said, key=key)
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise SchemeInvalid("scheme_invalid", f"{value!r} 不是数 · {value!r} is not a number")
    return Decimal(value)


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise SchemeInvalid("scheme_invalid", f"{value!r} 不是日期 · {value!r} is not a day")
    return value
