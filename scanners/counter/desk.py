"""The desk (柜台业务): what a clerk's act becomes: a decision, a kept scan with its sealed records, an undoing."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import structlog

from scanners.acceptance import capture_accepted
from scanners.agreement_file import load_agreements
from scanners.capture import capture
from scanners.counter.accepted_here import REMEMBERED, AcceptedHere
from scanners.counter.day_list import UNDO_WITHIN
from scanners.counter.forms import AcceptForm, EventForm, PartyForm, ScanForm, build_acceptance
from scanners.counter.handling import read_handling
from scanners.counter.labels import Labels
from scanners.counter.sign_off import Codes, prove_sign_off
from scanners.identity.gate import Accepted, Refused, decide, read_waybill
from scanners.identity.presented import Acceptance, AgreementCustomer, Document, Preverified
from scanners.identity.reasons import Reason
from scanners.outbox import Outbox, OutboxError
from scanners.reader import Quirks, Reading, RepeatFilter, read_codes
from scanners.refusal_register import RefusalRegister
from scanners.sealed_records import Sealer, seal_acceptance
from scanners.self_service_file import load_self_service
from scanners.voucher_scan import find_voucher
from tracker.wire.event import Correction, ScanEvent
from tracker.wire.event_ids import build_event_id
from tracker.wire.identity_record import IdentityRecord, Subject
from tracker.wire.pickup_code import CODE_FORM
from tracker.wire.sealing import SALT_BYTES
from tracker.wire.signature import NotAJws, VerifyingKey
from tracker.wire.steps import Step
from tracker.wire.topics import Post
from tracker.wire.vault_keys import Purpose, SealingKey

log = structlog.get_logger()
ListT = TypeVar("ListT")

# What only is not told yet: the page waits with these, and a refusal that has a graver reason leaves them out.
NOT_YET = frozenset(
    {
        Reason.WAYBILL_MALFORMED, Reason.SENDER_INCOMPLETE, Reason.RECIPIENT_INCOMPLETE, Reason.DOCUMENT_NAME_MISSING,
        Reason.DOCUMENT_MISSING, Reason.BIRTH_MISSING,
        Reason.ISSUING_STATE_MISSING, Reason.VALIDITY_MISSING, Reason.DECLARATION_MISSING,
        Reason.DECLARATION_UNCONFIRMED, Reason.GOODS_INCOMPLETE, Reason.INSPECTION_MISSING, Reason.GUARDIAN_MISSING,
        Reason.ORGANISATION_UNPROVED, Reason.COPY_NOT_KEPT, Reason.PREVERIFICATION_MISSING,
    }
)  # fmt: skip


class Reporting(Protocol):
    """What the desk asks of the publisher."""

    @property
    def tracker_keys(self) -> dict[str, VerifyingKey]:
        """The tracker's keys that are believed now."""
        ...

    def sealing_key(self, purpose: Purpose, *, moment: datetime) -> SealingKey:
        """The vault's key. Raises NoSealingKey."""
        ...

    def wake(self) -> None:
        """Look into the outbox now."""
        ...


class CannotUndo(ValueError):
    """The scan is not here, older than 24 hours, refused, or a correction."""


class CodeForWaybill(ValueError):
    """A pickup code's digits where a parcel's number belongs: signing off a parcel that this counter never scanned."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A scan that is on disk, of a parcel or of a bag."""

    event_id: UUID
    waybill_no: str
    has_label: bool = False


