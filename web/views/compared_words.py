"""Comparisons in words (比较的说法): who is ahead for certain, who cannot be told apart, and never more than that."""

from collections.abc import Mapping

from credit_scoring.scoring.comparison import Compared
from web.words import Words


def write_compared(words: Words, compared: Compared, names: Mapping[str, str], *, by_register: bool = False) -> str:
    """One thing between carriers; `by_register`: there is no chance in it, so a difference is one on record."""
    if len(compared.known) < 2:
        return words("compare.nothing")
    if not compared.ahead:
        return words("compare.same_record") if by_register else words("compare.alike")
    told = write_ahead(words, compared, names)
    if by_register:
        return words("compare.by_register", told=told)
    return words("compare.others_alike", told=told) if compared.alike else told


def write_verdict(words: Words, compared: Compared, names: Mapping[str, str]) -> str:
    """What the scores say, as a sentence over the page."""
    if len(compared.known) < 2:
        return words("compare.verdict_nothing")
    if not compared.ahead:
        return words("compare.verdict_alike")
    told = write_ahead(words, compared, names)
    if not compared.alike:
        return words("compare.verdict_apart", told=told)
    pairs = words("compare.semicolon").join(
        words("compare.pair", one=names[one], other=names[other]) for one, other in compared.alike
    )
    return words("compare.verdict_some", told=told, pairs=pairs)


def write_ahead(words: Words, compared: Compared, names: Mapping[str, str]) -> str:
    """Who is ahead of whom: A before B, C; B before C."""
    return words("compare.semicolon").join(
        words("compare.ahead", one=names[code], others=words("trend.comma").join(names[each] for each in others))
        for code, others in compared.ahead
    )
