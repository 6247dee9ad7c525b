"""The code lists (代码表): closed, versioned, each code with its validity and its source; see codes.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from credit_scoring.errors import ArchiveRefused, RecordFault


class CodeList(StrEnum):
    """The lists."""

    MISCONDUCT = "misconduct"  # 失信行为
    MEASURE = "measure"  # 处罚种类
    HONOUR = "honour"  # 表彰奖励
    FOUND = "found"  # 禁寄物品发现环节
    DEPARTMENT = "department"  # 共享部门
    PROOF = "proof"  # 证明材料


class InfoClass(StrEnum):
    """The six classes of information (信息类别), 快递业信用管理暂行办法 ch. 2."""

    BASIC = "basic"  # 基本信息
    LICENSING = "licensing"  # 许可管理信息
    SERVICE_QUALITY = "service_quality"  # 快递服务质量信息
    SAFETY = "safety"  # 寄递安全信息
    RESPONSIBILITY = "responsibility"  # 社会责任信息
    OTHER = "other"  # 其他信息


class Severity(StrEnum):
    """How grave a penalty is (轻微、一般、严重), 信用修复管理办法 (order 36)."""

    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"


@dataclass(frozen=True, slots=True)
class Code:
    """One code; `valid_until` is the day after its last. Class and severity are None in lists that have none."""

    code: str
    zh: str
    en: str
    tag: str
    source: str
    valid_from: date | None
    valid_until: date | None
    info_class: InfoClass | None
    severity: Severity | None

    def in_force(self, day: date) -> bool:
        """Whether the code may judge a document of this day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class CodeBook:
    """All lists of one version, in the file's order."""

    version: str
    lists: Mapping[CodeList, Mapping[str, Code]]


@cache
def load_codes() -> CodeBook:
    """The lists that are shipped."""
    text = files("credit_scoring.archive").joinpath("codes.toml").read_text(encoding="utf-8")
    return read_codes(tomllib.loads(text))


def read_codes(table: Mapping[str, object]) -> CodeBook:
    """The lists of a parsed file. Raises ValueError where a code stands twice, KeyError where a part is missing."""
    lists: dict[CodeList, dict[str, Code]] = {}
    for name in CodeList:
        found = [_code(told) for told in table[name]]  # type: ignore[attr-defined]  # TOML has no types
        lists[name] = {each.code: each for each in found}
        if len(lists[name]) < len(found):
            raise ValueError(f"a code of {name} stands twice")
    return CodeBook(str(table["version"]), lists)


def code_of(name: CodeList, code: str, *, day: date | None, field: str) -> Code:
    """The code, in force on `day` where one is told. Raises ArchiveRefused `code_unknown` or `code_not_in_force`."""
    found = load_codes().lists[name].get(code)
    if found is None:
        raise ArchiveRefused(RecordFault.CODE_UNKNOWN, field)
    if day is not None and not found.in_force(day):
        raise ArchiveRefused(RecordFault.CODE_NOT_IN_FORCE, field)
    return found


def _code(told: Mapping[str, object]) -> Code:
    start, end = told.get("valid_from"), told.get("valid_until")
    return Code(
        code=str(told["code"]),
        zh=str(told["zh"]),
        en=str(told["en"]),
        tag=str(told["tag"]),
        source=str(told["source"]),
        valid_from=start if isinstance(start, date) else None,
        valid_until=end if isinstance(end, date) else None,
        info_class=InfoClass(str(told["class"])) if "class" in told else None,
        severity=Severity(str(told["severity"])) if "severity" in told else None,
    )
