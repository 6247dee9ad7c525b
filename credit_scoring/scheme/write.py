"""A scheme written (方案成文): the TOML text of what a form tells, as a person would have written it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credit_scoring.evidence.catalogue import INDICATORS
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.scheme.draft import Committee
from credit_scoring.scheme.rules import TOTAL, Band, Dimension, Scheme, Text, require

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")
_BAND = re.compile(r"([0-9.]+)-([0-9.]*):([0-9]+)")


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A rule as typed; without points it is none. `bands` are `0-0.9:0 0.9-:80`, apart by spaces or semicolons."""

    indicator: IndicatorName
    dimension: str
    text: Text
    points: str = ""
    full: str = ""
    zero: str = ""
    bands: str = ""


@dataclass(frozen=True, slots=True)
class SchemeTold:
    """A scheme as typed; `grades` are names and scores, rules without points are left out."""

    version: str
    valid_from: str
    valid_until: str
    minimum: str
    covered: str
    title: Text
    note: Text
    grades: tuple[tuple[str, str], ...]
    rules: tuple[RuleTold, ...]


def tell(scheme: Scheme) -> SchemeTold:
    """A scheme as a form shows it: its own rules in their order, then the indicators that it does not judge."""
    rules = [
        RuleTold(
            indicator=rule.indicator,
            dimension=rule.dimension,
            text=rule.text,
            points=str(rule.points),
            full=_written(rule.full),
            zero=_written(rule.zero),
            bands=" ".join(_band(band) for band in rule.bands),
        )
        for rule in scheme.rules
    ]
    judged = {rule.indicator for rule in scheme.rules}
    others = [
        RuleTold(each.name, Dimension.SERVICE, Text(each.question_zh, each.question_en))
        for each in INDICATORS
        if each.can_have_points and each.name not in judged
    ]
    return SchemeTold(
        version=scheme.version,
        valid_from=scheme.valid_from.isoformat(),
        valid_until=scheme.valid_until.isoformat(),
        minimum=str(scheme.minimum_parcels),
        covered=str(scheme.minimum_covered),
        title=scheme.title,
        note=scheme.note,
        grades=tuple((grade.name, str(grade.from_score)) for grade in scheme.grades),
        rules=(*rules, *others),
    )


def write_scheme(told: SchemeTold, committee: Committee) -> bytes:
    """The text. Raises SchemeInvalid where a number or a day is none; what it says is not judged here."""
    rules = [rule for rule in told.rules if rule.points.strip()]
    sums = {each: sum(_whole(r.points, r.indicator) for r in rules if r.dimension == each) for each in Dimension}
    place = [f"division = {_quoted(committee.division)}"] if committee.division else []
    head = [
        f"version = {_quoted(told.version)}",
        f"level = {_quoted(committee.level)}",
        *place,
        f"valid_from = {_day(told.valid_from, 'valid_from')}",
        f"valid_until = {_day(told.valid_until, 'valid_until')}",
        'status = "adopted"',
        f"minimum_parcels = {_whole(told.minimum, 'minimum_parcels')}",
        f"minimum_covered = {_whole(told.covered, 'minimum_covered')}",
        f"total = {TOTAL}",
    ]
    parts = [
        head,
        ["[title]", *_words(told.title)],
        ["[note]", *_words(told.note)],
        ["[dimensions]", *(f"{each} = {points}" for each, points in sums.items())],
        *(["[[grades]]", f"name = {_quoted(name)}", f"from = {_whole(low, name)}"] for name, low in told.grades),
        *(["[[rules]]", *_rule(rule)] for rule in rules),
    ]
    return ("\n\n".join("\n".join(part) for part in parts) + "\n").encode()


def _rule(rule: RuleTold) -> Iterable[str]:
    yield f"indicator = {_quoted(rule.indicator)}"
    yield f"dimension = {_quoted(rule.dimension)}"
    yield f"points = {_whole(rule.points, rule.indicator)}"
    for name, told in (("full", rule.full), ("zero", rule.zero)):
        if told.strip():
            yield f"{name} = {_number(told, f'{rule.indicator}: {name}')}"
    if rule.bands.strip():
        yield f"bands = [{', '.join(_bands(rule))}]"
    yield from _words(rule.text)


def _bands(rule: RuleTold) -> Iterable[str]:
    for part in re.split(r"[\s;；,，]+", rule.bands.strip(" ;；,，")):
        match = _BAND.fullmatch(part)
        zh, en = f"{part!r} 不是 0.9-0.95:40 这样的分档", f"{part!r} is not a band as in 0.9-0.95:40"
        _require(match is not None, rule.indicator, zh, en)
        assert match is not None
        low, high = (_number(each, rule.indicator) if each else "" for each in match.group(1, 2))
        yield f"{{from = {low}, {f'to = {high}, ' if high else ''}points = {_whole(match[3], rule.indicator)}}}"


def _words(text: Text) -> list[str]:
    return [f"zh = {_quoted(text.zh)}", f"en = {_quoted(text.en)}"]


def _quoted(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, which also wants DEL escaped."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(told: str, where: str) -> str:
    found = told.strip()
    is_number = _NUMBER.fullmatch(found) is not None
    _require(is_number, where, f"{found[:40]!r} 不是数", f"{found[:40]!r} is not a number")
    return found if "." in found else str(int(found))


def _whole(told: str, where: str) -> int:
    number = _number(told, where)
    _require("." not in number, where, f"{number} 不是整数", f"{number} is not a whole number")
    return int(number)


def _day(told: str, where: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        _require(False, where, f"{told[:40]!r} 不是日期", f"{told[:40]!r} is not a day")
        raise


def _require(holds: bool, where: str, zh: str, en: str) -> None:
    require(holds, f"{where}：{zh}", f"{where}: {en}")


def _band(band: Band) -> str:
    return f"{_written(band.low)}-{_written(band.high)}:{band.points}"


def _written(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")
