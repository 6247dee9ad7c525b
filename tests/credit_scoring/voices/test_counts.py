"""Counting voices (评价归集): weights and stars as sums of integers, as of a moment, on both engines."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.checklist import Answer, Checked, checklist_of
from credit_scoring.voices.counts import counts_of_voices
from credit_scoring.voices.inspecting import record_inspection, record_note
from credit_scoring.voices.rating import month_of
from credit_scoring.voices.voice import NewVoice, Weight
from credit_scoring.voices.voice_store import add_voice, voice_of
from tests.credit_scoring.rows import parcel, store
from tests.credit_scoring.voices.world import MAY, NOW, RULES, say
from tracker.access.roles import Role
from tracker.store.database import reading, transaction
from tracker.store.tables.parcel import ParcelRow

LATER = NOW + timedelta(days=3)


def counted(engine: Engine, scope: object = MAY) -> dict[str, dict[str, tuple[int, int]]]:
    """What was counted, without the zeros."""
    with reading(engine) as session:
        found = counts_of_voices(session, scope)  # type: ignore[arg-type]
    assert all(len(counts) == 12 for counts in found.values())
    return {
        carrier: {name: count for name, count in counts.items() if count != (0, 0)} for carrier, counts in found.items()
    }


def test_stars_are_counted_by_weight(engine: Engine) -> None:
    say(engine, "W1", 5)
    say(engine, "W2", 2)
    say(engine, "W3", 5, by_staff=True)
    say(engine, "E1", 4, carrier="EVENWAY")
    assert counted(engine) == {
        "BLUEBIRD": {"consumer_overall": (400 + 100, 800)},
        "EVENWAY": {"consumer_overall": (300, 400)},
    }


def test_a_thread_counts_once_by_its_latest_word_recorded_by_then(engine: Engine) -> None:
    number = say(engine, "W1", 1)
    say(engine, "W1", 5, code="follow", at=LATER, keep=False)
    before = replace(MAY, as_of=NOW)
    assert counted(engine, before) == {"BLUEBIRD": {"consumer_overall": (0, 400)}}
    assert counted(engine) == {"BLUEBIRD": {"consumer_overall": (400, 400)}}
    assert counted(engine, replace(MAY, as_of=NOW - timedelta(seconds=1))) == {}
    with transaction(engine) as session:
        voice = voice_of(session, number)
        assert voice is not None
        record_note(session, voice, "found_false", role=Role.REGULATOR, author="r", rules=RULES, now=LATER)
    assert counted(engine, before) == {"BLUEBIRD": {"consumer_overall": (0, 400)}}
    assert counted(engine) == {"BLUEBIRD": {}}


def test_a_review_belongs_to_its_parcel_its_day_its_origin_and_its_carrier_as_now_known(engine: Engine) -> None:
    say(engine, "W1", 4)
    assert counted(engine, replace(MAY, division="330000")) == {"BLUEBIRD": {"consumer_overall": (300, 400)}}
    assert counted(engine, replace(MAY, division="500000")) == {}
    assert counted(engine, replace(MAY, window=Window(date(2026, 6, 1), date(2026, 7, 1)))) == {}
    with transaction(engine) as session:
        session.get_one(ParcelRow, "W1").carrier = "EVENWAY"
    assert counted(engine) == {"EVENWAY": {"consumer_overall": (300, 400)}}


def test_a_month_and_a_day_lie_wholly_in_the_window(engine: Engine) -> None:
    listed = checklist_of(Checked.CARRIER, date(2026, 5, 31))
    answers = {item.code: Answer.NOT_SEEN for item in listed.items} | {"licence_shown": Answer.YES}
    rating = NewVoice(
        Rater.MERCHANT, "m", "BLUEBIRD", {Aspect.OVERALL: 3, Aspect.QUALITY: 1}, period=month_of("2026-05")
    )
    with transaction(engine) as session:
        add_voice(session, rating, Weight(50), rules="2026-1", now=NOW)
        record_inspection(
            session, inspection=UUID(int=1), carrier="BLUEBIRD", station=None, division="330100",
            day=date(2026, 5, 31), answers=answers, author="r", rules=RULES, now=NOW,
        )  # fmt: skip
    merchant = {"merchant_overall": (100, 200), "merchant_quality": (0, 200)}
    regulator = {"regulator_overall": (400, 400), "regulator_reputation": (400, 400)}
    assert counted(engine) == {"BLUEBIRD": merchant | regulator}
    assert counted(engine, replace(MAY, division="330000")) == {"BLUEBIRD": regulator}
    assert counted(engine, replace(MAY, division="310000")) == {}
    assert counted(engine, replace(MAY, window=Window(date(2026, 5, 2), date(2026, 6, 1)))) == {"BLUEBIRD": regulator}
    assert counted(engine, replace(MAY, window=Window(date(2026, 5, 1), date(2026, 5, 31)))) == {}


def test_relabelling_carriers_relabels_their_counts_and_nothing_else(sqlite_engine: Engine) -> None:
    for place, overall in enumerate((1, 3, 5, 5)):
        say(sqlite_engine, f"A{place}", overall)
        say(sqlite_engine, f"B{place}", overall, carrier="EVENWAY")
    found = counted(sqlite_engine)
    assert found["BLUEBIRD"] == found["EVENWAY"]
    store(sqlite_engine, [parcel("NOBODY", "POSTROAD")])
    assert counted(sqlite_engine) == found
