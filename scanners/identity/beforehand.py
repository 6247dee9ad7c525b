"""A check beforehand (事先查验): a sender at a self-service device, judged by the rules that hold at the counter."""

from dataclasses import dataclass
from datetime import datetime

from scanners.identity.gate import Refused, read_waybill
from scanners.identity.presented import Sender, Shown
from scanners.identity.reasons import Caution, Reason, build_refusal
from scanners.identity.rules import GateRules, load_rules
from scanners.identity.shown import SealedFields, judge_shown
from scanners.identity.spelling import is_name, is_phone
from tracker.wire.details import LOCAL
from tracker.wire.document_kinds import DocumentKind
from tracker.wire.waybills import is_miswritten


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """The sender was checked; `sealed` is for the vault, and of the rest nothing names anybody."""

    waybill_no: str
    checked_at: datetime
    kind: DocumentKind
    sealed: SealedFields
    cautions: tuple[Caution, ...]


def check_beforehand(
    waybill_no: str, sender: Sender, shown: Shown, *, now: datetime, rules: GateRules | None = None
) -> Checked | Refused:
    """Whether who stands here may send this parcel. Their address, and what is inside, are the counter's to ask."""
    rules = rules or load_rules()
    today, number = now.astimezone(LOCAL).date(), read_waybill(waybill_no)
    found = judge_shown(sender, shown, today=today, rules=rules)
    reasons = dict.fromkeys((*_check_waybill(number), *_check_sender(sender), *found.reasons))
    if reasons or number is None or found.sealed is None:
        refusals = tuple(build_refusal(reason, day=today, rule_version=rules.version) for reason in reasons)
        return Refused(number, now, refusals, rules.version)
    return Checked(number, now, DocumentKind(found.sealed.document.kind), found.sealed, found.cautions)


def _check_waybill(number: str | None) -> list[Reason]:
    if number is None:
        return [Reason.WAYBILL_MALFORMED]
    return [Reason.WAYBILL_MISWRITTEN] if is_miswritten(number) else []


def _check_sender(sender: Sender) -> list[Reason]:
    if not (sender.name.strip() and sender.phone.strip()):
        return [Reason.SENDER_INCOMPLETE]
    found = []
    if not is_name(sender.name) or not (
        sender.organisation is None or is_name(sender.organisation, of_organisation=True)
    ):
        found.append(Reason.NAME_UNREADABLE)
    return found if is_phone(sender.phone) else [*found, Reason.CONTACT_UNREADABLE]
