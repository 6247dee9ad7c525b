"""The policy (评定方案): the schemes that travel with the program, one TOML file a version, read and checked."""

import hashlib
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from credit_scoring.errors import SchemeInvalid, SchemeUnknown
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.scheme.rules import TOTAL, Grade, Rule, Scheme, Text, require

__all__ = ["Grade", "Rule", "Scheme", "Text", "load_scheme", "parse_scheme", "schemes"]

_FIELDS = {"version", "valid_from", "status", "minimum_parcels", "total", "title", "note", "grades", "rules"}


def load_scheme(version: str | None = None) -> Scheme:
    """The scheme of a version, by default the newest; raises SchemeUnknown."""
    shipped = _shipped()
    if version is None:
        return next(reversed(shipped.values()))
    if version not in shipped:
        raise SchemeUnknown("scheme_unknown", "no scheme has this version")
    return shipped[version]


def schemes() -> list[str]:
    """Every version, the oldest first."""
    return list(_shipped())


def parse_scheme(content: bytes) -> Scheme:
    """A scheme from its TOML file; raises SchemeInvalid."""
    with _reasons():
        table = tomllib.loads(content.decode())
        _take_only(table, _FIELDS)
        require(table["total"] == TOTAL, f"total must be {TOTAL}")
        require(table["status"] in ("proposal", "adopted"), "status is `proposal` or `adopted`")
        return Scheme(
            version=_string(table["version"]),
            valid_from=_day(table["valid_from"]),
            proposal=table["status"] == "proposal",
            minimum_parcels=_whole(table["minimum_parcels"]),
            title=_text(table["title"]),
            note=_text(table["note"]),
            rules=tuple(_rule(rule) for rule in table["rules"]),
            grades=tuple(_grade(grade) for grade in table["grades"]),
            sha256=hashlib.sha256(content).hexdigest(),
        )


@cache
def _shipped() -> dict[str, Scheme]:
    """Every scheme by version, in the order in which they begin to hold."""
    folder = resources.files("credit_scoring.scheme") / "schemes"
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            scheme = parse_scheme(file.read_bytes())
            require(file.name == f"{scheme.version}.toml", f"{file.name} holds version {scheme.version}")
            found.append(scheme)
    return {scheme.version: scheme for scheme in sorted(found, key=lambda scheme: (scheme.valid_from, scheme.version))}


@contextmanager
def _reasons() -> Iterator[None]:
    """What a file can lack or spell wrongly, as SchemeInvalid."""
    try:
        yield
    except KeyError as missing:
        raise SchemeInvalid("scheme_invalid", f"{missing} is missing") from None
    except SchemeInvalid:
        raise
    except (ValueError, TypeError, AttributeError) as error:
        raise SchemeInvalid("scheme_invalid", str(error)) from error


def _rule(table: dict[str, Any]) -> Rule:
    _take_only(table, {"indicator", "points", "full", "zero", "zh", "en"})
    words = Text(_string(table["zh"]), _string(table["en"]))
    name = IndicatorName(table["indicator"])
    return Rule(name, _whole(table["points"]), _number(table["full"]), _number(table["zero"]), words)


def _grade(table: dict[str, Any]) -> Grade:
    _take_only(table, {"name", "from"})
    return Grade(_string(table["name"]), _whole(table["from"]))


def _text(table: dict[str, Any]) -> Text:
    _take_only(table, {"zh", "en"})
    return Text(_string(table["zh"]), _string(table["en"]))


def _take_only(table: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(table.keys() - known)
    require(not unknown, f"unknown: {', '.join(unknown)}")


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"{value!r} is not a day")
    return value
