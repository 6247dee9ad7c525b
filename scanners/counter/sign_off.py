"""Signing off (签收): who signed, and what shows it: a hand, a drawn signature, or the recipient's pickup code.

Who signed for the recipient, and a signature, are sealed; the event commits to the signature, or to the code.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from scanners.counter.forms import PartyForm, ScanForm
from scanners.counter.handling import Missing
from scanners.counter.shelf import Shelf
from scanners.identity.presented import Sender
from scanners.reader import to_half_width
from scanners.sealed_records import Sealer, seal_party
from tracker.wire.details import DeliveredDetails, Details, Proof
from tracker.wire.identity_record import IdentityRecord, Subject
from tracker.wire.pickup_code import PICKUP_CODE, commit_to_pickup_code


class NoCodeKey(RuntimeError):
    """This device was enrolled before there were pickup codes: enrol it anew."""


@dataclass(frozen=True, slots=True)
class Codes:
    """What a counter checks pickup codes with; `key` is the device's label key, which an old enrolment has not."""

    shelf: Shelf
    key: bytes | None

    def commit(self, waybill_no: str, typed: str, *, delivered: UUID, now: datetime) -> Proof:
        """The proof for a parcel whose code was typed. Raises CodeRefused, CodeLocked, NoCodeKey."""
        if self.key is None:
            raise NoCodeKey
        stored = self.shelf.check(waybill_no, _parse_code(typed), key=self.key, now=now)
        commitment = commit_to_pickup_code(self.key, waybill_no, stored=stored, delivered=delivered)
        return Proof(kind=PICKUP_CODE, commitment=commitment)


def prove_sign_off(
    sealer: Sealer, form: ScanForm, details: Details, *, codes: Codes, now: datetime
) -> tuple[Details, list[IdentityRecord]]:
    """A sign-off's details with what shows it, and what is sealed of it; the details of any other step as they are.

    Raises Missing, CodeRefused, CodeLocked, NoCodeKey, NoSealingKey, NotAnImage.
    """
    if not isinstance(details, DeliveredDetails):
        return details, []
    records = []
    if details.signer == "agent":
        agent = form.agent or PartyForm()
        if not (agent.name.strip() and agent.phone.strip()):
            raise Missing("agent")
        records.append(seal_party(sealer, Subject.AGENT, Sender(agent.name, agent.phone, agent.address)))
    kind = details.proof.kind if details.proof else None
    proof = Proof(kind=kind) if kind else None
    if kind == "signature":
        if form.signature is None:
            raise Missing("signature")
        records.append(sealer.seal(Subject.SIGNATURE, image=form.signature))
        proof = Proof(kind="signature", commitment=records[-1].commitment)
    elif kind == PICKUP_CODE:
        if not form.code.strip():
            raise Missing("code")
        proof = codes.commit(sealer.waybill_no, form.code, delivered=sealer.event_id, now=now)
    return replace(details, proof=proof), records


def _parse_code(typed: str) -> str:
    """The digits as they were read out, typed or scanned: blanks and hyphens between do not count."""
    return "".join(sign for sign in to_half_width(typed) if sign not in " -\t\r\n")
