"""Masking an address (地址脱敏): nothing below the building stays, no unit, floor or room (单元户室号).

A number stays only where the word after it names a street, a house on it, a quarter or a building; the first number
that does not ends what is shown. So a spelling that nobody thought of hides too much, never too little.
"""

import re
from enum import IntEnum

REST = "****"  # stands for whatever came after
MAX_ADDRESS = 200

_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_ONES = "零〇一二三四五六七八九"
_COUNTS = _ONES + "十百两"
_WHICH = _COUNTS + "甲乙丙丁戊东西南北中左右"
_PLACE = rf"(?:(?![单元室户层楼栋幢座号弄])[{_HAN}])"
# Skipped as a whole, for names such as 三门峡市 and 户县 hold what elsewhere is a room
_DIVISION = re.compile(
    rf"(?:{_PLACE}{{1,8}}?(?:省|自治区|特别行政区) ?)?(?:{_PLACE}{{1,10}}?(?:市|自治州|地区|盟) ?)?"
    rf"(?:{_PLACE}{{1,10}}?(?:区|县|市|旗) ?)?(?:{_PLACE}{{1,8}}?(?:街道|镇|乡))?"
)
_SPEAKS_CHINESE = re.compile(f"[{_HAN}]")
_POSTCODE = re.compile(rf"^[0-9]{{6}} ?(?=[{_HAN}])")
_SIGN = re.compile(
    r"(?P<end>[*(\[{【「《〔])"
    rf"|(?P<below>(?:第|负|地下)?(?:[{_WHICH}]{{1,4}}(?:单元|室|层|户|梯)|[{_COUNTS}]{{1,4}}(?:楼|门|房))"
    rf"|地下室|半地下|底层|底商|顶层|顶楼|阁楼|[{_ONES}]{{3,}})"
    rf"|(?P<number>[{_COUNTS}]{{1,5}}(?=号|栋|幢|座)|[0-9A-Za-z]+(?: ?[-~/.] ?[0-9A-Za-z]+)*)"
    rf"|(?P<building>大厦|大楼|写字楼|公寓楼|宿舍楼|办公楼|教学楼)"
)
_AFTER_BUILDING = re.compile(r" ?(?:号楼|栋|幢|座|# ?楼|#|号馆|馆)")
_AFTER_HOUSE = re.compile(r" ?号(?!院)")
_AFTER_AREA = re.compile(r" ?(?:号院|期|区|组|村|队|社区|里|巷|弄|路|街|道|大道|环|段|条|支|线|公里|中学|小学)")
_LETTERED_BUILDING = re.compile(r" ?楼")  # A楼; 5楼 is a floor
_ON_STREET = re.compile(
    r"(?:路|街|道|巷|弄|里|段|线|胡同|条|支|环|新村|园区|产业园|工业园|科技园|工业区|开发区) ?[甲乙丙丁附东西南北]?$"
)
_TRAILING = " ,、;:-~/."

_ROOM_WORD = re.compile(r"(?:room|rm|unit|flat|floor|fl|apt|apartment|suite|ste|level|door|no)\.?", re.IGNORECASE)
_STREET_WORD = re.compile(
    r"\b(?:building|bldg|block|tower|road|rd|street|st|avenue|ave|lane|drive|highway|district|village|city|province)\b",
    re.IGNORECASE,
)


class _Level(IntEnum):
    """How near to the door a number leads."""

    AREA = 0  # a quarter, a street, a lane
    HOUSE = 1  # a house on a street
    BUILDING = 2  # a building of a compound: nothing after it stays


def end_address(address: str) -> str:
    """An address in half-width characters as far as its building, `****` for the rest. Never raises."""
    known = _POSTCODE.sub("", address)
    text = known[:MAX_ADDRESS]
    if _SPEAKS_CHINESE.search(text) is None:
        return _end_foreign(text)
    end = _end_of_building(text)
    if end == len(known):
        return known
    shown = text[:end].rstrip(_TRAILING)
    return shown + REST if _SPEAKS_CHINESE.search(shown) else REST


def _end_of_building(text: str) -> int:
    """Where the part ends that may stay."""
    division = _DIVISION.match(text)
    position, level = division.end() if division else 0, _Level.AREA
    while (sign := _SIGN.search(text, position)) is not None:
        if sign["building"]:
            return sign.end()
        word = sign["number"]
        if word is None:
            return sign.start()
        if word.isascii() and word.isalpha() and len(word) > 1 and not _ROOM_WORD.fullmatch(word):
            position = sign.end()  # SOHO, CBD
            continue
        reached, position = _read_marker(text, sign.start(), sign.end(), word)
        if reached is None or (reached is _Level.HOUSE and level is _Level.HOUSE):
            return sign.start()
        if reached is _Level.BUILDING:
            return position
        level = max(level, reached)
    return len(text)


def _read_marker(text: str, start: int, end: int, word: str) -> tuple[_Level | None, int]:
    """What the word after a number says, and where it ends; None where nothing allows the number to stay."""
    is_plain = not any(each in word for each in "-~/. ")
    if is_plain and (found := _AFTER_BUILDING.match(text, end)):
        return _Level.BUILDING, found.end()
    if is_plain and word.isalpha() and word.isascii() and (found := _LETTERED_BUILDING.match(text, end)):
        return _Level.BUILDING, found.end()
    if (found := _AFTER_HOUSE.match(text, end)) and _ON_STREET.search(text[:start]):
        return _Level.HOUSE, found.end()
    if is_plain and (found := _AFTER_AREA.match(text, end)):
        return _Level.AREA, found.end()
    return None, end


def _end_foreign(text: str) -> str:
    """An address without Chinese characters: the parts between commas that hold a number and name no street go."""
    parts = [part.strip() for part in text.split(",")]
    kept = [part if _may_stay(part) else REST for part in parts]
    return ", ".join(kept)


def _may_stay(part: str) -> bool:
    if "*" in part or any(_ROOM_WORD.fullmatch(word) for word in re.findall(r"[A-Za-z]+", part)):
        return False
    return not any(character.isdigit() for character in part) or _STREET_WORD.search(part) is not None
