"""Refused voices (不予采纳): why a review, an inspection or a rating was not taken, in stable codes."""

from enum import StrEnum

from credit_scoring.errors import CreditError


class Refusal(StrEnum):
    """Why. The one who speaks must act, or cannot."""

    NOT_DELIVERED = "not_delivered"  # 尚未签收
    REVIEW_CLOSED = "review_closed"  # 已过评价期
    NO_RECIPIENT = "no_recipient"  # 无法证明收件人
    CODE_FORGED = "code_forged"  # 评价码无效
    CODE_EXPIRED = "code_expired"  # 评价码过期
    CODE_OF_ANOTHER_PARCEL = "code_of_another_parcel"  # 评价码属于另一件
    CODE_USED = "code_used"  # 评价码已用过
    FOLLOW_UPS_USED = "follow_ups_used"  # 追评次数已满
    STARS_INVALID = "stars_invalid"  # 星级不符
    TAGS_INVALID = "tags_invalid"  # 标签不符
    ANSWERS_INVALID = "answers_invalid"  # 检查表不完整
    PERIOD_NOT_OVER = "period_not_over"  # 评价月份未结束
    PARCELS_NOT_YOURS = "parcels_not_yours"  # 不是本平台的件
    PHRASE_UNKNOWN = "phrase_unknown"  # 没有这句用语


class VoiceRefused(CreditError):
    """A voice that was not taken; `code` is a Refusal."""

    def __init__(self, code: Refusal, reason: str) -> None:
        super().__init__(code, reason)
