"""Sealed records of an acceptance (收寄封存): what names a person leaves the counter in boxes, the event commits to it.

Pure: keys, ids and salts come in. The organisation's record holds its code and name, and the document beside it is the
responsible person's; a young sender's guardian is a responsible person too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from scanners.identity.presented import Sender
from scanners.identity.shown import SealedDocument, SealedFields
from tracker.wire.identity_record import PURPOSES, IdentityRecord, Masked, Subject
from tracker.wire.masking import HIDDEN, MASK, mask_address, mask_document, mask_name, mask_phone
from tracker.wire.sealing import PersonalContent, seal
from tracker.wire.vault_keys import Purpose, SealingKey

MAX_IMAGE_BYTES = 256 * 1024  # so that a record with it stays under the wire's 512 KiB
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class NotAnImage(ValueError):
    """A picture is JPEG or PNG, and of at most 256 KiB."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """One event's sealing: the vault's key for a purpose (raises NoSealingKey), fresh ids and fresh salts."""

    event_id: UUID
    waybill_no: str
    key_of: Callable[[Purpose], SealingKey]
    new_id: Callable[[], UUID]
    new_salt: Callable[[], bytes]

    def seal(self, subject: Subject, *, masked: Masked | None = None, **content: str | bytes | None) -> IdentityRecord:
        """The record of one subject; its `seq` is given by the outbox. Raises NoSealingKey, NotAnImage."""
        image = content.get("image")
        if isinstance(image, bytes) and not (image.startswith(_IMAGES) and len(image) <= MAX_IMAGE_BYTES):
            raise NotAnImage("照片须为 JPEG 或 PNG，不超过 256 KiB · a picture is JPEG or PNG, at most 256 KiB")
        key, record_id = self.key_of(PURPOSES[subject]), self.new_id()
        told = PersonalContent(salt=self.new_salt(), **content)  # type: ignore[arg-type] # image is the one of bytes
        box = seal(told, key=key, record_id=record_id, event_id=self.event_id)
        return IdentityRecord(
            record_id=record_id, seq=0, event_id=self.event_id, waybill_no=self.waybill_no, subject=subject,
            kid=key.kid, commitment=box.commitment, sealed=box.sealed, masked=masked or Masked(),
        )  # fmt: skip


def seal_acceptance(
    sealer: Sealer, fields: SealedFields | None, *, sender: Sender, recipient: Sender | None, photograph: bytes | None
) -> list[IdentityRecord]:
    """The records of an acceptance; the first is the one that its event commits to, where a document was seen.

    `fields` is what the gate's Accepted holds, None under an exemption.
    """
    records = [] if fields is None else _seal_register(sealer, fields)
    for subject, party in ((Subject.SENDER, sender), (Subject.RECIPIENT, recipient)):
        if party is not None:
            records.append(seal_party(sealer, subject, party))
    if photograph is not None:
        records.append(sealer.seal(Subject.PHOTOGRAPH, image=photograph))
    return records


def seal_party(sealer: Sealer, subject: Subject, party: Sender) -> IdentityRecord:
    """Sender, recipient or agent as the waybill names them."""
    masked = Masked(
        name=_shown(mask_name(party.name)),
        phone=_shown(mask_phone(party.phone), hidden=HIDDEN),
        address=_shown(mask_address(party.address)),
    )
    return sealer.seal(
        subject,
        masked=masked,
        name=party.name.strip() or None,
        phone=party.phone.strip() or None,
        address=party.address.strip() or None,
        organisation_name=party.organisation,
    )


def _shown(text: str, *, hidden: int = 1) -> str | None:
    """A masked form that hides so many characters; None for one that hides less, which may not travel."""
    return text if text.count(MASK) >= hidden else None


def _seal_register(sealer: Sealer, fields: SealedFields) -> list[IdentityRecord]:
    others = [] if fields.guardian is None else [_seal_document(sealer, Subject.RESPONSIBLE, fields.guardian)]
    if fields.uscc is None:
        return [_seal_document(sealer, Subject.REGISTER, fields.document), *others]
    organisation = sealer.seal(
        Subject.REGISTER, organisation_code=fields.uscc, organisation_name=fields.organisation, phone=fields.phone
    )
    return [organisation, _seal_document(sealer, Subject.RESPONSIBLE, fields.document), *others]


def _seal_document(sealer: Sealer, subject: Subject, document: SealedDocument) -> IdentityRecord:
    masked = Masked(name=_shown(mask_name(document.name)), document_number=_shown(mask_document(document.number)))
    return sealer.seal(
        subject, masked=masked, document_kind=document.kind, document_number=document.number, name=document.name
    )