@dataclass(slots=True)
class Desk:
    """One counter's business. Everything that comes in from outside is given here; no method logs what it is told."""

    post: Post
    outbox: Outbox
    reporting: Reporting
    refusals: RefusalRegister
    agreements_file: Path
    self_service_file: Path
    labels: Labels
    codes: Codes
    now: Callable[[], datetime]
    quirks: Quirks = field(default_factory=Quirks)
    division: str | None = None  # where it stands: the origin of what it accepts
    chance: Callable[[int], bytes] = os.urandom
    _repeats: RepeatFilter = field(default_factory=RepeatFilter)
    _accepted: AcceptedHere = field(init=False)

    def __post_init__(self) -> None:
        self._accepted = AcceptedHere(self.outbox, self.post)

    def read(self, typed: str) -> list[Reading]:
        """The waybill numbers in what was typed. Raises NotAWaybill."""
        return read_codes(typed, self.quirks)

    def read_for_acceptance(self, typed: str) -> list[Reading] | str:
        """The same, or the voucher that a sender shows beside a parcel. Raises NotAWaybill, AlreadyAccepted."""
        voucher = find_voucher(typed)
        if voucher:
            return voucher
        found = self.read(typed)
        for reading in found[:1]:  # before the form is filled in for nothing
            self._accepted.require_new(reading.waybill_no, self.now())
        return found

    def check(self, form: AcceptForm, card: Document | None) -> Accepted | Refused:
        """The gate's word on what is told so far; nothing is kept."""
        return self._decide(build_acceptance(form, carrier=self.post.carrier, card=card))

    def is_usual(self, waybill_no: str | None) -> bool:
        """Whether numbers of this form were accepted here before, so that nobody need look again."""
        return waybill_no is not None and self._accepted.is_usual(waybill_no, self.now())

    def accept(self, form: AcceptForm, card: Document | None, *, operator: str) -> Kept | Refused:
        """Keep the accepted event with its sealed records, or the refusal in the register.

        Raises AlreadyAccepted, NoSealingKey, NotAnImage, OutboxError; then nothing is kept.
        """
        return self.take(build_acceptance(form, carrier=self.post.carrier, card=card), form, operator=operator)

    def take(self, acceptance: Acceptance, form: AcceptForm, *, operator: str) -> Kept | Refused:
        """The same for an acceptance that was built; of the form only what the gate is not asked. Raises the same."""
        outcome, sender = self._decide(acceptance), acceptance.sender
        if isinstance(outcome, Refused):
            graver = tuple(each for each in outcome.refusals if each.reason not in NOT_YET)
            outcome = replace(outcome, refusals=graver or outcome.refusals)
            self.refusals.put(outcome, operator=operator)
            return outcome
        moment = outcome.decided_at
        self._accepted.require_new(outcome.waybill_no, moment)
        event_id = self._new_id(moment)
        records = seal_acceptance(
            self._sealer(event_id, outcome.waybill_no, moment),
            outcome.sealed,
            sender=sender,
            recipient=acceptance.recipient,
            photograph=form.photograph,
        )
        committed = next((each.commitment for each in records if each.subject is Subject.REGISTER), None)
        scan = capture_accepted(
            outcome,
            event_id=event_id,
            commitment=committed,
            operator=operator,
            origin=self.division,
            destination=acceptance.destination or None,
        )
        self._keep(scan, records)
        self._accepted.note(outcome.waybill_no, moment)
        on_label = PartyForm(
            name=sender.name, phone=sender.phone, address=sender.address, organisation=sender.organisation or ""
        )
        has_label = self.labels.keep(
            event_id, outcome.waybill_no, on_label, form.recipient,
            weight_g=form.weight_g, destination=acceptance.destination or None, now=moment,
        )  # fmt: skip
        return Kept(event_id, outcome.waybill_no, has_label)

    def handle(self, form: ScanForm, *, operator: str, counterpart: str | None = None) -> list[Kept]:
        """Keep one step of each number that was typed; a double read is left out.

        Raises NotAWaybill, CodeForWaybill, Missing, Personal, msgspec.ValidationError, NoSealingKey, NotAnImage,
        OutboxError, sqlite3.Error, and what a pickup code may be refused with.
        """
        handling = read_handling(form.step, bytes(form.details), is_bag=form.is_bag, counterpart=counterpart)
        kept = []
        for reading in self.read(form.typed):
            moment = self.now()
            if self._repeats.is_repeat(f"{form.step}/{reading.waybill_no}", moment):
                continue
            if form.step is Step.DELIVERED and self._may_be_a_code(reading.waybill_no, moment):
                raise CodeForWaybill
            event_id = self._new_id(moment)
            sealer = self._sealer(event_id, reading.waybill_no, moment)
            details, records = prove_sign_off(sealer, form, handling.details, codes=self.codes, now=moment)
            scan = capture(
                reading.waybill_no, step=form.step, event_id=event_id, event_time=moment.astimezone(),
                operator=operator, details=details, is_bag=form.is_bag,
            )  # fmt: skip
            self._shelve(scan)
            try:
                self._keep(scan, records)
            except OutboxError:
                self.codes.shelf.undo(scan.event_id)
                raise
            self._repeats.note(f"{form.step}/{reading.waybill_no}", moment)
            kept.append(Kept(event_id, reading.waybill_no))
        return kept

    def undo(self, form: EventForm, *, operator: str) -> Kept:
        """Say that a scan of the last 24 hours did not occur. Raises CannotUndo, OutboxError."""
        moment = self.now()
        recent = self.outbox.scans_since(self.post, moment - UNDO_WITHIN)
        undone = {each.scan.corrects.event_id for each in recent if each.scan.corrects is not None}
        found = [each for each in recent if each.scan.event_id == form.event_id and each.refusal is None]
        if not found or found[0].scan.corrects is not None or found[0].scan.event_id in undone:
            raise CannotUndo
        scan = found[0].scan
        number = scan.waybill_no or scan.bag_no or ""
        correction = capture(
            number, step=scan.step, event_id=self._new_id(moment), event_time=moment.astimezone(),
            operator=operator, corrects=Correction(event_id=scan.event_id, reason="did_not_occur"),
            is_bag=scan.waybill_no is None,
        )  # fmt: skip
        self._keep(correction, [])
        self.codes.shelf.undo(scan.event_id)
        return Kept(correction.event_id, number)

    def can_seal(self) -> bool:
        """Whether the vault has named this month's keys."""
        try:
            for purpose in (Purpose.REGISTER, Purpose.TRADE, Purpose.IMAGE):  # what an acceptance is sealed for
                self.reporting.sealing_key(purpose, moment=self.now())
        except LookupError:
            return False
        return True

    def _decide(self, acceptance: Acceptance) -> Accepted | Refused:
        now, evidence, keys = self.now(), acceptance.evidence, self.reporting.tracker_keys
        if isinstance(evidence, AgreementCustomer):
            return decide(acceptance, now=now, held=_load(load_agreements, self.agreements_file, keys))
        if isinstance(evidence, Preverified):
            used = self._accepted.has(read_waybill(acceptance.waybill_no), now)
            acceptance = replace(acceptance, evidence=replace(evidence, used=used))
            return decide(acceptance, now=now, devices=_load(load_self_service, self.self_service_file, keys))
        return decide(acceptance, now=now)

    def _may_be_a_code(self, number: str, moment: datetime) -> bool:
        return bool(CODE_FORM.fullmatch(number)) and not self.outbox.scans_since(
            self.post, moment - REMEMBERED, waybill_no=number
        )

    def _keep(self, scan: ScanEvent, records: list[IdentityRecord]) -> None:
        self.outbox.put(self.post, scan, records)
        self.reporting.wake()

    def _shelve(self, scan: ScanEvent) -> None:
        """What its code opens, or opens no more."""
        if scan.waybill_no is None:
            return
        if scan.step in (Step.STORED, Step.OUT_FOR_DELIVERY):
            self.codes.shelf.put(scan.event_id, scan.waybill_no, scan.event_time)
        elif scan.step in (Step.DELIVERED, Step.RETURNED):
            self.codes.shelf.take(scan.waybill_no, scan.event_id)

    def _new_id(self, moment: datetime) -> UUID:
        return build_event_id(moment, self.chance(10))

    def _sealer(self, event_id: UUID, waybill_no: str, moment: datetime) -> Sealer:
        return Sealer(
            event_id,
            waybill_no,
            key_of=lambda purpose: self.reporting.sealing_key(purpose, moment=moment),
            new_id=lambda: self._new_id(moment),
            new_salt=lambda: self.chance(SALT_BYTES),
        )


def _load(
    load: Callable[[Path, Mapping[str, VerifyingKey]], ListT], path: Path, keys: Mapping[str, VerifyingKey]
) -> ListT | None:
    """A signed list; one that cannot be believed, or read, is none."""
    try:
        return load(path, keys)
    except (NotAJws, OSError) as error:
        log.warning("list_not_believed", file=path.name, reason=type(error).__name__)
        return None
