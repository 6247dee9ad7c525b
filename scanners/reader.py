"""The reader (读码): what a scanner typed, with a real device's quirks, becomes waybill numbers.

Taken off or understood: full-width input, control characters, AIM identifiers (ISO/IEC 15424: ]C0, ]Q1), a configured
prefix and suffix, GS1 element strings and Digital Links of a parcel (AI 00, SSCC), the address of a trace page, one
number read twice without an end between. What is left goes to `parse_waybill_no`, which has the last word.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, pairwise
from urllib.parse import parse_qs, unquote, urlsplit

from scanners.capture import NotAWaybill, parse_waybill_no
from tracker.wire.waybills import recognise

REPEAT_WINDOW = timedelta(seconds=1)
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_ENDS = re.compile(r"[\r\n\t\v\f]+")
_AIM = re.compile(r"\](?P<code>[A-Za-z])(?P<modifier>[0-9A-Z])")
_GS1_CARRIERS = frozenset({"C1", "d2", "Q3", "e0", "J1"})  # symbols whose first character says that GS1 speaks
_GS = "\x1d"
_CONTROL = re.compile(r"[\x00-\x1c\x1e\x1f\x7f\u200b\u2060\ufeff]")
_SSCC = re.compile(r"(?:\(00\)|00)([0-9]{18})(?:\x1d.*|\(.*)?", re.DOTALL)
_LINK = re.compile(r"(?i)https?://")
_MAX_TYPED = 2048
_SHORTEST_TWICE = 10


@dataclass(frozen=True, slots=True)
class Quirks:
    """How this place's scanners are set: what they type before and after each code."""

    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One waybill number; `token` is the one of a trace address on the label, which shows that it was seen."""

    waybill_no: str
    token: str | None = None


def read_codes(typed: str, quirks: Quirks = Quirks()) -> list[Reading]:  # frozen, so shared safely
    """The waybill numbers in what was typed, in order; none in blanks alone. Raises NotAWaybill for anything else."""
    if len(typed) > _MAX_TYPED:
        raise NotAWaybill(f"一次读码太长 · one reading has at most {_MAX_TYPED} characters: {len(typed)}")
    pieces = [piece for piece in _ENDS.split(to_half_width(typed)) if piece.strip()]
    return [reading for piece in pieces for reading in _read_piece(piece, quirks)]


def to_half_width(typed: str) -> str:
    """What a full-width input method made of ASCII, as ASCII."""
    return typed.translate(_HALF_WIDTH)


def _read_piece(piece: str, quirks: Quirks) -> list[Reading]:
    text = _CONTROL.sub("", piece).strip(f" {_GS}")
    if quirks.suffix:
        text = text.removesuffix(quirks.suffix)
    if quirks.prefix:
        text = text.removeprefix(quirks.prefix)
    aim = _AIM.match(text)
    is_gs1 = aim is not None and aim["code"] + aim["modifier"] in _GS1_CARRIERS
    text = text[aim.end() :] if aim is not None else text
    if _LINK.match(text):
        return [_read_link(text)]
    if is_gs1 or text.startswith("("):
        return [Reading(_read_element(text))]
    return [Reading(parse_waybill_no(one)) for one in _apart(text)]


def _apart(text: str) -> list[str]:
    """A number that was read twice without an end between, as one; any other text as it is."""
    half = len(text) // 2
    if half >= _SHORTEST_TWICE and text == text[:half] * 2 and recognise(text[:half]) and not recognise(text):
        return [text[:half]]
    return [text]


def _read_element(text: str) -> str:
    """The SSCC of a GS1 element string. Raises NotAWaybill where a check digit is wrong, or goods are meant."""
    match = _SSCC.fullmatch(text.strip(_GS))
    if match is None:
        raise NotAWaybill(
            "这是商品或地点的码，不是邮件快件的 · a GS1 code of goods or of a place, not of a parcel (AI 00)"
        )
    return _checked_sscc(match[1])


def _read_link(text: str) -> Reading:
    """The number in an address: `…/t/{waybill_no}` of a trace page, `…/00/{sscc}` of a GS1 Digital Link."""
    try:
        address = urlsplit(text)
    except ValueError as error:
        raise NotAWaybill("网址读不出 · a web address that cannot be read") from error
    parts = [unquote(part) for part in address.path.split("/")]
    for key, value in pairwise(parts):
        if key == "00":
            return Reading(_checked_sscc(value))
        if key == "t":
            token = parse_qs(address.query).get("k", [None])[0]
            return Reading(parse_waybill_no(value), token)
    raise NotAWaybill("这个网址不是邮件快件的 · a web address of something else than a parcel")


def _checked_sscc(digits: str) -> str:
    """18 digits with the right check digit (GS1 General Specifications 7.9). Raises NotAWaybill."""
    if not re.fullmatch(r"[0-9]{18}", digits):
        raise NotAWaybill("SSCC 为 18 位数字 · an SSCC has 18 digits")
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(digits[:17]))
    if int(digits[17]) != -weighted % 10:
        raise NotAWaybill("SSCC 校验位不对，请重扫 · the SSCC's check digit is wrong: scan again")
    return digits


@dataclass(slots=True)
class RepeatFilter:
    """Double reads (重复读码): the same number again within the window is one scan. A held trigger holds it open."""

    window: timedelta = REPEAT_WINDOW
    _seen: dict[str, datetime] = field(default_factory=dict)

    def is_repeat(self, waybill_no: str, at: datetime) -> bool:
        """Whether the number was taken, or read again, less than the window ago."""
        last = self._seen.get(waybill_no)
        if last is None or not timedelta() <= at - last < self.window:
            return False
        self._seen[waybill_no] = at
        return True

    def note(self, waybill_no: str, at: datetime) -> None:
        """A number was taken: kept on disk, not only read, so that a scan that failed may be repeated at once."""
        self._seen.pop(waybill_no, None)
        for known in list(islice(self._seen, 2)):  # the oldest go as new ones come: it stays as small as the window
            if at - self._seen[known] >= self.window:
                del self._seen[known]
        self._seen[waybill_no] = at
