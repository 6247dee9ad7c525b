"""A case (投诉件): what was told at intake, and what happened to it since, one event after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.codes.channels import Procedure
from tracker.working_days import local_day_of


class Party(StrEnum):
    """Who acts on a case, or is told of it."""

    CONSUMER = "consumer"  # 消费者
    CARRIER = "carrier"  # 企业
    REGULATOR = "regulator"  # 主管部门
    SYSTEM = "system"  # 系统


class Kind(StrEnum):
    """What can happen to a case."""

    TRANSFERRED = "transferred"  # 转办: `to`, an owner
    ANSWERED = "answered"  # 企业答复: `answer`
    SETTLED = "settled"  # 用户满意
    APPEALED = "appealed"  # 申诉: `ground`
    EXTENDED = "extended"  # 延期, once
    ACCEPTED = "accepted"  # 受理 (12315)
    DECLINED = "declined"  # 不予受理 (12315)
    MEDIATED = "mediated"  # 调解终结 (12315)
    DOCKETED = "docketed"  # 立案 (12315)
    NOT_DOCKETED = "not_docketed"  # 不予立案 (12315)
    REPORTER_TOLD = "reporter_told"  # 已告知举报人 (12315)
    FOUND = "found"  # 责任认定: `carrier`, `effective`, `category`, `cause`
    FINDING_REVOKED = "finding_revoked"  # 撤销认定: it is looked at again
    MERGED = "merged"  # 并案: `into`, `points`, `reasons`
    SUSPECTED = "suspected"  # 疑似重复: `of`, `points`, `reasons`
    KEPT_APART = "kept_apart"  # 不并案, or no longer: `other`
    WITHDRAWN = "withdrawn"  # 撤回
    REMINDED = "reminded"  # 催办: `term`, `due`
    FELL_OVERDUE = "fell_overdue"  # 逾期: `term`, `due`


class Answer(StrEnum):
    """What a carrier's answer comes to. A closed list: no free text is taken, which could name a person."""

    DELIVERED_NOW = "delivered_now"  # 已重新投递
    COMPENSATED = "compensated"  # 已赔付
    EXPLAINED = "explained"  # 已说明并致歉
    SENDER_TOLD = "sender_told"  # 已提供寄件人信息 (Order 22/2023 Art. 27)
    CHARGE_RETURNED = "charge_returned"  # 已退费
    NOT_OURS = "not_ours"  # 非企业责任


class Ground(StrEnum):
    """Why somebody appeals (邮政业用户申诉处理办法)."""

    NO_ANSWER = "no_answer"  # 逾期未答复
    UNHAPPY = "unhappy"  # 对答复不满意
    UNREACHABLE = "unreachable"  # 投诉无门


@dataclass(frozen=True, slots=True)
class Case:
    """The intake, never changed. `received_at` is when the channel was told, `recorded_at` when we were.

    `first_owner` was asked first and answers for it (首问负责): `carrier:CODE`, `channel:CODE` or `platform:CODE`.
    `division` is whose rules hold, `origin` and `posted_on` the parcel's; None where nothing tells. Nothing personal.
    """

    case_no: str
    waybill_no: str
    carrier: str
    procedure: Procedure
    channel: str
    channel_asked: str
    source_ref: str | None
    category: Category
    cause: Cause
    received_at: datetime
    recorded_at: datetime
    division: str | None
    origin: str | None
    posted_on: date | None
    first_owner: str
    entered_by: str
    proof: str

    @property
    def received_on(self) -> date:
        """The local day from which the first term is counted."""
        return local_day_of(self.received_at)


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One thing that happened; `data` holds codes only, as Kind says. `account` is a login, empty for others."""

    number: int
    kind: Kind
    at: datetime
    by: Party
    account: str
    data: Mapping[str, str]

    @property
    def day(self) -> date:
        """Its local day."""
        return local_day_of(self.at)
