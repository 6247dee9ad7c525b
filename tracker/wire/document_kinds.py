"""Document kinds (证件种类): what a sender may show, a closed list with a version and a first day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DocumentKind(StrEnum):
    """A document of 邮件快件实名收寄管理办法 (Order 24/2018) Art. 3, which names four sorts and leaves a fifth open."""

    RESIDENT_ID = "RESIDENT_ID"  # 居民身份证
    TEMPORARY_RESIDENT_ID = "TEMPORARY_RESIDENT_ID"  # 临时居民身份证
    MILITARY_ID = "MILITARY_ID"  # 中国人民解放军军人身份证件
    ARMED_POLICE_ID = "ARMED_POLICE_ID"  # 中国人民武装警察身份证件
    HMT_RESIDENCE_PERMIT = "HMT_RESIDENCE_PERMIT"  # 港澳台居民居住证
    HM_TRAVEL_PERMIT = "HM_TRAVEL_PERMIT"  # 港澳居民来往内地通行证
    TW_TRAVEL_PERMIT = "TW_TRAVEL_PERMIT"  # 台湾居民来往大陆通行证
    FOREIGN_PASSPORT = "FOREIGN_PASSPORT"  # 外国公民护照
    PERMANENT_RESIDENT_ID = "PERMANENT_RESIDENT_ID"  # 外国人永久居留身份证: taken as 国家规定的其他


@dataclass(frozen=True, slots=True)
class KindList:
    """One version of the list, for acceptances from its first day on."""

    version: str
    first_day: date
    kinds: frozenset[str]


KIND_LISTS = (KindList("24-2018", date(2018, 10, 22), frozenset(DocumentKind)),)  # the newest first


def kinds_on(day: date) -> KindList | None:
    """The list for acceptances of a day; None before the first one that is known here."""
    return next((each for each in KIND_LISTS if each.first_day <= day), None)
