"""The subject (评价对象): who is judged."""

from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """What kind of subject a code names."""

    CARRIER = "carrier"  # 快递企业


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject by kind and code."""

    kind: SubjectKind
    code: str


def carrier(code: str) -> Subject:
    """The carrier with this code."""
    return Subject(SubjectKind.CARRIER, code)
