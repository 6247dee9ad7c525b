"""The status keeper: hints of known devices only, bounded, never older than what is known, never in the way."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from structlog.testing import capture_logs

from tests.intake.devices import GUN, NOW, Device, Intake, gateway
from tracker.intake import status_keeper
from tracker.intake.status_keeper import StatusKeeper, read_word
from tracker.store.database import reading, transaction
from tracker.store.device_status import KnownStatus, merge_status
from tracker.store.registry import revoke_device_keys
from tracker.store.tables.registry import DeviceStatusRow
from tracker.wire.status import LAST_WILL, DeviceStatus, decode_status, encode_status
from tracker.wire.topics import Post

EARLIER = NOW - timedelta(hours=3)
MOMENTS = st.none() | st.integers(0, 9).map(lambda hours: NOW - timedelta(hours=hours))
KNOWN = st.builds(KnownStatus, st.booleans(), st.none() | st.integers(0, 9), MOMENTS, MOMENTS)


def status(*, online: bool = True, waiting: int = 0, oldest: datetime | None = None, sent_at: datetime = NOW) -> bytes:
    return encode_status(DeviceStatus(v=1, online=online, waiting=waiting, oldest=oldest, sent_at=sent_at))


def kept(intake: Intake) -> list[tuple[Any, ...]]:
    """What the store knows: device, online, waiting."""
    return [
        tuple(row)
        for row in intake.rows(
            "SELECT device.device, status.online, status.waiting FROM device_status AS status"
            " JOIN device ON device.device_no = status.device_no ORDER BY device.device"
        )
    ]


@pytest.fixture
def keeper(intake: Intake) -> StatusKeeper:
    return StatusKeeper(intake.engine, now=lambda: NOW)


def test_the_latest_word_of_an_enrolled_device_is_kept(intake: Intake, device: Device, keeper: StatusKeeper) -> None:
    keeper.hear(GUN, status(waiting=2), retained=False)
    keeper.keep()
    keeper.hear(GUN, status(waiting=5), retained=False)
    keeper.hear(GUN, status(waiting=7), retained=False)
    keeper.keep()
    assert kept(intake) == [("GUN-1", True, 7)]


def test_a_device_that_talks_rubbish_writes_one_line_a_minute(keeper: StatusKeeper) -> None:
    with capture_logs() as lines:
        for _ in range(1000):
            keeper.hear(GUN, b"rubbish", retained=False)
    (line,) = [line for line in lines if line["event"] == "status_not_read"]
    assert (line["device"], line["times"]) == (GUN.username, 1)


def test_many_words_are_one_transaction(intake: Intake, keeper: StatusKeeper) -> None:
    for number in range(5):
        device = intake.enrol(Device(Post("BLUEBIRD", f"HZ-{number}", "GUN-1")))
        keeper.hear(device.post, status(), retained=False)
    asked: list[str] = []
    with intake.watching(asked):
        keeper.keep()
        keeper.keep()
    assert len(kept(intake)) == 5
    assert len([each for each in asked if "device_status" in each]) == 2  # one look, one insert


def test_words_of_devices_without_a_key_in_force_are_dropped(intake: Intake, keeper: StatusKeeper) -> None:
    revoked = intake.enrol(Device())
    with transaction(intake.engine) as session:
        revoke_device_keys(session, revoked.post, revoked_at=NOW)
    intake.enrol(gateway())
    for post in (revoked.post, Post("NOBODY", "X", "Y"), Post("BLUEBIRD", "HZ-01", "replay")):
        keeper.hear(post, status(), retained=False)
    keeper.keep()
    assert kept(intake) == []


@pytest.mark.parametrize("payload", [b"rubbish", b'{"online":true}', b"x" * 5000])
def test_what_is_no_status_is_dropped(intake: Intake, device: Device, keeper: StatusKeeper, payload: bytes) -> None:
    keeper.hear(GUN, payload, retained=False)
    keeper.keep()
    assert kept(intake) == []


def test_a_last_will_keeps_the_counts_and_is_no_word_of_the_device(
    intake: Intake, device: Device, keeper: StatusKeeper
) -> None:
    keeper.hear(GUN, status(waiting=4, oldest=EARLIER), retained=False)
    keeper.keep()
    keeper.now = lambda: NOW + timedelta(hours=9)
    keeper.hear(GUN, LAST_WILL, retained=False)
    keeper.keep()
    assert kept(intake) == [("GUN-1", False, 4)]
    with reading(intake.engine) as session:
        row = session.exec(select(DeviceStatusRow)).one()
        assert (row.heard_at, row.oldest_waiting) == (NOW, EARLIER)


def test_a_retained_word_counts_from_when_it_was_sent() -> None:
    word = decode_status(status(sent_at=EARLIER))
    assert read_word(word, retained=True, now=NOW).heard_at == EARLIER
    assert read_word(word, retained=False, now=NOW).heard_at == NOW


def test_a_devices_clock_is_not_believed_further_than_ours() -> None:
    ahead = decode_status(status(waiting=1, oldest=NOW + timedelta(days=9), sent_at=NOW + timedelta(days=9)))
    word = read_word(ahead, retained=True, now=NOW)
    assert (word.heard_at, word.oldest_waiting) == (NOW, NOW)
    beyond = status().replace(b'"oldest":null', b'"oldest":"0001-01-01T00:00:00+14:00"').replace(b":0,", b":1,")
    assert read_word(decode_status(beyond), retained=False, now=NOW).oldest_waiting is None


def test_while_the_database_is_away_the_latest_word_waits(
    intake: Intake, device: Device, keeper: StatusKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        keeper.hear(GUN, status(waiting=2), retained=False)
        raise OperationalError("", None, Exception())

    keeper.hear(GUN, status(waiting=1), retained=False)
    with monkeypatch.context() as patch:
        patch.setattr(status_keeper, "save_statuses", away)
        keeper.keep()
    assert kept(intake) == []
    keeper.keep()
    assert kept(intake) == [("GUN-1", True, 2)]


def test_what_waits_is_bounded(intake: Intake, keeper: StatusKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_keeper, "MAX_WAITING", 3)
    for number in range(9):
        keeper.hear(Post("A", "B", f"D{number}"), status(), retained=False)
    keeper.hear(Post("A", "B", "D0"), status(waiting=1), retained=False)
    assert len(keeper._waiting) == 3
    assert keeper._waiting[Post("A", "B", "D0")].waiting == 1


def test_the_thread_writes_by_itself_and_stops_with_nothing_left(
    intake: Intake, device: Device, keeper: StatusKeeper
) -> None:
    keeper.start()
    keeper.hear(GUN, status(), retained=False)
    keeper.stop()
    assert kept(intake) == [("GUN-1", True, 0)]


@given(KNOWN, KNOWN, KNOWN)
def test_it_does_not_matter_where_words_are_merged(first: KnownStatus, second: KnownStatus, third: KnownStatus) -> None:
    """Some meet while they wait, some in the store."""
    assert merge_status(merge_status(first, second), third) == merge_status(first, merge_status(second, third))
