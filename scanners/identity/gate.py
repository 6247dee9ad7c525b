"""The gate (实名收寄闸口): 一律要求对寄件人身份信息查验登记后方可收寄. No accepted event is made without its word.

    outcome = decide(acceptance, now=now, held=agreements)
    if isinstance(outcome, Accepted): scan = capture_accepted(outcome, …)   # scanners.capture
    else: refusals.put(outcome, …)                                          # scanners.refusal_register

Pure: the clock and the list of agreements come in. An `Accepted` is made here and nowhere else.
"""

from dataclasses import InitVar, dataclass
from datetime import date, datetime, timedelta

from scanners.capture import NotAWaybill, parse_waybill_no
from scanners.goods.inspection import check_goods
from scanners.goods.prohibited import load_stop_list
from scanners.identity.agreements import HeldAgreements, check_agreement
from scanners.identity.documents import CheckedDocument, age_on, check_document
from scanners.identity.on_the_waybill import check_on_waybill, look_again_at
from scanners.identity.organisations import check_organisation, read_uscc
from scanners.identity.presented import (
    Acceptance,
    AgreementCustomer,
    Declined,
    Document,
    Letter,
    Preverified,
    RemoteCheck,
    Shown,
)
from scanners.identity.reasons import Caution, Reason, Refusal, build_refusal
from scanners.identity.rules import GateRules, load_rules
from scanners.identity.spelling import is_same_name
from tracker.wire.details import LOCAL, AcceptedDetails, Identity
from tracker.wire.details import Inspection as InspectionDetails

_GATE = object()  # who holds it is the gate


@dataclass(frozen=True, slots=True, repr=False)
class SealedDocument:
    """One document of the register, normalised: what its holder shows again if asked."""

    kind: str
    number: str
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class SealedFields:
    """What is sealed at the counter for the vault, and is nowhere open again. Its `repr` tells nothing.

    Where `uscc` is told the sender is an organisation, and `document` is the responsible person's.
    """

    document: SealedDocument
    name: str
    phone: str
    address: str
    organisation: str | None = None
    uscc: str | None = None
    guardian: SealedDocument | None = None


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


@dataclass(frozen=True, slots=True)
class _Found:
    """What the sender's evidence came to."""

    reasons: tuple[Reason, ...]
    identity: Identity | None = None
    sealed: SealedFields | None = None
    cautions: tuple[Caution, ...] = ()


def decide(
    acceptance: Acceptance, *, now: datetime, held: HeldAgreements | None = None, rules: GateRules | None = None
) -> Accepted | Refused:
    """Whether this parcel may be taken now. `now` is aware; laws and terms go by its local day in Asia/Shanghai."""
    rules = rules or load_rules()
    today = now.astimezone(LOCAL).date()
    waybill_no = _read_waybill(acceptance.waybill_no)
    found = _judge_evidence(acceptance, waybill_no, now, held, rules)
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


def _read_waybill(text: str) -> str | None:
    try:
        return parse_waybill_no(text)
    except NotAWaybill:
        return None


def _judge_evidence(
    acceptance: Acceptance,
    waybill_no: str | None,
    now: datetime,
    held: HeldAgreements | None,
    rules: GateRules,
) -> _Found:
    match acceptance.evidence:
        case Shown() as shown:
            return _judge_shown(acceptance, shown, now.astimezone(LOCAL).date(), rules)
        case Declined():
            return _Found((Reason.DOCUMENT_DECLINED,))
        case Letter():
            return _Found((), Identity(exemption="LETTER"))
        case AgreementCustomer(agreement_no):
            reasons = check_agreement(
                agreement_no,
                held,
                sender=acceptance.sender,
                carrier=acceptance.carrier,
                now=now,
                list_days=rules.list_days,
            )
            return _Found(tuple(reasons), Identity(exemption="AGREEMENT_CUSTOMER", agreement_no=agreement_no))
        case Preverified(check):
            return _judge_remote(check, waybill_no, now, rules)
        case None:
            return _Found((Reason.DOCUMENT_MISSING,))


def _judge_remote(check: RemoteCheck | None, waybill_no: str | None, now: datetime, rules: GateRules) -> _Found:
    if check is None:
        return _Found((Reason.PREVERIFICATION_MISSING,))
    age = now - check.checked_at
    if check.waybill_no != waybill_no or not timedelta() <= age <= timedelta(hours=rules.preverified_hours):
        return _Found((Reason.PREVERIFICATION_INVALID,))
    identity = Identity(kind=check.kind.value, exemption="SELF_SERVICE_PREVERIFIED", commitment=check.commitment)
    return _Found((), identity)


def _judge_shown(acceptance: Acceptance, shown: Shown, today: date, rules: GateRules) -> _Found:
    sender, document = acceptance.sender, shown.document
    checked = check_document(document, today=today, rules=rules)
    reasons = list(checked.faults)
    both_told = document.name.strip() and sender.name.strip()  # an empty one is missing, and no other person's
    if both_told and not is_same_name(document.name, sender.name):
        reasons.append(Reason.SENDER_MISMATCH)
    reasons += check_organisation(shown.organisation, sender)
    guardian, about_guardian = _check_guardian(checked, shown.guardian, today, rules)
    reasons += about_guardian
    if reasons or checked.number is None or checked.kind is None:
        return _Found(tuple(reasons))
    is_minor = checked.birth is not None and age_on(today, checked.birth) < rules.adult_from
    sealed = SealedFields(
        document=_seal(document, checked),
        name=sender.name.strip(),
        phone=sender.phone.strip(),
        address=sender.address.strip(),
        organisation=sender.organisation,
        uscc=None if shown.organisation is None else read_uscc(shown.organisation.uscc),
        guardian=guardian,
    )
    cautions = (*checked.cautions, Caution.MINOR_SENDER) if is_minor else checked.cautions
    return _Found((), Identity(kind=checked.kind.value, checked=True), sealed, cautions)


def _check_guardian(
    sender: CheckedDocument, shown: Document | None, today: date, rules: GateRules
) -> tuple[SealedDocument | None, list[Reason]]:
    """A young sender's guardian, who must be an adult with a document that holds; whoever is older needs none."""
    if sender.birth is None or age_on(today, sender.birth) >= rules.guardian_below:
        return None, []
    if shown is None:
        return None, [Reason.GUARDIAN_MISSING]
    guardian = check_document(shown, today=today, rules=rules)
    is_adult = guardian.birth is not None and age_on(today, guardian.birth) >= rules.adult_from
    if Reason.DOCUMENT_NAME_MISSING in guardian.faults:
        return None, [Reason.GUARDIAN_MISSING]
    if guardian.faults or not is_adult:
        return None, [Reason.GUARDIAN_INVALID]
    return _seal(shown, guardian), []


def _seal(document: Document, checked: CheckedDocument) -> SealedDocument:
    assert checked.kind is not None
    assert checked.number is not None
    return SealedDocument(checked.kind.value, checked.number, document.name.strip())
