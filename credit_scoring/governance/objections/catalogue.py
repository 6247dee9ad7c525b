"""The catalogue of objections (异议用语): grounds and reasons of a decision, closed, in both languages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from credit_scoring.voices.catalogue import Phrase


@dataclass(frozen=True, slots=True)
class ObjectionWords:
    """What may be said, by code, in the file's order; `upholding` are the reasons that uphold."""

    version: str
    grounds: Mapping[str, Phrase]
    reasons: Mapping[str, Phrase]
    upholding: frozenset[str]


@cache
def objection_words() -> ObjectionWords:
    """The catalogue that travels with the program."""
    file = resources.files("credit_scoring.governance.objections") / "catalogue.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return ObjectionWords(
        version=table["version"],
        grounds={code: Phrase(code, each["zh"], each["en"]) for code, each in table["grounds"].items()},
        reasons={code: Phrase(code, each["zh"], each["en"]) for code, each in table["reasons"].items()},
        upholding=frozenset(code for code, each in table["reasons"].items() if each["upholds"]),
    )
