"""The forms of the counter's page (柜台表单): what it sends, closed and bounded, and what the gate is asked with it.

None of them shows itself in a log: they hold what the clerk has just typed off a document.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from scanners.identity.presented import (
    Acceptance,
    AgreementCustomer,
    Declaration,
    Declined,
    Document,
    Evidence,
    Inspection,
    Letter,
    OrganisationProof,
    Preverified,
    Sender,
    Shown,
)
from scanners.personal_numbers import is_among
from scanners.voucher_scan import find_voucher
from tracker.wire.steps import Step

Line = Annotated[str, Meta(max_length=200)]


class Form(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Nothing but the fields named here."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class FormUnreadable(ValueError):
    """What came is no such form; the message repeats nothing of it."""


class SignInForm(Form, frozen=True):
    """A code and a PIN, or a badge."""

    code: Line | None = None
    pin: Line | None = None
    badge: Line | None = None


class TypedForm(Form, frozen=True):
    """What a scanner or a hand typed."""

    typed: Annotated[str, Meta(max_length=2048)]


class PartyForm(Form, frozen=True):
    """Sender or recipient, as the waybill shall name them."""

    name: Line = ""
    phone: Line = ""
    address: Line = ""
    organisation: Line = ""

    def to_sender(self) -> Sender:
        """As the gate takes it."""
        return Sender(self.name, self.phone, self.address, self.organisation.strip() or None)


class DocumentForm(Form, frozen=True):
    """A document as it was typed."""

    kind: Line
    number: Line = ""
    name: Line = ""
    valid_from: date | None = None
    valid_until: date | None = None
    for_life: bool = False
    birth_date: date | None = None
    issuing_state: Line = ""
    is_copy: bool = False

    def to_document(self) -> Document:
        """As the gate takes it."""
        return Document(
            self.kind, self.number, self.name, self.valid_from, self.valid_until, self.for_life, self.birth_date,
            self.issuing_state.strip() or None, self.is_copy,
        )  # fmt: skip


class EvidenceForm(Form, frozen=True):
    """What the sender shows. `card` is the card that the reader has read, `document` a typed one."""

    how: Literal["document", "card", "letter", "agreement", "preverified", "declined"]
    document: DocumentForm | None = None
    guardian: DocumentForm | None = None
    uscc: Line = ""
    copy_kept: bool = False
    agreement_no: Annotated[str, Meta(max_length=64)] = ""
    voucher: Annotated[str, Meta(max_length=2048)] = ""


class AcceptForm(Form, frozen=True):
    """A whole acceptance. `photograph` is JPEG or PNG as base64."""

    waybill_no: Annotated[str, Meta(max_length=2048)]
    sender: PartyForm = PartyForm()
    recipient: PartyForm = PartyForm()
    evidence: EvidenceForm | None = None
    category: Line = ""
    goods: Line = ""
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    weight_g: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    result: Line = ""
    confirmed: bool = False
    destination: Line = ""
    photograph: bytes | None = None


class ScanForm(Form, frozen=True):
    """One step of one parcel; `details` are the step's own. `agent` is who signed for the recipient, `code` theirs.

    `is_bag`: a bag's own number was read. `badge` is the one of who takes the parcel over, and is kept nowhere.
    """

    step: Step
    typed: Annotated[str, Meta(max_length=2048)]
    details: msgspec.Raw = msgspec.Raw(b"{}")
    agent: PartyForm | None = None
    signature: bytes | None = None
    code: Annotated[str, Meta(max_length=64)] = ""
    is_bag: bool = False
    badge: Line = ""


class EventForm(Form, frozen=True):
    """The scan that did not occur, or whose label is to be printed."""

    event_id: UUID


def build_acceptance(form: AcceptForm, *, carrier: str, card: Document | None) -> Acceptance:
    """What the gate is asked. With a card and no typed name the sender is the card's holder."""
    sender = form.sender.to_sender()
    evidence = form.evidence
    if evidence is not None and evidence.how == "card" and card is not None and not sender.name.strip():
        sender = Sender(card.name, sender.phone, sender.address, sender.organisation)
    return Acceptance(
        waybill_no="" if is_among(form.waybill_no, _numbers_told(form)) else form.waybill_no,
        carrier=carrier,
        sender=sender,
        recipient=form.recipient.to_sender(),
        evidence=None if evidence is None else _to_evidence(evidence, sender, card),
        declaration=Declaration(form.category, form.goods, form.quantity, form.confirmed) if form.category else None,
        inspection=Inspection(form.result, form.category, form.quantity, form.weight_g) if form.result else None,
        destination=form.destination.strip(),
    )


def _numbers_told(form: AcceptForm) -> list[str]:
    """The telephones and documents in a form: none of them is the parcel's number."""
    evidence = form.evidence
    documents = () if evidence is None else (evidence.document, evidence.guardian)
    numbers = [document.number for document in documents if document is not None]
    return [form.sender.phone, form.recipient.phone, *numbers]


def _to_evidence(form: EvidenceForm, sender: Sender, card: Document | None) -> Evidence | None:
    match form.how:
        case "letter":
            return Letter()
        case "declined":
            return Declined()
        case "agreement":
            return AgreementCustomer(form.agreement_no.strip())
        case "preverified":
            return Preverified((find_voucher(form.voucher) or "") if form.voucher.strip() else None)
        case "card":
            document = card
        case "document":
            document = None if form.document is None or not form.document.number else form.document.to_document()
    if document is None:
        return None
    proof = OrganisationProof(form.uscc, sender.organisation or "", form.copy_kept) if sender.organisation else None
    return Shown(document, proof, None if form.guardian is None else form.guardian.to_document())
