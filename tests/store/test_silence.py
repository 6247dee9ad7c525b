"""Silence: a device that owes a word, told apart on both engines, in one order on every page."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlmodel import Session

from tests.intake.devices import NOW, fresh_id
from tracker.store.device_status import KnownStatus, save_statuses
from tracker.store.registry import (
    ANY,
    device_counts,
    revoke_device_keys,
    save_device_key,
    save_last_seqs,
    save_silence_threshold,
)
from tracker.store.silence import (
    CarrierVoices,
    Voice,
    Watch,
    count_voices,
    find_backlogs,
    find_heard_devices,
    find_quiet_stations,
)
from tracker.wire.topics import GATEWAY_DEVICE, Post

WATCH = Watch(NOW, silent_after_hours=24)
GUN = Post("BLUEBIRD", "HZ-01", "GUN-1")


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session that keeps nothing."""
    with Session(shared_engine) as one:
        yield one
        one.rollback()


def enrol(session: Session, post: Post = GUN, *, hours: float = 1000) -> None:
    save_device_key(
        session, carrier=post.carrier, station=post.station, device=post.device, kid=str(fresh_id(NOW)),
        public_key=b"k" * 32, enrolled_at=ago(hours),
    )  # fmt: skip
    session.flush()


def record(session: Session, post: Post, *, hours: float) -> None:
    save_last_seqs(session, [device_counts(session, [post])[post]], recorded_at=ago(hours))


def say(
    session: Session, post: Post, *, hours: float | None, online: bool = True, waiting: int = 0, oldest: float = 0
) -> None:
    heard_at = None if hours is None else ago(hours)
    save_statuses(session, {post: KnownStatus(online, waiting, ago(oldest) if waiting else None, heard_at)})


def voice_of(session: Session, post: Post = GUN, watch: Watch = WATCH) -> Voice:
    (found,) = [each for each in find_heard_devices(session, watch) if each.device == post.device]
    return found.voice


@pytest.mark.parametrize(
    ("recorded", "said", "voice"),
    [
        (None, None, Voice.SILENT),
        (25, None, Voice.SILENT),
        (None, 25, Voice.SILENT),
        (24, None, Voice.REPORTING),
        (23, 90, Voice.REPORTING),
        (90, 23, Voice.REPORTING),
    ],
)
def test_a_recorded_scan_or_a_status_within_the_threshold_is_a_word(
    session: Session, recorded: float | None, said: float | None, voice: Voice
) -> None:
    enrol(session)
    if recorded is not None:
        record(session, GUN, hours=recorded)
    if said is not None:
        say(session, GUN, hours=said)
    assert voice_of(session) is voice


def test_a_new_device_has_the_threshold_to_speak_for_the_first_time(session: Session) -> None:
    enrol(session, hours=23)
    (device,) = find_heard_devices(session, WATCH)
    assert (device.voice, device.last_word) == (Voice.REPORTING, None)
    enrol(session, hours=20)  # a second key: from then on it counts anew
    assert voice_of(session, watch=Watch(NOW, 21)) is Voice.REPORTING


def test_offline_with_scans_waiting_is_worse_than_silent_whatever_the_hour(session: Session) -> None:
    enrol(session)
    say(session, GUN, hours=0, online=False, waiting=3, oldest=2)
    assert voice_of(session) is Voice.STRANDED
    say(session, GUN, hours=0, online=False, waiting=0)
    assert voice_of(session) is Voice.REPORTING
    say(session, GUN, hours=0, online=True, waiting=3)
    assert voice_of(session) is Voice.REPORTING


def test_a_stations_own_threshold_comes_before_the_installations(session: Session) -> None:
    other = Post("BLUEBIRD", "HZ-02", "GUN-2")
    for post in (GUN, other):
        enrol(session, post)
        record(session, post, hours=30)
    assert save_silence_threshold(session, "BLUEBIRD", "HZ-01", hours=48)
    session.flush()
    assert (voice_of(session), voice_of(session, other)) == (Voice.REPORTING, Voice.SILENT)
    assert [each.silent_after_hours for each in find_heard_devices(session, WATCH)] == [24, 48]
    assert save_silence_threshold(session, "BLUEBIRD", "HZ-01", hours=None)
    session.flush()
    assert voice_of(session) is Voice.SILENT
    assert not save_silence_threshold(session, "BLUEBIRD", "NOWHERE", hours=1)


def test_nobody_waits_for_a_revoked_device_or_a_gateway(session: Session) -> None:
    enrol(session)
    revoke_device_keys(session, GUN, revoked_at=NOW)
    enrol(session, Post("BLUEBIRD", "HZ-09", "GUN-9"))
    save_device_key(session, carrier=ANY, station=ANY, device=GATEWAY_DEVICE, kid="g", public_key=b"", enrolled_at=NOW)
    device_counts(session, [Post("BLUEBIRD", "HZ-01", GATEWAY_DEVICE)])
    session.flush()
    assert [each.device for each in find_heard_devices(session, WATCH)] == ["GUN-9"]
    assert count_voices(session, WATCH) == {"BLUEBIRD": CarrierVoices(devices=1, silent=1)}


def test_counts_by_carrier_and_ages_by_station(session: Session) -> None:
    posts = {name: Post(*name.split("/")) for name in ("A/1/X", "A/1/Y", "A/2/X", "B/1/X")}
    for post in posts.values():
        enrol(session, post)
    record(session, posts["A/1/X"], hours=30)
    say(session, posts["A/1/Y"], hours=2, waiting=4, oldest=5)
    say(session, posts["A/2/X"], hours=40, online=False, waiting=1, oldest=70)
    say(session, posts["B/1/X"], hours=1)
    assert count_voices(session, WATCH) == {"A": CarrierVoices(3, 2), "B": CarrierVoices(1, 0)}
    assert list(find_quiet_stations(session, WATCH, limit=2).items()) == [(("A", "2"), ago(40)), (("A", "1"), ago(2))]
    assert list(find_backlogs(session, WATCH, limit=9).items()) == [(("A", "2"), ago(70)), (("A", "1"), ago(5))]
    assert len(find_backlogs(session, WATCH, limit=1)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.integers(0, 1)), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_pages_of_any_size_give_every_device_once_the_worst_first(
    session: Session, told: list[tuple[int, bool, int]], size: int
) -> None:
    session.rollback()
    for number, (hours, online, waiting) in enumerate(told):
        post = Post("BLUEBIRD", "HZ-01", f"GUN-{number}")
        enrol(session, post)
        say(session, post, hours=hours, online=online, waiting=waiting)
    whole = find_heard_devices(session, WATCH)
    pages, after = [], None
    while page := find_heard_devices(session, WATCH, after=after, limit=size):
        pages += page
        after = page[-1].place
    assert pages == whole
    assert len(whole) == len(told)
    assert [each.place for each in whole] == sorted((each.place for each in whole), key=lambda p: (p.rank, p.since))
