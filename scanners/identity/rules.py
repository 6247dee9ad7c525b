"""The gate's rules (闸口规则): patterns, limits and their sources, read from rules.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from tracker.wire.document_kinds import DocumentKind


@dataclass(frozen=True, slots=True)
class KindRule:
    """How a kind of document is checked; `source` says where its patterns come from, `tag` how far that was read."""

    kind: DocumentKind
    patterns: tuple[re.Pattern[str], ...]
    source: str
    tag: str
    validity: Literal["term", "end", "none"]
    gb11643: bool = False  # numbers of 18 characters carry a check digit and the birth date
    issued_abroad: bool = False
    terms_years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GateRules:
    """One version of the rules. Ages in full years, terms as their names say."""

    version: str
    first_day: date
    kinds: Mapping[DocumentKind, KindRule]
    guardian_below: int
    adult_from: int
    list_days: int


@cache
def load_rules() -> GateRules:
    """The rules that are shipped."""
    table = tomllib.loads(files("scanners.identity").joinpath("rules.toml").read_text(encoding="utf-8"))
    kinds = [_build_kind(told) for told in table["kind"]]
    return GateRules(
        version=table["version"],
        first_day=table["first_day"],
        kinds={rule.kind: rule for rule in kinds},
        **table["limits"],
    )


def _build_kind(told: dict[str, Any]) -> KindRule:
    return KindRule(
        kind=DocumentKind(told["code"]),
        patterns=tuple(re.compile(pattern) for pattern in told["patterns"]),
        source=told["source"],
        tag=told["tag"],
        validity=told["validity"],
        gb11643=told.get("gb11643", False),
        issued_abroad=told.get("issued_abroad", False),
        terms_years=tuple(told.get("terms_years", ())),
    )
