"""The status: what is written is read, and what does not fit the closed model is none."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tracker.wire.schemas import build_schemas
from tracker.wire.status import LAST_WILL, MAX_STATUS_BYTES, DeviceStatus, NotAStatus, decode_status, encode_status

MOMENT = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
GOOD = DeviceStatus(v=1, online=True, waiting=3, oldest=MOMENT, sent_at=MOMENT)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
STATUSES = st.builds(
    DeviceStatus,
    v=st.just(1),
    online=st.booleans(),
    waiting=st.none() | st.integers(0, 2**63 - 1),
    oldest=TIMES,
    sent_at=TIMES,
)


@given(STATUSES)
def test_what_is_written_is_read_and_fits_the_schema(status: DeviceStatus) -> None:
    payload = encode_status(status)
    assert decode_status(payload) == status
    assert Draft202012Validator(build_schemas()["status.schema.json"]).is_valid(msgspec.json.decode(payload))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b'{"online":true}',
        b"\xff",
        b"[" * 1000,
        encode_status(GOOD).replace(b'"v":1', b'"v":2'),
        encode_status(GOOD).replace(b'"waiting":3', b'"waiting":-1'),
        encode_status(GOOD).replace(b'"waiting":3', b'"waiting":NaN'),
        encode_status(GOOD).replace(b'"waiting":3', b'"waiting":3,"name":"x"'),
        encode_status(GOOD).replace(b"Z", b""),
        encode_status(GOOD) + b" " * MAX_STATUS_BYTES,
    ],
    ids=lambda payload: payload[:40].decode(errors="replace"),
)
def test_what_does_not_fit_is_no_status(payload: bytes) -> None:
    with pytest.raises(NotAStatus):
        decode_status(payload)


def test_the_last_will_claims_nothing_but_that_it_is_gone() -> None:
    assert LAST_WILL == b'{"v":1,"online":false,"waiting":null,"oldest":null,"sent_at":null}'
