"""The gate (实名收寄闸口): 一律要求对寄件人身份信息查验登记后方可收寄. No accepted event is made without its word.

    outcome = decide(acceptance, now=now, held=agreements, devices=self_service)
    if isinstance(outcome, Accepted): scan = capture_accepted(outcome, …)   # scanners.capture
    else: refusals.put(outcome, …)                                          # scanners.refusal_register

Pure: the clock and the lists of agreements and of self-service devices come in. An `Accepted` is made here and nowhere
else.
"""

from dataclasses import InitVar, dataclass
from datetime import datetime

from scanners.capture import NotAWaybill, parse_waybill_no
from scanners.goods.inspection import check_goods
from scanners.goods.prohibited import load_stop_list
from scanners.identity.agreements import HeldAgreements, check_agreement
from scanners.identity.on_the_waybill import check_on_waybill, look_again_at
from scanners.identity.presented import Acceptance, AgreementCustomer, Declined, Letter, Preverified, Shown
from scanners.identity.preverification import HeldDevices, check_voucher
from scanners.identity.reasons import Caution, Reason, Refusal, build_refusal
from scanners.identity.rules import GateRules, load_rules
from scanners.identity.shown import Found, SealedFields, judge_shown
from tracker.wire.details import LOCAL, AcceptedDetails, Identity
from tracker.wire.details import Inspection as InspectionDetails
from tracker.wire.remote_check import Voucher

_GATE = object()  # who holds it is the gate


@dataclass(frozen=True, slots=True)
class Accepted:
    """The parcel may be taken. `details` go into the event; its identity has no commitment yet where `sealed` is told.

    `sealed` is None under an exemption: nobody's document was seen here.
    """

    waybill_no: str
    decided_at: datetime
    details: AcceptedDetails
    sealed: SealedFields | None
    cautions: tuple[Caution, ...]
    rule_version: str
    gate: InitVar[object]  # not kept, so that `replace` cannot make another one of it

    def __post_init__(self, gate: object) -> None:
        if gate is not _GATE:
            raise TypeError("only the gate accepts")


@dataclass(frozen=True, slots=True)
class Refused:
    """The parcel may not be taken; every reason, in the order in which a clerk would meet them."""

    waybill_no: str | None
    decided_at: datetime
    refusals: tuple[Refusal, ...]
    rule_version: str

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(refusal.reason for refusal in self.refusals)


def decide(
    acceptance: Acceptance,
    *,
    now: datetime,
    held: HeldAgreements | None = None,
    devices: HeldDevices | None = None,
    rules: GateRules | None = None,
) -> Accepted | Refused:
    """Whether this parcel may be taken now. `now` is aware; laws and terms go by its local day in Asia/Shanghai."""
    rules = rules or load_rules()
    today = now.astimezone(LOCAL).date()
    waybill_no = read_waybill(acceptance.waybill_no)
    found = _judge_evidence(acceptance, waybill_no=waybill_no, now=now, held=held, devices=devices, rules=rules)
    goods = check_goods(
        acceptance.declaration,
        acceptance.inspection,
        is_letter=isinstance(acceptance.evidence, Letter),
        stop_list=load_stop_list(),
    )
    reasons = dict.fromkeys((*check_on_waybill(acceptance, waybill_no), *found.reasons, *goods))
    inspection = acceptance.inspection
    if reasons or waybill_no is None or found.identity is None or inspection is None:
        refusals = tuple(build_refusal(reason, day=today, rule_version=rules.version) for reason in reasons)
        return Refused(waybill_no, now, refusals, rules.version)
    details = AcceptedDetails(
        identity=found.identity,
        inspection=InspectionDetails(
            result=inspection.result, category=inspection.category, quantity=inspection.quantity
        ),
        weight_g=inspection.weight_g,
    )
    cautions = (*look_again_at(waybill_no), *found.cautions)
    return Accepted(waybill_no, now, details, found.sealed, cautions, rules.version, gate=_GATE)


def read_waybill(text: str) -> str | None:
    """The number as the event will carry it; None where the text is none."""
    try:
        return parse_waybill_no(text)
    except NotAWaybill:
        return None


def _judge_evidence(
    acceptance: Acceptance,
    *,
    waybill_no: str | None,
    now: datetime,
    held: HeldAgreements | None,
    devices: HeldDevices | None,
    rules: GateRules,
) -> Found:
    match acceptance.evidence:
        case Shown() as shown:
            return judge_shown(acceptance.sender, shown, today=now.astimezone(LOCAL).date(), rules=rules)
        case Declined():
            return Found((Reason.DOCUMENT_DECLINED,))
        case Letter():
            return Found((), Identity(exemption="LETTER"))
        case AgreementCustomer(agreement_no):
            reasons = check_agreement(
                agreement_no,
                held,
                sender=acceptance.sender,
                carrier=acceptance.carrier,
                now=now,
                list_days=rules.list_days,
            )
            return Found(tuple(reasons), Identity(exemption="AGREEMENT_CUSTOMER", agreement_no=agreement_no))
        case Preverified(voucher, used):
            return _judge_checked(
                check_voucher(
                    voucher,
                    devices,
                    carrier=acceptance.carrier,
                    waybill_no=waybill_no,
                    of_organisation=acceptance.sender.organisation is not None,
                    used=used,
                    now=now,
                    list_days=rules.list_days,
                )
            )
        case None:
            return Found((Reason.DOCUMENT_MISSING,))


def _judge_checked(checked: Voucher | Reason) -> Found:
    if isinstance(checked, Reason):
        return Found((checked,))
    identity = Identity(kind=checked.kind.value, exemption="SELF_SERVICE_PREVERIFIED", commitment=checked.commitment)
    return Found((), identity)
