"""Masking (脱敏): what of a person may stand on paper and screen, by GB/T 41833-2022.

A name hides at least one character, a telephone at least six digits, an address its unit, floor and room (单元户室号),
a document's number all but the last four characters. Anything may come in and nothing raises; masking what is masked
changes nothing, so a form that was masked elsewhere may be masked again.
"""

import re
import unicodedata

from tracker.wire.address_masking import end_address

MASK = "*"
TAIL = 4  # characters at a number's end that may stay
HIDDEN = 6  # so many are hidden before any may stay
MAX_NAME, MAX_NUMBER, MAX_TEXT = 64, 40, 1_000

_COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠"
    " 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋"
    " 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 西门 南荣 东里 东宫 仲长 即墨 达奚 纳兰 第五"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())  # 复姓: where a given name follows, both characters stay
_TWO_DIGITS = (
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86"
    " 90 91 92 93 94 95 98"
)
TWO_DIGIT_COUNTRIES = frozenset(_TWO_DIGITS.split())  # ITU-T E.164: 1 and 7 stand alone, all others have three

_UNSEEN = ("Cc", "Cf", "Cs")
_DASHES = re.compile("[\u2010-\u2015\u2212\u301c\uff5e]")
_DOTS = re.compile("[\u00b7\u2022\u2027\u2219\u22c5\u30fb\u16eb]")
_BLANK_BETWEEN_HAN = re.compile("(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_WORD = re.compile("[^ ·]+")
_SAID_EXTENSION = re.compile(r"(?:转|分机|ext|x|#|,|;)", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"(?<=[0-9*]{7})-[0-9]{1,6}\D*$")


def mask_name(text: str) -> str:
    """A name of which each word keeps its first character, a compound surname (复姓) two: 张*, 欧阳**, J*** S****.

    A word of one character keeps nothing.
    """
    name = _DOTS.sub("·", _plain(text))
    return _WORD.sub(_mask_word, _BLANK_BETWEEN_HAN.sub("", name)[:MAX_NAME]).strip()


def mask_phone(text: str) -> str:
    """A telephone number of which at least six digits are hidden and at most the last four stay: *******8000.

    The country's code, an extension (分机) and whatever is no digit are left out; "" where nothing remains.
    """
    number = _with_digits(_plain(text))
    said = _SAID_EXTENSION.search(number, _end_of_first_digits(number))
    number = _DASHED_EXTENSION.sub("", number[: said.start()] if said else number)
    digits = re.sub(r"[^0-9*]", "", number)
    return _keep_tail(digits[_country_length(number, digits) :])


def phone_tail(text: str) -> str | None:
    """The last four digits of a telephone number, masked or not; None where its masked form shows fewer."""
    tail = mask_phone(text)[-TAIL:]
    return tail if len(tail) == TAIL and MASK not in tail else None


def mask_document(text: str) -> str:
    """A document's number: at most the last four characters stay, six at least are hidden: **************002X."""
    return _keep_tail(re.sub(r"[^0-9A-Z*]", "", _with_digits(_plain(text)).upper()))


def mask_address(text: str) -> str:
    """An address as far as its building, `****` for whatever came after it; as it is where nothing had to go."""
    return end_address(_plain(text))


def _keep_tail(number: str) -> str:
    known = number[-MAX_NUMBER:]
    hidden = len(known) - min(TAIL, max(0, len(known) - HIDDEN))
    return MASK * hidden + known[hidden:]


def _mask_word(match: re.Match[str]) -> str:
    word = match[0]
    shown = 0 if len(word) == 1 else 2 if len(word) > 2 and word[:2] in COMPOUND_SURNAMES else 1
    return word[:shown] + MASK * (len(word) - shown)


def _end_of_first_digits(number: str) -> int:
    """Where a number may have its extension at the earliest: after seven digits."""
    begun = re.match(r"(?:[^0-9*]*[0-9*]){7}", number)
    return begun.end() if begun else len(number)


def _country_length(number: str, digits: str) -> int:
    """How many of the digits say the country: those after + or 00, with these."""
    begun = number.lstrip(" (")
    zeros = 0 if begun.startswith("+") else 2
    if zeros and not begun.startswith("00"):
        return 0
    code = digits[zeros:]
    return zeros + (1 if code[:1] in ("1", "7") else 2 if code[:2] in TWO_DIGIT_COUNTRIES else 3)


def _plain(text: str) -> str:
    """The text in half-width characters, one blank for many, without what nobody sees."""
    known = unicodedata.normalize("NFKC", _DASHES.sub("-", text[:MAX_TEXT]))
    spaced = (" " if character.isspace() else character for character in known)
    return " ".join("".join(each for each in spaced if unicodedata.category(each) not in _UNSEEN).split())


def _with_digits(text: str) -> str:
    """Every script's digits as 0 to 9."""
    return "".join(str(unicodedata.digit(each)) if each.isdigit() else each for each in text)
