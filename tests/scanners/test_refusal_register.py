"""The register of refusals: reasons, rules and when, on disk; nothing of the sender; gone when its time is over."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from scanners.identity.gate import Refused, decide
from scanners.identity.reasons import Reason
from scanners.refusal_register import KEPT_FOR, RefusalRegister
from web.bench.gate.people import NOW, acceptance, resident_card

DAY = timedelta(days=1)


def refusal() -> tuple[Refused, list[str]]:
    """A refusal, and what must not be kept with it."""
    card = resident_card(Random(5))
    given = replace(acceptance(Random(5), replace(card, is_copy=True)), inspection=None)
    outcome = decide(given, now=NOW)
    assert isinstance(outcome, Refused)
    return outcome, [card.number, card.name, given.sender.phone, given.sender.address]


def test_a_refusal_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    register = RefusalRegister(tmp_path / "refusals.db")
    refused, secrets = refusal()
    register.put(refused, operator="C1")
    register.close()
    again = RefusalRegister(tmp_path / "refusals.db")
    [kept] = again.find(NOW - DAY, NOW + DAY)
    assert (kept.reasons, kept.rule_version) == ((Reason.DOCUMENT_COPY, Reason.INSPECTION_MISSING), "2026.1")
    assert (kept.waybill_no, kept.operator, kept.refused_at) == (refused.waybill_no, "C1", NOW.timestamp())
    assert again.count(NOW, NOW + DAY) == {Reason.DOCUMENT_COPY: 1, Reason.INSPECTION_MISSING: 1}
    assert again.find(NOW - DAY, NOW) == []
    again.close()
    disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [secret for secret in secrets if secret.encode() in disk] == []


def test_what_is_a_year_old_goes_with_the_next(tmp_path: Path) -> None:
    register = RefusalRegister(tmp_path / "refusals.db")
    refused, _ = refusal()
    for moment in (NOW - KEPT_FOR - DAY, NOW - KEPT_FOR, NOW):
        register.put(replace(refused, decided_at=moment))
    kept = register.find(NOW - 2 * KEPT_FOR, NOW + DAY)
    assert [each.refused_at for each in kept] == [(NOW - KEPT_FOR).timestamp(), NOW.timestamp()]
    register.close()


def test_a_refusal_that_the_disk_did_not_take_is_not_half_kept_and_hinders_no_later_one(tmp_path: Path) -> None:
    register = RefusalRegister(tmp_path / "refusals.db")
    refused, _ = refusal()
    register._database.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON refusal BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    )
    with pytest.raises(sqlite3.Error, match="full"):
        register.put(refused)
    register._database.execute("DROP TRIGGER full")
    register.put(refused)
    assert len(register.find(NOW - timedelta(days=1), NOW + timedelta(days=1))) == 1
    register.close()
