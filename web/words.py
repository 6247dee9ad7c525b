"""The words (文案): what pages say, one catalogue a language, zh-CN first."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

LANGUAGES = ("zh-CN", "en")
DEFAULT_LANGUAGE = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. A missing key raises KeyError: a page never shows a key in place of a word."""

    lang: str
    catalogue: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The words at a dotted key, with `{name}` places filled."""
        return self.catalogue[key].format(**values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The words for a number of things: `key.one` or `key.other`, with `{n}` written for people."""
        return self(f"{key}.{'one' if number == 1 else 'other'}", n=write_number(number), **values)

    def find(self, key: str) -> str | None:
        """The words at a key that may be absent, as for codes that data brings."""
        return self.catalogue.get(key)


def write_number(number: int) -> str:
    """1234567 as 1,234,567, which both languages read."""
    return f"{number:,}"


def load_words() -> dict[str, Words]:
    """Every language's words, read from `web/locales/*.toml`."""
    return {lang: Words(lang, load_catalogue(lang)) for lang in LANGUAGES}


def load_catalogue(lang: str) -> dict[str, str]:
    """One catalogue, its tables flattened to dotted keys."""
    text = files("web").joinpath("locales", f"{lang}.toml").read_text(encoding="utf-8")
    return dict(_flatten(tomllib.loads(text)))


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
