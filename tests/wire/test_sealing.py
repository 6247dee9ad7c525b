"""A sealed box opens for the vault's key, for its own record and event, and for nobody else."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.devices import fresh_id
from tests.wire.example import seeded_key
from tracker.wire.errors import EventRejected
from tracker.wire.identity_record import (
    MAX_RECORD_BYTES,
    IdentityRecord,
    Masked,
    Subject,
    decode_record,
    encode_record,
)
from tracker.wire.sealing import NotSealedHere, PersonalContent, box_of, open_sealed, seal
from tracker.wire.signature import NotAJws, encode_base64url
from tracker.wire.vault_keys import (
    NoSealingKey,
    Purpose,
    VaultNotice,
    VaultWord,
    find_sealing_key,
    read_vault_word,
    sealing_key_of,
    sign_vault_notice,
)

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PRIVATE = X25519PrivateKey.generate()
KEY = sealing_key_of(PRIVATE, month="2026-11", purpose=Purpose.REGISTER)
VAULT = seeded_key(40)
ids = st.uuids(version=4)
texts = st.none() | st.text(max_size=60)


def content(**told: Any) -> PersonalContent:
    return PersonalContent(salt=os.urandom(32), **told)


def build_record(masked: Masked | None = None, **told: Any) -> IdentityRecord:
    record_id, event_id = fresh_id(NOON), fresh_id(NOON)
    box = seal(content(name="张三丰"), key=KEY, record_id=record_id, event_id=event_id)
    values: dict[str, Any] = {
        "record_id": record_id, "seq": 1, "event_id": event_id, "waybill_no": "W1", "subject": Subject.REGISTER,
        "kid": KEY.kid, "commitment": box.commitment, "sealed": box.sealed, "masked": masked or Masked(name="张**"),
    }  # fmt: skip
    return IdentityRecord(**(values | told))


@given(ids, ids, texts, texts, st.none() | st.binary(max_size=200))
def test_what_was_sealed_is_what_opens(record_id: Any, event_id: Any, name: Any, number: Any, image: Any) -> None:
    shut = content(name=name, document_number=number, image=image)
    box = seal(shut, key=KEY, record_id=record_id, event_id=event_id)
    told = {"kid": KEY.kid, "record_id": record_id, "event_id": event_id, "commitment": box.commitment}
    assert open_sealed(box_of(box.sealed), private=PRIVATE, **told) == shut
    for wrong in ("kid", "record_id", "event_id", "commitment"):
        other = fresh_id(NOON) if wrong.endswith("_id") else "A" * 43
        with pytest.raises(NotSealedHere):
            open_sealed(box_of(box.sealed), private=PRIVATE, **(told | {wrong: other}))
    with pytest.raises(NotSealedHere):
        open_sealed(box_of(box.sealed), private=X25519PrivateKey.generate(), **told)


def test_the_same_person_twice_has_two_commitments_and_two_boxes() -> None:
    ones = [
        seal(content(document_number="11010519491231002X"), key=KEY, record_id=fresh_id(NOON), event_id=fresh_id(NOON))
        for _ in range(2)
    ]
    assert ones[0].commitment != ones[1].commitment
    assert ones[0].sealed != ones[1].sealed


def test_a_box_whose_content_was_not_committed_to_does_not_open() -> None:
    record_id, event_id = fresh_id(NOON), fresh_id(NOON)
    committed = seal(content(name="a"), key=KEY, record_id=record_id, event_id=event_id).commitment
    octets = msgspec.json.encode(content(name="b"))
    from tracker.wire import sealing

    bound = sealing._bound_to(kid=KEY.kid, record_id=record_id, event_id=event_id, commitment=committed)
    box = sealing._SUITE.encrypt(octets, KEY.public, bound)
    with pytest.raises(NotSealedHere, match="committed"):
        open_sealed(box, private=PRIVATE, kid=KEY.kid, record_id=record_id, event_id=event_id, commitment=committed)


def test_content_does_not_show_itself() -> None:
    shown = f"{content(name='张三丰', document_number='11010519491231002X')!r}"
    assert "张" not in shown
    assert "1101" not in shown


def test_a_record_is_read_back() -> None:
    record = build_record()
    read = decode_record(encode_record(record))
    assert read.record == record
    assert encode_base64url(read.box) == record.sealed


@pytest.mark.parametrize(
    ("masked", "field"),
    [
        (Masked(name="张三丰*"), "name"),
        (Masked(phone="13800138000******"), "phone"),
        (Masked(name="张三"), "name"),
        (Masked(address="杭州市西湖区文三路1号3单元501"), "address"),
        (Masked(phone="138*****678"), "phone"),
        (Masked(document_number="*************2002X"), "document_number"),
    ],
)
def test_a_record_that_shows_more_than_a_masked_form_is_rejected(masked: Masked, field: str) -> None:
    with pytest.raises(EventRejected, match=f"{field} is not masked"):
        encode_record(build_record(masked))


def test_a_rejection_repeats_nothing_of_the_record() -> None:
    octets = msgspec.json.encode({"record_id": "张三", "name": "11010519491231002X"})
    with pytest.raises(EventRejected) as caught:
        decode_record(octets)
    assert "1101" not in str(caught.value)
    assert "张" not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"record_id": "6f9619ff-8b86-4011-b42d-00c04fc964ff"}, "event_id_not_v7"),
        ({"sealed": "A" * 63}, "field_invalid"),
        ({"sealed": "A" * 65}, "field_invalid"),
        ({"subject": "neighbour"}, "field_invalid"),
        ({"commitment": "short"}, "field_invalid"),
        ({"name": "张三"}, "field_invalid"),
        ({"masked": {"name": "张*", "birthday": "*"}}, "field_invalid"),
    ],
)
def test_a_record_of_another_shape_is_rejected(told: dict[str, Any], code: str) -> None:
    octets = msgspec.json.encode(msgspec.to_builtins(build_record()) | told)
    with pytest.raises(EventRejected) as caught:
        decode_record(octets)
    assert caught.value.code == code


def test_a_record_is_bounded_and_names_stand_once() -> None:
    with pytest.raises(EventRejected, match="at most"):
        decode_record(b" " * (MAX_RECORD_BYTES + 1))
    octets = encode_record(build_record())
    with pytest.raises(EventRejected, match="twice"):
        decode_record(octets[:-1] + b',"seq":2}')
    with pytest.raises(EventRejected, match="not JSON"):
        decode_record(octets[:-5])


def test_the_key_is_that_of_the_local_month_and_the_purpose() -> None:
    keys = [
        sealing_key_of(X25519PrivateKey.generate(), month=month, purpose=purpose)
        for month in ("2026-11", "2026-12")
        for purpose in Purpose
    ]
    notice = VaultNotice(1, keys, NOON)
    last = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Beijing
    assert find_sealing_key(notice, moment=last, purpose=Purpose.TRADE) is keys[list(Purpose).index(Purpose.TRADE)]
    after = find_sealing_key(notice, moment=last + timedelta(seconds=1), purpose=Purpose.TRADE)
    assert (after.month, after.purpose) == ("2026-12", Purpose.TRADE)
    with pytest.raises(NoSealingKey, match="2027-01"):
        find_sealing_key(notice, moment=datetime(2026, 12, 31, 16, tzinfo=UTC), purpose=Purpose.IMAGE)
    with pytest.raises(NoSealingKey):
        find_sealing_key(None, moment=NOON, purpose=Purpose.IMAGE)


def test_a_word_is_believed_only_of_the_pinned_vault() -> None:
    notice = sign_vault_notice(VaultNotice(1, [KEY], NOON), VAULT)
    word = VaultWord(VAULT.verifying.to_jwk(), notice)
    assert read_vault_word(word, pinned=VAULT.verifying).keys == [KEY]
    assert read_vault_word(word).keys == [KEY]
    other = seeded_key(41)
    with pytest.raises(NotAJws, match="another vault"):
        read_vault_word(VaultWord(other.verifying.to_jwk(), sign_vault_notice(VaultNotice(1, [KEY], NOON), other)),
                        pinned=VAULT.verifying)  # fmt: skip
    with pytest.raises(NotAJws, match="not signed"):
        read_vault_word(VaultWord(other.verifying.to_jwk(), notice))
    with pytest.raises(NotAJws, match="version"):
        read_vault_word(VaultWord(VAULT.verifying.to_jwk(), sign_vault_notice(VaultNotice(9, [KEY], NOON), VAULT)))
