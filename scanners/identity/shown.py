"""A shown document (出示证件), judged: whose it is, an organisation's proof, a young sender's guardian.

The counter and the check beforehand at a self-service device ask the same of it.
"""

from dataclasses import dataclass
from datetime import date

from scanners.identity.documents import CheckedDocument, age_on, check_document
from scanners.identity.organisations import check_organisation, read_uscc
from scanners.identity.presented import Document, Sender, Shown
from scanners.identity.reasons import Caution, Reason
from scanners.identity.rules import GateRules
from scanners.identity.spelling import is_same_name
from tracker.wire.details import Identity


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
class Found:
    """What the sender's evidence came to."""

    reasons: tuple[Reason, ...]
    identity: Identity | None = None
    sealed: SealedFields | None = None
    cautions: tuple[Caution, ...] = ()


def judge_shown(sender: Sender, shown: Shown, *, today: date, rules: GateRules) -> Found:
    """What a document shows of the person who sends, on a local day."""
    document = shown.document
    checked = check_document(document, today=today, rules=rules)
    reasons = list(checked.faults)
    both_told = document.name.strip() and sender.name.strip()  # an empty one is missing, and no other person's
    if both_told and not is_same_name(document.name, sender.name):
        reasons.append(Reason.SENDER_MISMATCH)
    reasons += check_organisation(shown.organisation, sender)
    guardian, about_guardian = _check_guardian(checked, shown.guardian, today, rules)
    reasons += about_guardian
    if reasons or checked.number is None or checked.kind is None:
        return Found(tuple(reasons))
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
    return Found((), Identity(kind=checked.kind.value, checked=True), sealed, cautions)


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
