"""Words in pairs (双语): what a document says in Chinese and, below it, in English."""

from collections.abc import Callable
from dataclasses import dataclass

from web.words import Words


@dataclass(frozen=True, slots=True)
class Pair:
    """The same in both languages; `en` is empty where it would say nothing else."""

    zh: str
    en: str = ""


class Both:
    """Words of both catalogues at once."""

    def __init__(self, zh: Words, en: Words) -> None:
        self.zh, self.en = zh, en

    def __call__(self, key: str, **values: object) -> Pair:
        return self.write(lambda words: words(key, **values))

    def write(self, say: Callable[[Words], str]) -> Pair:
        """What `say` says in each language; said once where both are alike."""
        one, other = (say(words).replace("−", "-") for words in (self.zh, self.en))  # the font has no U+2212
        return Pair(one, "" if other == one else other)
