"""Versions: the newest is always taken, an older one for 12 months after its successor, any other never."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.example import BATCH_ID, POST, SENT_AT, build_payload
from tracker.wire.errors import BatchRefused, RefusalCode
from tracker.wire.message import open_batch, read_batch
from tracker.wire.versions import VERSION, WRITTEN_FROM, refusal_of, taken_until

THREE = {1: date(2026, 7, 1), 2: date(2028, 2, 29), 3: date(2028, 6, 1)}


def test_what_this_program_writes_is_the_newest_that_it_reads() -> None:
    assert max(WRITTEN_FROM) == VERSION
    assert taken_until(VERSION) is None


def test_versions_were_written_one_after_the_other() -> None:
    assert list(WRITTEN_FROM) == list(range(1, VERSION + 1))
    assert list(WRITTEN_FROM.values()) == sorted(WRITTEN_FROM.values())


def test_an_older_version_is_taken_for_twelve_months_after_the_next_one() -> None:
    assert [taken_until(version, THREE) for version in THREE] == [date(2029, 3, 1), date(2029, 6, 1), None]


@pytest.mark.parametrize(
    ("version", "day", "taken"),
    [
        (1, date(2026, 7, 1), True),
        (1, date(2029, 2, 28), True),
        (1, date(2029, 3, 1), False),
        (2, date(2029, 5, 31), True),
        (2, date(2029, 6, 1), False),
        (3, date(2099, 1, 1), True),
        (0, date(2026, 7, 1), False),
        (4, date(2026, 7, 1), False),
    ],
)
def test_a_version_is_taken_until_its_day_and_not_on_it(version: int, day: date, taken: bool) -> None:
    assert (refusal_of(version, today=day, written_from=THREE) is None) is taken


def test_the_reason_says_what_to_do() -> None:
    assert refusal_of(4, today=date(2026, 7, 1), written_from=THREE) == "v 4, this tracker reads 1, 2, 3"
    told = refusal_of(1, today=date(2030, 1, 1), written_from=THREE)
    assert told == "v 1 was taken until 2029-03-01: update the device"


@given(st.dates(min_value=date(2026, 7, 1)))
def test_what_devices_write_today_is_taken_whatever_the_day(day: date) -> None:
    assert refusal_of(VERSION, today=day) is None


def test_a_batch_of_a_version_whose_time_is_over_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(WRITTEN_FROM, dict)
    monkeypatch.setitem(WRITTEN_FROM, 2, SENT_AT.date())
    opened = open_batch(build_payload())
    last = SENT_AT.date().replace(year=SENT_AT.year + 1) - timedelta(days=1)
    assert read_batch(opened, signed=True, topic_post=POST, today=last).head.batch_id == BATCH_ID
    with pytest.raises(BatchRefused) as caught:
        read_batch(opened, signed=True, topic_post=POST, today=last + timedelta(days=1))
    assert caught.value.code == RefusalCode.VERSION_UNKNOWN
