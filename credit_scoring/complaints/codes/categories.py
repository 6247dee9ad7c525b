"""Categories and causes (投诉类别、二级原因): the bulletin's closed lists, with a version.

The eight categories and the first five causes are the bulletin's; the other causes are proposals.
"""

from enum import StrEnum

VERSION = "2026-1"


class Category(StrEnum):
    """What a complaint is about, as the bulletins of 12305 sort it."""

    DELIVERY = "delivery"  # 投递服务
    DELAY = "delay"  # 延误
    LOSS = "loss"  # 丢失短少
    DAMAGE = "damage"  # 损毁
    ACCEPTANCE = "acceptance"  # 收寄服务
    OVERCHARGE = "overcharge"  # 违规收费
    CASH_ON_DELIVERY = "cash_on_delivery"  # 代收货款
    OTHER = "other"  # 其他


class Cause(StrEnum):
    """The second level."""

    SIGNED_NOT_RECEIVED = "signed_not_received"  # 虚假签收
    NOT_AS_ADDRESSED = "not_as_addressed"  # 未按名址投递
    LATE_ON_THE_ROAD = "late_on_the_road"  # 中转或运输延误
    NOT_COMPENSATED = "not_compensated"  # 未按规定赔偿
    COMPENSATION_TOO_LOW = "compensation_too_low"  # 对赔偿金额不满
    STORED_WITHOUT_CONSENT = "stored_without_consent"  # 未经同意入柜入站
    LATE_AT_THE_DOOR = "late_at_the_door"  # 投递延误
    ALL_LOST = "all_lost"  # 全部丢失
    SOME_MISSING = "some_missing"  # 内件短少
    BROKEN = "broken"  # 内件损毁
    NOT_PICKED_UP = "not_picked_up"  # 未按约定揽收
    NOT_INSPECTED = "not_inspected"  # 未验视或未查验身份
    CHARGED_TOO_MUCH = "charged_too_much"  # 多收、乱收费
    NOT_PAID_OUT = "not_paid_out"  # 货款未结
    NEVER_ORDERED = "never_ordered"  # 收到未下单的邮件快件 (Order 22/2023 Art. 27: the sender is told)
    NOT_TOLD = "not_told"  # 未说明


CAUSES_OF: dict[Category, tuple[Cause, ...]] = {
    Category.DELIVERY: (
        Cause.SIGNED_NOT_RECEIVED,
        Cause.NOT_AS_ADDRESSED,
        Cause.STORED_WITHOUT_CONSENT,
        Cause.NOT_TOLD,
    ),
    Category.DELAY: (Cause.LATE_ON_THE_ROAD, Cause.LATE_AT_THE_DOOR, Cause.NOT_TOLD),
    Category.LOSS: (
        Cause.ALL_LOST,
        Cause.SOME_MISSING,
        Cause.NOT_COMPENSATED,
        Cause.COMPENSATION_TOO_LOW,
        Cause.NOT_TOLD,
    ),
    Category.DAMAGE: (Cause.BROKEN, Cause.NOT_COMPENSATED, Cause.COMPENSATION_TOO_LOW, Cause.NOT_TOLD),
    Category.ACCEPTANCE: (Cause.NOT_PICKED_UP, Cause.NOT_INSPECTED, Cause.NOT_TOLD),
    Category.OVERCHARGE: (Cause.CHARGED_TOO_MUCH, Cause.NOT_TOLD),
    Category.CASH_ON_DELIVERY: (Cause.NOT_PAID_OUT, Cause.NOT_TOLD),
    Category.OTHER: (Cause.NEVER_ORDERED, Cause.NOT_TOLD),
}


def fits(category: Category, cause: Cause) -> bool:
    """Whether a cause stands under a category."""
    return cause in CAUSES_OF[category]
