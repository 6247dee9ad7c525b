"""A device's clock: set back or ahead it is a finding of what was accepted; late or repeated batches are none."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.devices import NOW, Device, Intake, fresh_id, gateway
from tracker.chain.findings import Finding
from tracker.intake.clocks import TOLERANCE, judge_clock, latest_signed, within_reach
from tracker.intake.delivery import Delivery
from tracker.wire.event import ScanEvent, encode_event
from tracker.wire.message import encode_batch
from tracker.wire.topics import Post

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(-62_135_500_000, 253_402_200_000).map(lambda seconds: EPOCH + timedelta(seconds=seconds))


def signed(device: Device, sent_at: datetime, *events: ScanEvent, post: Post | None = None) -> Delivery:
    """A batch that a device signs when its clock shows `sent_at`."""
    post = post or device.post
    bodies = [encode_event(event) for event in events]
    return Delivery(post, encode_batch(bodies, post=post, key=device.key, batch_id=fresh_id(NOW), sent_at=sent_at))


def off(intake: Intake) -> list[int | None]:
    return [row[0] for row in intake.rows("SELECT clock_off_ms FROM device ORDER BY device_no")]


def is_found(intake: Intake, waybill_no: str) -> bool:
    return Finding.CLOCK_OFF in intake.parcel(waybill_no).findings


@pytest.mark.parametrize(
    "said", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_moment_that_utc_does_not_reach_is_taken_as_the_clock_said_it(
    intake: Intake, device: Device, said: str
) -> None:
    moment = datetime.fromisoformat(said)
    delivery = signed(device, moment, device.scan("W1", "accepted"))
    near = within_reach(moment)
    assert near.utcoffset() == timedelta()
    assert near.year == moment.year
    assert intake.record(delivery).recorded == 1
    assert is_found(intake, "W1") is (moment.year == 9999)


def test_what_is_accepted_under_a_clock_set_back_has_a_finding_until_it_is_right_again(
    intake: Intake, device: Device
) -> None:
    intake.record(signed(device, NOW, device.scan("W1", "accepted")))
    back = NOW - DAY
    first = device.scan("W2", "accepted", hours=-24)
    intake.record(signed(device, back, first, device.scan("W2", "departed")))
    intake.record(signed(device, back + MINUTE, device.scan("W3", "accepted", hours=-24)))
    assert [is_found(intake, number) for number in ("W1", "W2", "W3")] == [False, True, True]
    assert intake.parcel("W2").findings[Finding.CLOCK_OFF] == 1, "the acceptance's, not the departure's"
    assert off(intake) == [-(DAY - MINUTE) // timedelta(milliseconds=1)]
    intake.record(signed(device, NOW + MINUTE, device.scan("W4", "accepted")), at=NOW + MINUTE)
    assert (is_found(intake, "W4"), off(intake)) == (False, [None])


def test_a_clock_ahead_is_off_and_is_not_believed_afterwards(intake: Intake, device: Device) -> None:
    intake.record(signed(device, NOW + 2 * DAY, device.scan("W1", "accepted")))
    assert (is_found(intake, "W1"), off(intake)) == (True, [2 * 24 * 3600 * 1000])
    intake.record(signed(device, NOW + MINUTE, device.scan("W2", "accepted")), at=NOW + MINUTE)
    assert (is_found(intake, "W2"), off(intake)) == (False, [None])


def test_a_batch_that_comes_late_or_again_is_no_fault(intake: Intake, device: Device) -> None:
    early, late = device.scan("W1", "accepted"), device.scan("W2", "accepted")
    delayed = signed(device, NOW - 5 * DAY, early)
    intake.record(signed(device, NOW, late))
    intake.record(delayed)  # signed before, by its number, and held by the network
    intake.record(delayed)
    intake.record(signed(device, NOW - 9 * MINUTE, device.scan("W3", "accepted")))  # within the tolerance
    assert not any(is_found(intake, number) for number in ("W1", "W2", "W3"))
    assert off(intake) == [None]


def test_days_without_a_network_are_no_fault(intake: Intake, device: Device) -> None:
    for day in range(5):  # signed day by day, all of it comes on the sixth
        batch = signed(device, NOW + day * DAY, device.scan(f"W{day}", "accepted"))
        intake.record(batch, at=NOW + 6 * DAY)
    assert not any(is_found(intake, f"W{day}") for day in range(5))


def test_of_a_batch_that_also_holds_older_numbers_nothing_is_told(intake: Intake, device: Device) -> None:
    first = device.scan("W1", "accepted")
    intake.record(signed(device, NOW, first))
    intake.record(signed(device, NOW - DAY, first, device.scan("W2", "accepted")))
    assert not is_found(intake, "W2")


def test_in_one_commit_too_the_earlier_batch_is_compared_with(intake: Intake, device: Device) -> None:
    intake.record(
        signed(device, NOW, device.scan("W1", "accepted")),
        signed(device, NOW - DAY, device.scan("W2", "accepted")),
    )
    assert (is_found(intake, "W1"), is_found(intake, "W2")) == (False, True)


def test_history_through_a_gateway_is_not_looked_at(intake: Intake) -> None:
    history, post = intake.enrol(gateway()), Post("BLUEBIRD", "HZ-01", "replay")
    intake.record(signed(history, NOW, history.scan("W1", "accepted"), post=post))
    intake.record(signed(history, NOW - DAY, history.scan("W2", "accepted"), post=post))
    assert not is_found(intake, "W2")


@pytest.mark.parametrize("sent_at", [datetime.min.replace(tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_moment_that_no_clock_shows_breaks_nothing(intake: Intake, device: Device, sent_at: datetime) -> None:
    intake.record(signed(device, sent_at, device.scan("W1", "accepted")))
    intake.record(signed(device, NOW, device.scan("W2", "accepted")))
    assert not is_found(intake, "W2")
    with intake.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM device WHERE signed_at IS NULL")).scalar() == 0


@given(st.lists(moments, max_size=6), moments)
def test_what_is_kept_to_compare_with_is_never_ahead_of_us_and_never_goes_back(
    signed_at: list[datetime], now: datetime
) -> None:
    known: datetime | None = None
    for moment in signed_at:
        after = latest_signed(known, moment, now=now)
        assert after is None or after <= now
        assert known is None or (after is not None and after >= known)
        known = after
        assert judge_clock(moment, follows=None, now=now) >= timedelta()
    assert abs(judge_clock(now, follows=now, now=now)) <= TOLERANCE
