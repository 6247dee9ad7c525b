"""Refused objections (不予受理的异议): why an objection, or a step of one, was not taken, in stable codes."""

from enum import StrEnum

from credit_scoring.errors import CreditError


class ObjectionRefusal(StrEnum):
    """Why; the one who asked must act, or cannot."""

    POINT_UNKNOWN = "point_unknown"  # 没有这一项
    NOT_YOURS = "not_yours"  # 不是本企业的
    YEAR_CLOSED = "year_closed"  # 该年度已截止
    ALREADY_OPEN = "already_open"  # 已有未办结的异议
    GROUND_UNKNOWN = "ground_unknown"  # 没有这种理由
    PARCELS_INVALID = "parcels_invalid"  # 所列的件不符
    EVIDENCE_MISSING = "evidence_missing"  # 没有证据
    EVIDENCE_TYPE = "evidence_type"  # 证据类型不符
    EVIDENCE_SIZE = "evidence_size"  # 证据过大
    STEP_IMPOSSIBLE = "step_impossible"  # 当前状态不能这样办
    REASON_UNKNOWN = "reason_unknown"  # 没有这种决定理由
    NOTHING_TO_EXCLUDE = "nothing_to_exclude"  # 没有可剔除的依据


class ObjectionRefused(CreditError):
    """An objection, or a step, that was not taken; `code` is an ObjectionRefusal."""

    def __init__(self, code: ObjectionRefusal, reason: str) -> None:
        super().__init__(code, reason)
