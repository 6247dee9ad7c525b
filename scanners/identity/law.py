"""Sources (依据): the law behind a rule, chosen by the day of the acceptance that it judges."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Duty(StrEnum):
    """What a rule of the gate serves."""

    IDENTITY = "identity"  # 查验登记寄件人身份, 信件和安全协议用户除外
    DOCUMENT_LIST = "document_list"  # 有效身份证件
    ORGANISATION = "organisation"  # 法人和其他组织
    GUARDIAN = "guardian"  # 不满十四周岁
    INSPECTION = "inspection"  # 收寄验视
    PROHIBITED = "prohibited"  # 禁寄物品
    FORM = "form"  # what no record can do without


@dataclass(frozen=True, slots=True)
class Source:
    """An instrument and its article; `tag` says how far it was read: T the text, S a report of it, P our proposal."""

    zh: str
    en: str
    article: str | None
    tag: str


_REVISED = date(2025, 6, 1)  # 快递暂行条例 as revised by Order 806: Arts 3 to 35 moved up by one
_REGULATION = ("快递暂行条例", "Interim Regulation on Express Delivery")
_REAL_NAME = ("邮件快件实名收寄管理办法（交通运输部令2018年第24号）", "Order 24/2018 on real-name acceptance")
_MOVED = {Duty.IDENTITY: 22, Duty.INSPECTION: 31, Duty.PROHIBITED: 33}
_OTHER = {
    Duty.DOCUMENT_LIST: Source(*_REAL_NAME, "3", "T"),
    Duty.ORGANISATION: Source(*_REAL_NAME, None, "S"),
    Duty.GUARDIAN: Source("个人信息保护法", "Personal Information Protection Law", "28", "P"),
    Duty.FORM: Source("迹信规则", "a rule of this system", None, "P"),
}


def source_of(duty: Duty, day: date) -> Source:
    """The source of a duty for an acceptance on a local day."""
    if duty not in _MOVED:
        return _OTHER[duty]
    zh, en = _REGULATION
    number, order = _MOVED[duty] + (day >= _REVISED), "806" if day >= _REVISED else "697"
    return Source(f"{zh}（国务院令第{order}号）", f"{en} (Order {order})", str(number), "T")
