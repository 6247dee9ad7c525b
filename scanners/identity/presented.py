"""What is brought to the counter (交寄申报): who sends, what they show, what they say is inside, what was found.

Nothing here has a telling `repr`: a document number must not reach a log by an error's words.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, repr=False)
class Sender:
    """Sender or recipient as the waybill names them; `organisation` is None where a person sends for themselves."""

    name: str
    phone: str
    address: str
    organisation: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A document as it was read or typed. Days are local; `for_life` stands for a missing last day (长期)."""

    kind: str
    number: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None
    for_life: bool = False
    birth_date: date | None = None  # asked where the number does not hold it
    issuing_state: str | None = None  # of a passport: three letters, ISO 3166-1
    is_copy: bool = False  # a photograph or a photocopy was shown, not the document


@dataclass(frozen=True, slots=True, repr=False)
class OrganisationProof:
    """The organisation's code and name; the document beside it is the responsible person's, of which a copy is kept."""

    uscc: str
    name: str
    copy_kept: bool


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """The sender shows a document (出示证件)."""

    document: Document
    organisation: OrganisationProof | None = None
    guardian: Document | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The sender will not show one (拒绝出示)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Exemption LETTER (信件)."""


@dataclass(frozen=True, slots=True)
class AgreementCustomer:
    """Exemption AGREEMENT_CUSTOMER (协议客户): the sender's safety agreement with the carrier."""

    agreement_no: str


@dataclass(frozen=True, slots=True)
class Preverified:
    """Exemption SELF_SERVICE_PREVERIFIED (自助交寄): the voucher of a remote check, None where none was shown.

    `used`: the counter where it is shown has accepted this parcel already.
    """

    voucher: str | None
    used: bool = False


Evidence = Shown | Declined | Letter | AgreementCustomer | Preverified


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the sender says is inside; `confirmed` once they have read the list of prohibited goods."""

    category: str
    name: str
    quantity: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the clerk found (收寄验视)."""

    result: str
    category: str
    quantity: int
    weight_g: int


@dataclass(frozen=True, slots=True, repr=False)
class Acceptance:
    """All that a decision rests on; None is "not yet". `carrier` is the company at whose counter it happens."""

    waybill_no: str
    carrier: str
    sender: Sender
    recipient: Sender
    evidence: Evidence | None
    declaration: Declaration | None
    inspection: Inspection | None
    destination: str = ""  # a division's code, where it is told
