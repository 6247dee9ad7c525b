"""Case numbers (案件编号): a closed shape, so that no name is typed where the access ledger keeps it for ever.

Letters, digits and `-/.`, brackets, 第 字 号; of other Chinese characters one province's short name where a number or a
bracket follows, and the words below, which courts and offices put into their numbers. A digit must be there; letters
stand four together at most; what is a resident's or a mobile telephone's number is none.
"""

import re
import unicodedata

from stdnum.cn import ric

from tracker.realname.rights_requests import parse_request_no

LENGTH = 64
_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_WORDS = (
    "刑初", "刑终", "刑申", "刑再", "民初", "民终", "民申", "民再", "行初", "行终", "行申", "行再", "执恢", "执",
    "国邮发", "邮管", "邮发", "公刑", "公治", "公网安", "国安", "检刑", "调证", "协查", "行罚", "行政",
)  # fmt: skip
_SHAPE = re.compile(
    rf"(?:[0-9]+|[A-Z]{{1,4}}(?![A-Z])|[-/.()\[\]〔〕第字号]|[{_PROVINCES}](?=[0-9(〔\[邮公检国])|{'|'.join(_WORDS)})+"
)
_MOBILE = re.compile(r"(?:0{0,2}86)?1[3-9][0-9]{9}")


def parse_case_no(typed: str) -> str | None:
    """The number in one spelling, at most 64 characters; None for what has not the shape of one.

    A rights request's number is one however it is spelled.
    """
    if request_no := parse_request_no(typed):
        return request_no
    plain = unicodedata.normalize("NFKC", typed[: 2 * LENGTH]).strip().upper()
    if not 1 <= len(plain) <= LENGTH or not _SHAPE.fullmatch(plain) or not any(each.isdecimal() for each in plain):
        return None
    if sum(each in _PROVINCES for each in plain) > 1:
        return None
    bare = re.sub(r"[^0-9A-Z]", "", plain)
    return None if ric.is_valid(bare) or _MOBILE.fullmatch(bare) else plain
