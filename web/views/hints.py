"""Hints (格式提示): what the form of an unknown number tells, never more than its confidence allows."""

import re

from tracker.wire.waybills import recognise
from web.words import Words

LIKELY = 0.5
_BOTH = re.compile(r"(.*[\u4e00-\u9fff]) (.+)")  # "中国邮政 China Post": the Chinese name, then the English one


def write_hint(words: Words, number: str) -> str:
    """One sentence about the number's form."""
    forms = recognise(number)
    if forms and forms[0].exact:
        return words("hint.exact", form=_form(words, forms[0].carrier_hint))
    likely = dict.fromkeys(_form(words, form.carrier_hint) for form in forms if form.confidence >= LIKELY)
    return words("hint.likely", form=words("hint.or").join(likely)) if likely else words("hint.unknown")


def _form(words: Words, hint: str) -> str:
    """The hint in the page's language, where it has both."""
    both = _BOTH.fullmatch(hint)
    if both is None:
        return hint
    return both[2] if words.lang == "en" else both[1]
