"""The steps of a parcel's way (环节), and what each is called in EPCIS 2.0 and CBV 2.0."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """One scan's meaning. The order of definition breaks ties between scans of the same time."""

    ANNOUNCED = "announced"  # 下单: the order is known, nothing is in the carrier's hands
    ACCEPTED = "accepted"  # 收寄: the parcel passes into the carrier's hands, sender identified, contents inspected
    SCREENED = "screened"  # 安检: through the security scanner
    BAGGED = "bagged"  # 集包
    UNBAGGED = "unbagged"  # 拆包
    DEPARTED = "departed"  # 发件
    ARRIVED = "arrived"  # 到件
    HANDED_OVER = "handed_over"  # 交接: custody passes between stations or carriers
    OUT_FOR_DELIVERY = "out_for_delivery"  # 派件
    ATTEMPTED = "attempted"  # 派送未成
    STORED = "stored"  # 入柜入站: in a locker or a pick-up station, with the recipient's consent
    DELIVERED = "delivered"  # 签收
    REFUSED = "refused"  # 拒收
    RETURNING = "returning"  # 退回中
    RETURNED = "returned"  # 已退回
    HELD = "held"  # 滞留
    DAMAGED = "damaged"  # 损毁
    LOST = "lost"  # 丢失
    DESTROYED = "destroyed"  # 销毁


STEP_ORDER: dict[Step, int] = {step: number for number, step in enumerate(Step)}


@dataclass(frozen=True, slots=True)
class EpcisMapping:
    """How a step reads in EPCIS 2.0: the event's type and action, CBV 2.0 bizStep and disposition."""

    event_type: str
    action: str
    biz_step: str
    disposition: str


def _object(biz_step: str, disposition: str) -> EpcisMapping:
    return EpcisMapping("ObjectEvent", "OBSERVE", biz_step, disposition)


# CBV `collecting` means collecting for disposal, so 收寄 is `accepting`; `consigning` excludes the finer steps.
EPCIS: dict[Step, EpcisMapping] = {
    Step.ANNOUNCED: EpcisMapping("TransactionEvent", "ADD", "staging_outbound", "in_progress"),
    Step.ACCEPTED: _object("accepting", "in_transit"),
    Step.SCREENED: _object("inspecting", "conformant"),
    Step.BAGGED: EpcisMapping("AggregationEvent", "ADD", "packing", "in_transit"),
    Step.UNBAGGED: EpcisMapping("AggregationEvent", "DELETE", "unpacking", "in_transit"),
    Step.DEPARTED: _object("departing", "in_transit"),
    Step.ARRIVED: _object("arriving", "in_transit"),
    Step.HANDED_OVER: _object("shipping", "in_transit"),
    Step.OUT_FOR_DELIVERY: _object("transporting", "in_transit"),
    Step.ATTEMPTED: _object("transporting", "in_transit"),
    Step.STORED: _object("storing", "in_transit"),
    Step.DELIVERED: _object("accepting", "inactive"),
    Step.REFUSED: _object("holding", "returned"),
    Step.RETURNING: _object("shipping", "returned"),
    Step.RETURNED: _object("accepting", "returned"),
    Step.HELD: _object("holding", "in_transit"),
    Step.DAMAGED: _object("inspecting", "damaged"),
    Step.LOST: _object("holding", "unknown"),
    Step.DESTROYED: _object("destroying", "destroyed"),
}
