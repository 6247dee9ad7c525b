"""The fuzzer: no harm on either engine, a seed gives the same again, and a broken intake is found out."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from tracker.intake.answering import write_receipts
from tracker.store.event_store import append_events
from tracker.store.quarantine_bounds import QuarantineLimits
from tracker.wire.errors import RefusalCode, RejectionCode
from web.bench.fuzz.notebook import Roster
from web.bench.fuzz.payloads import KINDS, new_writer, write_payloads
from web.bench.fuzz.run import NOW, run_fuzz
from web.cli.program import app

ROUND, SHORT = 3_000, 400


def test_bad_payloads_do_no_harm(engine: Engine) -> None:
    done: list[int] = []
    report = run_fuzz(engine, count=ROUND, seed=1, show=done.append)
    assert report.violations == []
    assert set(report.kinds) >= {kind.__name__ for kind, weight in KINDS.items() if weight >= 1}
    refused = {code for outcome, code in report.codes if outcome == "refused"}
    assert refused == set(RefusalCode) - {RefusalCode.INTERNAL_ERROR}
    assert (
        len({code for outcome, code in report.codes if outcome == "rejected"}) >= len(RejectionCode) - 4
    )  # no waybill fills, no month is archived
    assert report.codes["recorded", ""] > ROUND // 3
    assert (done[-1], report.payloads) == (ROUND, ROUND)


def octets_of(seed: int) -> str:
    payloads = write_payloads(new_writer(seed, Roster.draw(seed), NOW), 400)
    return hashlib.sha256(b"\n".join(each.octets for each in payloads)).hexdigest()


def test_a_seed_gives_the_same_payloads_again() -> None:
    assert octets_of(5) == octets_of(5) != octets_of(6)


class EqualToAll(str):
    """A digest that agrees with every other."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def fail(*_: object, **__: object) -> None:
    raise KeyError("broken")


def forget_the_last(session: Any, events: list[Any]) -> None:
    append_events(session, events[:-1])


def answer_no_refusal(*arguments: Any) -> Any:
    return write_receipts(*arguments[:3], [], *arguments[4:])


BREAKAGES: dict[str, tuple[str, Callable[..., Any], str]] = {
    "signatures unchecked": (
        "tracker.wire.signature.Jws.verify", lambda *_: True, "row: position .*under a head that nobody signed"
    ),
    "digests unchecked": (
        "tracker.wire.message.digest_of", lambda _: EqualToAll("x"), "row: position .*not the bytes that were signed"
    ),
    "keys that speak for all": (
        "tracker.store.registry.DeviceKey.may_speak_for", lambda *_: True, "row: .*key that may not speak there"
    ),
    "names read twice": (
        "tracker.wire.event.has_repeated_names", lambda _: False, "row: position .*cannot be told again: ValueError"
    ),
    "a reader that crashes": ("tracker.intake.delivery.decode_event", fail, "good: reading crashed: KeyError"),
    "a recorder that crashes": ("tracker.intake.ingest.save_parcels_of", fail, "good: recording crashed: KeyError"),
    "refusals unanswered": ("tracker.intake.ingest.write_receipts", answer_no_refusal, "damaged: no line in a receipt"),
    "nothing quarantined": (
        "tracker.intake.ingest.save_quarantined", lambda *_, **__: None, "damaged: unreadable is not in quarantine"
    ),
    "an event forgotten": ("tracker.intake.ingest.append_events", forget_the_last, r"store: \d+ rows, head at"),
    "parcels left as they were": (
        "tracker.intake.ingest.save_parcels_of", lambda *_, **__: None, "store: the row of parcel"
    ),
    "a bound that frees nothing": (
        "tracker.store.quarantine_bounds._shed", lambda *_, **__: False, "quarantine: all hold"
    ),
}  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_intake_is_found_out(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, breakage: str) -> None:
    target, broken, told = BREAKAGES[breakage]
    monkeypatch.setattr(target, broken)
    if "bound" in breakage:
        monkeypatch.setattr("web.bench.fuzz.run.LIMITS", QuarantineLimits(rows=50))
    report = run_fuzz(sqlite_engine, count=SHORT, seed=2)
    lines = [f"{each.kind}: {each.what}" for each in report.violations]
    assert [line for line in lines if re.match(told, line)], lines[:5]


def test_the_command_says_its_verdict_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["bench", "--fuzz", "200", "--seed", "3", "--store", "sqlite"]
    sound = CliRunner().invoke(app, words)
    assert sound.exit_code == 0
    assert "✓ sqlite: 200 份报文 payloads · seed 3" in sound.output.splitlines()[-1]
    assert "| refused | signature_invalid |" in sound.output
    monkeypatch.setattr("tracker.wire.signature.Jws.verify", lambda *_: True)
    broken = CliRunner().invoke(app, words)
    assert broken.exit_code == 1
    assert "✗ sqlite" in broken.output
    assert "again with --seed 3" in broken.output
