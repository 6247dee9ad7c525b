"""A station's trust: learnt from the store, kept on its disk, never handed back to a retired key."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from scanners.outbox import Outbox
from scanners.trust import Trust
from tests.intake.devices import NOW, TRACKER_KEY
from tests.scanners.counter import GUN, build_enrolment
from tests.wire.example import build_receipt, seeded_key
from tests.wire.test_tracker_keys import KEYS, NEXT, say
from tracker.wire.receipt import sign_receipt
from tracker.wire.signature import NotAJws, SigningKey
from tracker.wire.vault_keys import (
    NoSealingKey,
    Purpose,
    VaultNotice,
    VaultWord,
    sealing_key_of,
    sign_vault_notice,
)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def test_what_was_learnt_is_believed_after_a_restart(outbox: Outbox) -> None:
    assert Trust(build_enrolment(), outbox).hear_store(say(KEYS[0], NEXT[:1]).encode()).position == 7
    again = Trust(build_enrolment(), outbox)
    assert list(again.keys) == [KEYS[0].kid, KEYS[1].kid]
    assert again.hear_receipt(sign_receipt(build_receipt(), KEYS[1]).encode()) == build_receipt()


def test_a_retired_key_stays_retired_though_the_enrolment_names_it(outbox: Outbox) -> None:
    Trust(build_enrolment(), outbox).hear_store(say(KEYS[2], NEXT).encode())
    again = Trust(build_enrolment(), outbox)
    with pytest.raises(NotAJws):
        again.hear_receipt(sign_receipt(build_receipt(), KEYS[0]).encode())
    again.hear_receipt(sign_receipt(build_receipt(), KEYS[2]).encode())


def test_a_word_that_is_not_believed_changes_nothing(outbox: Outbox) -> None:
    trust = Trust(build_enrolment(), outbox)
    with pytest.raises(NotAJws):
        trust.hear_store(say(KEYS[1], []).encode())
    assert list(trust.keys) == [KEYS[0].kid]
    assert outbox.kept_trust(GUN.key.kid) is None


def test_a_new_enrolment_begins_anew(outbox: Outbox) -> None:
    Trust(build_enrolment(), outbox).hear_store(say(KEYS[2], NEXT).encode())
    fresh = build_enrolment(seeded_key(7))
    assert list(Trust(fresh, outbox).keys) == [KEYS[0].kid]
    Trust(fresh, outbox).hear_store(say(KEYS[1], NEXT).encode())
    assert outbox.kept_trust(GUN.key.kid) is None


def test_a_key_that_the_enrolment_names_newly_is_believed(outbox: Outbox) -> None:
    """A gateway's file is written anew at every start, also after the keys were lost."""
    Trust(build_enrolment(), outbox).hear_store(say(KEYS[1], NEXT).encode())
    lost = msgspec.structs.replace(build_enrolment(), tracker_keys=[seeded_key(7).verifying.to_jwk()])
    assert seeded_key(7).kid in Trust(lost, outbox).keys


def test_the_vaults_keys_come_with_the_enrolment_and_are_renewed_by_receipts_for_records(outbox: Outbox) -> None:
    vault, other = seeded_key(40), seeded_key(41)

    def word(key: SigningKey, month: str, *, at: datetime) -> VaultWord:
        sealing = sealing_key_of(X25519PrivateKey.generate(), month=month, purpose=Purpose.TRADE)
        return VaultWord(key.verifying.to_jwk(), sign_vault_notice(VaultNotice(1, [sealing], at), key))

    def receipt(said: VaultWord) -> bytes:
        return sign_receipt(msgspec.structs.replace(build_receipt(), vault=said), TRACKER_KEY).encode()

    july, august = NOW, NOW + timedelta(days=31)
    enrolment = msgspec.structs.replace(build_enrolment(), vault=word(vault, "2026-07", at=july))
    trust = Trust(enrolment, outbox)
    assert trust.sealing_key(Purpose.TRADE, moment=july).month == "2026-07"
    with pytest.raises(NoSealingKey):
        trust.sealing_key(Purpose.TRADE, moment=august)
    trust.hear_receipt(receipt(word(other, "2026-08", at=august)))  # a tracker that puts a key of its own there
    with pytest.raises(NoSealingKey):
        trust.sealing_key(Purpose.TRADE, moment=august)
    trust.hear_receipt(receipt(word(vault, "2026-08", at=august)))
    trust.hear_receipt(receipt(word(vault, "2026-07", at=july)))  # an old one, heard late
    assert Trust(enrolment, outbox).sealing_key(Purpose.TRADE, moment=august).month == "2026-08"


def test_a_device_that_was_enrolled_before_there_was_a_vault_pins_the_first_it_hears_of(outbox: Outbox) -> None:
    trust = Trust(build_enrolment(), outbox)
    with pytest.raises(NoSealingKey):
        trust.sealing_key(Purpose.TRADE, moment=NOW)
