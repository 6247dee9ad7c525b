"""Penalties (行政处罚): how grave one is, by which instrument, and what that weighs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from credit_scoring.archive.codes import CodeList, Severity, code_of

POINTS = {Severity.MINOR: 1, Severity.GENERAL: 3, Severity.SERIOUS: 10}  # a proposal [P]
ORDER_58, ORDER_36 = date(2023, 5, 1), date(2026, 4, 1)  # in force from


@dataclass(frozen=True, slots=True)
class Instrument:
    """What classes a penalty by the day of its document; `tag` says how far it was read for the three classes."""

    zh: str
    en: str
    tag: str


_NOW = Instrument("信用修复管理办法（发改委令第36号）", "Order 36 on credit repair", "S")
_BEFORE = Instrument(
    "失信行为纠正后的信用信息修复管理办法（发改委令第58号），按第36号令分级",
    "Order 58 on credit repair; classed as by Order 36",
    "P",
)
_EARLIER = Instrument("2023-05-01 之前，按第36号令分级", "before 2023-05-01; classed as by Order 36", "P")


def severity_of(measures: Iterable[str], *, day: date) -> Severity:
    """The gravest of the measures of a decision of this day. Raises ArchiveRefused for a code that is none."""
    ranks = list(Severity)
    found = [
        code_of(CodeList.MEASURE, each, day=day, field="measures").severity or Severity.GENERAL for each in measures
    ]
    return max(found, key=ranks.index)


def instrument_of(day: date) -> Instrument:
    """The instrument for a document of this day."""
    if day >= ORDER_36:
        return _NOW
    return _BEFORE if day >= ORDER_58 else _EARLIER
