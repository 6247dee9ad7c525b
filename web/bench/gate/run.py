"""The gate's run (闸口实测): the crowd at a counter whose outbox and register are on disk, without any network."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from scanners.agreement_file import FILE_NAME as AGREEMENTS
from scanners.agreement_file import load_agreements
from scanners.counter.desk import Desk
from scanners.counter.forms import AcceptForm, PartyForm
from scanners.counter.labels import Labels
from scanners.counter.shelf import Shelf
from scanners.counter.sign_off import Codes
from scanners.identity.gate import Refused, decide
from scanners.label.typeface import Typeface
from scanners.outbox import Outbox
from scanners.refusal_register import RefusalRegister
from scanners.sealed_records import NotAnImage
from scanners.self_service_file import FILE_NAME as SELF_SERVICE
from scanners.self_service_file import load_self_service
from tracker.wire.agreements import sign_agreements
from tracker.wire.self_service import sign_self_service
from tracker.wire.signature import SigningKey, VerifyingKey
from tracker.wire.topics import Post
from tracker.wire.vault_keys import Purpose, SealingKey, month_of, sealing_key_of
from web.bench.gate.crowd import Brought, draw_crowd, list_agreements, list_devices
from web.bench.gate.people import CARRIER, NOW

RECIPIENT = PartyForm(name="李四光", phone="13900139000", address="北京市朝阳区建国路1号2单元302")
POST = Post(CARRIER, "BENCH-1", "COUNTER-1")


@dataclass(slots=True)
class Reporter:
    """What the desk asks of a publisher, where there is no network."""

    tracker_keys: dict[str, VerifyingKey]
    vault: dict[Purpose, SealingKey]

    def sealing_key(self, purpose: Purpose, *, moment: datetime) -> SealingKey:
        """The same for every month: the bench has one moment."""
        del moment
        return self.vault[purpose]

    def wake(self) -> None:
        """Nobody is there to be woken."""


@dataclass(slots=True)
class Verdicts:
    """What became of a crowd. Times are in seconds; `decided` of the gate alone, `whole` until it is on disk."""

    good: int = 0
    bad: int = 0
    bad_accepted: list[str] = field(default_factory=list)  # the ways
    good_refused: list[str] = field(default_factory=list)  # the reasons
    other_reason: list[str] = field(default_factory=list)  # a bad one, refused for something else than it is bad for
    refused: Counter[str] = field(default_factory=Counter)  # bad ones by the reason that was said
    ways: set[str] = field(default_factory=set)
    decided: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    kept: int = 0  # events in the outbox at the end


def run_crowd(number: int, *, seed: int, folder: Path, step: Callable[[], None]) -> Verdicts:
    """Everyone in turn. Each is decided twice: once to take the gate's time, once on the way to the disk."""
    outbox, refusals = Outbox(folder / "outbox.db"), RefusalRegister(folder / "refusals.db")
    shelf = Shelf(folder / "shelf.db")
    try:
        desk, found = _open_desk(folder, outbox, refusals, shelf), Verdicts()
        keys = desk.reporting.tracker_keys
        held, devices = load_agreements(desk.agreements_file, keys), load_self_service(desk.self_service_file, keys)
        for brought in draw_crowd(number, seed=seed):
            begun = time.perf_counter()
            decide(brought.given, now=NOW, held=held, devices=devices)
            found.decided.append(time.perf_counter() - begun)
            _take(desk, brought, found)
            step()
        found.kept = len(outbox.scans_since(POST, NOW))
        return found
    finally:
        outbox.close()
        refusals.close()
        shelf.close()


def _open_desk(folder: Path, outbox: Outbox, refusals: RefusalRegister, shelf: Shelf) -> Desk:
    tracker, private = SigningKey.generate(), X25519PrivateKey.generate()
    agreements_file, self_service_file = folder / AGREEMENTS, folder / SELF_SERVICE
    agreements_file.write_text(sign_agreements(list_agreements(), tracker), encoding="ascii")
    self_service_file.write_text(sign_self_service(list_devices(), tracker), encoding="ascii")
    vault = {purpose: sealing_key_of(private, month=month_of(NOW), purpose=purpose) for purpose in Purpose}
    return Desk(
        post=POST,
        outbox=outbox,
        reporting=Reporter({tracker.verifying.kid: tracker.verifying}, vault),
        refusals=refusals,
        agreements_file=agreements_file,
        self_service_file=self_service_file,
        labels=Labels(CARRIER, "https://trace.example", b"k" * 32, Typeface()),
        codes=Codes(shelf, b"k" * 32),
        now=lambda: NOW,
    )


def _take(desk: Desk, brought: Brought, found: Verdicts) -> None:
    given = brought.given
    form = AcceptForm(waybill_no=given.waybill_no, recipient=RECIPIENT, photograph=brought.photograph)
    begun = time.perf_counter()
    try:
        outcome = desk.take(given, form, operator="C7")
        reasons = [str(each) for each in outcome.reasons] if isinstance(outcome, Refused) else []
    except NotAnImage:
        reasons = ["not_an_image"]
    found.whole.append(time.perf_counter() - begun)
    if brought.way is None:
        found.good += 1
        found.good_refused += reasons
        return
    found.bad += 1
    found.ways.add(brought.way)
    found.refused.update(reasons)
    if not reasons:
        found.bad_accepted.append(brought.way)
    elif reasons != [brought.reason]:
        found.other_reason.append(f"{brought.way}: {', '.join(reasons)}")
